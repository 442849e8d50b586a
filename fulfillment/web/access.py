"""Who may call which route. A route that does not say is closed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from flask import current_app, g, request

from fulfillment.accounts import sessions, tokens
from fulfillment.accounts.roles import SECOND_FACTOR_ROLES, Permission
from fulfillment.accounts.viewers import Viewer
from fulfillment.core.errors import ForbiddenError, SignInRequiredError
from fulfillment.web.context import runtime, viewer_or_nobody, write

V = TypeVar("V", bound=Callable[..., Any])

MARK = "access"
UPLOAD_MARK = "max_upload_bytes"
FORM_AROUND_UPLOAD_BYTES = 64 * 1024
BEARER = "Bearer "
MAX_SECRET_LENGTH = 200
API_PATH = "/api/"


@dataclass(frozen=True)
class Access:
    """What a route asks for: one of the permissions, or none of anybody."""

    permissions: frozenset[Permission] = frozenset()
    is_public: bool = False
    is_machine: bool = False


def _mark(view: V, access: Access) -> V:
    if hasattr(view, MARK):
        raise TypeError(f"{view.__name__} declares its access twice")
    setattr(view, MARK, access)
    return view


def allowed(*permissions: Permission) -> Callable[[V], V]:
    """The route is for whoever has one of these permissions."""
    if not permissions:
        raise TypeError("name a permission, or say @public")
    return lambda view: _mark(view, Access(permissions=frozenset(permissions)))


def public(view: V) -> V:
    """The route is for anybody. A form on it still needs its CSRF token."""
    return _mark(view, Access(is_public=True))


def machine(view: V) -> V:
    """The route is called by another system, which the view itself checks, and needs no CSRF token."""
    return _mark(view, Access(is_public=True, is_machine=True))


def takes_upload(max_bytes: int) -> Callable[[V], V]:
    """The route takes a file of up to so many bytes; every other request is held to the common limit."""

    def mark(view: V) -> V:
        setattr(view, UPLOAD_MARK, max_bytes)
        return view

    return mark


def allow_upload() -> None:
    """The request may be as large as its route says; runs before anything reads the form."""
    view = current_app.view_functions.get(request.endpoint or "")
    max_bytes: int | None = getattr(view, UPLOAD_MARK, None)
    if max_bytes is not None:
        request.max_content_length = max_bytes + FORM_AROUND_UPLOAD_BYTES


def access_of(endpoint: str | None) -> Access | None:
    """What the route declares; nothing if it forgot to."""
    view = current_app.view_functions.get(endpoint or "")
    return cast("Access | None", getattr(view, MARK, None))


def is_api_request() -> bool:
    """Whether a program asks, which gets problem+json and no redirect."""
    return request.path.startswith(API_PATH)


def cookie_name() -> str:
    """The session cookie; the prefix makes browsers refuse it without Secure or from another host."""
    return "__Host-fulfillment" if runtime().settings.public_url.startswith("https:") else "fulfillment"


def session_secret() -> str:
    """What the browser's session cookie holds, or nothing."""
    return request.cookies.get(cookie_name(), "")[:MAX_SECRET_LENGTH]


def _bearer_secret() -> str:
    header = request.headers.get("Authorization", "")
    return header[len(BEARER) :].strip()[:MAX_SECRET_LENGTH] if header.startswith(BEARER) else ""


def _find_viewer() -> Viewer | None:
    """Whoever the request proves itself to be. The API takes tokens only, pages take cookies only.

    A cookie that opened the API too would need CSRF tokens on it, and a stolen page could use it.
    """
    if is_api_request():
        secret = _bearer_secret()
        return write(lambda session: tokens.find_viewer(session, secret=secret)) if secret else None
    secret = session_secret()
    return write(lambda session: sessions.find_viewer(session, secret=secret)) if secret else None


def admit() -> None:
    """The request goes on: its route says who may call it, and the caller is one of them.

    Runs before every request that matched a route; who asks is remembered for `viewer()`.

    Raises:
        ForbiddenError: the caller's permissions leave the route out, or the route declares nothing.
        SignInRequiredError: the route is not public and the caller is not known.
    """
    if request.routing_exception is not None:
        # Nothing to guard; but the page that says so shows the way back to whoever is signed in.
        g.viewer = None if is_api_request() else _find_viewer()
        return
    access = access_of(request.endpoint)
    if access is None:
        raise ForbiddenError("This address is closed, because nobody has said who may use it.")
    if access.is_machine:
        return
    g.viewer = _find_viewer()
    if access.is_public:
        return
    _require(access, viewer_or_nobody())


def _require(access: Access, found: Viewer | None) -> None:
    if found is None:
        raise SignInRequiredError(
            "Send a valid API token as 'Authorization: Bearer …'."
            if is_api_request()
            else "Sign in to go on."
        )
    if found.is_pending:
        raise SignInRequiredError("Give the code of your second factor first.")
    if not access.permissions & found.permissions:
        wanted = sorted(permission.value for permission in access.permissions)
        raise ForbiddenError(
            f"This needs the permission {' or '.join(wanted)}, which {found.actor.name} does not have.",
            permissions=wanted,
        )
    if must_set_up_second_factor(found) and access.permissions != {Permission.USE_ACCOUNT}:
        raise ForbiddenError(
            "Your role needs a second factor. Set it up under My account first.", reason="second-factor"
        )


def must_set_up_second_factor(found: Viewer) -> bool:
    """Whether the role demands a second factor that the user does not have; only production insists."""
    return (
        runtime().settings.is_production
        and found.role in SECOND_FACTOR_ROLES
        and found.session_id is not None
        and not found.has_second_factor
    )
