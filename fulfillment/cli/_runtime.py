"""What commands work with: settings from the environment, logs, the runtime, and who they act as."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from fulfillment.config import Settings, SettingsError, load_settings
from fulfillment.core.errors import InvalidInputError, UnavailableError
from fulfillment.observability import configure_logging
from fulfillment.runtime import Runtime, make_runtime
from fulfillment.store.actors import Actor

COMMAND_LINE = Actor(kind="system", id="command-line", name="Command line")
"""Who did what a command did: whoever may run commands on this machine."""


@contextmanager
def command_runtime(name: str) -> Iterator[Runtime]:
    """The runtime of the command of this name; nothing of it stays open.

    Raises:
        UnavailableError: no database is named and no demo has run here.
    """
    settings = database_settings()
    configure_logging(settings.log_level)
    runtime = make_runtime(settings, application_name=f"fulfillment-{name}")
    try:
        yield runtime
    finally:
        runtime.close()


def database_settings() -> Settings:
    """The settings, which name a database.

    Raises:
        UnavailableError: they do not.
        InvalidInputError: they cannot be used; the message lists why.
    """
    if not os.environ.get("DATABASE_URL"):
        raise UnavailableError(
            "There is no database to work on. Start the demo beside this command (make demo), or set "
            "DATABASE_URL."
        )
    try:
        return load_settings()
    except SettingsError as problems:
        raise InvalidInputError(str(problems)) from None
