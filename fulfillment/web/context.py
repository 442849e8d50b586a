"""What every view reaches for: the runtime, who asks, and transactions."""

from collections.abc import Callable
from typing import TypeVar, cast

from flask import current_app, g
from sqlmodel import Session

from fulfillment.accounts.viewers import Viewer
from fulfillment.core.errors import SignInRequiredError
from fulfillment.runtime import Runtime
from fulfillment.store.session import in_transaction, read_only

T = TypeVar("T")

EXTENSION = "fulfillment"


def runtime() -> Runtime:
    """The settings, the engine and the adapters of this process."""
    return cast("Runtime", current_app.extensions[EXTENSION])


def viewer_or_nobody() -> Viewer | None:
    """Who asks, if it is known."""
    found: Viewer | None = g.get("viewer")
    return found


def viewer() -> Viewer:
    """Who asks.

    Raises:
        SignInRequiredError: nobody is signed in, on a page that is open to anybody.
    """
    found = viewer_or_nobody()
    if found is None:
        raise SignInRequiredError("Sign in to go on.")
    return found


def read(work: Callable[[Session], T]) -> T:
    """What the work reads, all of it as of one snapshot."""
    return read_only(runtime().engine, work)


def write(work: Callable[[Session], T]) -> T:
    """The work, done in one transaction of its own.

    For what may be repeated safely; a deed that may not goes through `answer_once` or `write_form_once`.
    """
    return in_transaction(runtime().engine, work)
