"""Signing in and out: password, second factor, badge, and one-time links."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from pydantic import Field, StringConstraints
from werkzeug.wrappers import Response

from fulfillment.accounts import links, sessions
from fulfillment.accounts.tables import SessionKind
from fulfillment.core.errors import FulfillmentError, InvalidInputError
from fulfillment.flows import signing_in
from fulfillment.web.access import public
from fulfillment.web.context import read, runtime, viewer_or_nobody, write
from fulfillment.web.errors import status_of
from fulfillment.web.forms import FormModel, read_form
from fulfillment.web.messages import flash
from fulfillment.web.security import forget_session, is_own_path, keep_session, remote_address
from fulfillment.web.words import _

blueprint = Blueprint("sign_in", __name__)

Secret = Annotated[str, StringConstraints(strip_whitespace=False, max_length=200)]
Target = Annotated[str, Field(max_length=2000)]


class SignInForm(FormModel):
    """E-mail and password."""

    email: str = Field(max_length=254)
    password: Secret
    next: Target = ""


class BadgeForm(FormModel):
    """A scanned badge and its PIN."""

    badge: str = Field(max_length=100)
    pin: str = Field(max_length=20)
    next: Target = ""


class CodeForm(FormModel):
    """A code of the second factor."""

    code: str = Field(max_length=40)
    next: Target = ""


class NewPasswordForm(FormModel):
    """A password, typed twice. `username` is there for password managers only."""

    password: Secret
    again: Secret
    username: str = ""

    def agreed(self) -> str:
        """The password.

        Raises:
            InvalidInputError: the two differ.
        """
        if self.password != self.again:
            raise InvalidInputError(_("The two passwords differ. Type the same twice."), field="again")
        return self.password


def _target(asked: str) -> str:
    """Where to go after signing in: only to a place of ours."""
    return asked if is_own_path(asked) else url_for("home.start")


def _asked_target() -> str:
    asked = request.args.get("next", "")
    return asked if is_own_path(asked) else ""


def _enter(opened: signing_in.Opened, target: str) -> Response:
    if opened.kind is SessionKind.PENDING:
        response = redirect(
            url_for("sign_in.ask_second_factor", next=target if is_own_path(target) else None)
        )
    else:
        response = redirect(_target(target))
    return keep_session(response, opened.secret)


def _agent() -> str:
    return request.headers.get("User-Agent", "")


def _end_old_session() -> None:
    """Whoever was signed in on this browser is signed out before somebody else comes in."""
    found = viewer_or_nobody()
    if found is not None and found.session_id is not None:
        session_id, user_id = found.session_id, UUID(found.actor.id)
        write(lambda session: sessions.end_session(session, session_id=session_id, user_id=user_id))


@blueprint.get("/sign-in")
@public
def ask() -> str:
    """The form for e-mail and password."""
    return render_template("sign_in/password.html", next=_asked_target(), email="")


@blueprint.post("/sign-in")
@public
def sign_in() -> Response:
    """The user is signed in, or is asked for the second factor."""
    email, target = request.form.get("email", ""), request.form.get("next", "")
    try:
        form = read_form(SignInForm)
        opened = signing_in.sign_in(
            runtime().engine,
            email=form.email,
            password=form.password,
            remote=remote_address(),
            agent=_agent(),
        )
    except FulfillmentError as refusal:
        page = render_template("sign_in/password.html", next=target, email=email[:254], refusal=refusal)
        return make_response(page, status_of(refusal))
    _end_old_session()
    return _enter(opened, form.next)


@blueprint.get("/sign-in/badge")
@public
def ask_badge() -> str:
    """The form for a badge on a shared scanner."""
    return render_template("sign_in/badge.html", next=_asked_target())


@blueprint.post("/sign-in/badge")
@public
def sign_in_by_badge() -> Response:
    """The wearer of the badge is signed in on this scanner."""
    try:
        form = read_form(BadgeForm)
        opened = signing_in.sign_in_by_badge(
            runtime().engine, badge=form.badge, pin=form.pin, remote=remote_address(), agent=_agent()
        )
    except FulfillmentError as refusal:
        page = render_template("sign_in/badge.html", next=request.form.get("next", ""), refusal=refusal)
        return make_response(page, status_of(refusal))
    _end_old_session()
    return _enter(opened, form.next)


@blueprint.get("/sign-in/code")
@public
def ask_second_factor() -> Response | str:
    """The form for the second factor, for whoever has given the password."""
    found = viewer_or_nobody()
    if found is None or not found.is_pending:
        return redirect(url_for("sign_in.ask"))
    return render_template("sign_in/second_factor.html", next=_asked_target())


@blueprint.post("/sign-in/code")
@public
def give_second_factor() -> Response:
    """The user is signed in."""
    found = viewer_or_nobody()
    if found is None or not found.is_pending or found.session_id is None:
        return redirect(url_for("sign_in.ask"))
    try:
        form = read_form(CodeForm)
        opened = signing_in.give_second_factor(
            runtime().engine,
            user_id=UUID(found.actor.id),
            session_id=found.session_id,
            code=form.code,
            agent=_agent(),
            now=datetime.now(UTC),
        )
    except FulfillmentError as refusal:
        page = render_template(
            "sign_in/second_factor.html", next=request.form.get("next", ""), refusal=refusal
        )
        return make_response(page, status_of(refusal))
    return _enter(opened, form.next)


@blueprint.post("/sign-out")
@public
def leave() -> Response:
    """The session is over, also for whoever copied its cookie."""
    _end_old_session()
    return forget_session(redirect(url_for("sign_in.ask")))


@blueprint.get("/link/<secret>")
@public
def ask_password(secret: str) -> str:
    """The form by which an invited user, or one who forgot, chooses a password."""
    holder = read(lambda session: links.find_link_holder(session, secret=secret))
    return render_template("sign_in/link.html", user=holder)


@blueprint.post("/link/<secret>")
@public
def use_link(secret: str) -> Response:
    """The password is set, the link used up and the user asked to sign in with it."""
    holder = read(lambda session: links.find_link_holder(session, secret=secret))
    try:
        password = read_form(NewPasswordForm).agreed()
        write(lambda session: links.use_link(session, secret=secret, password=password))
    except FulfillmentError as refusal:
        page = render_template("sign_in/link.html", user=holder, refusal=refusal)
        return make_response(page, status_of(refusal))
    flash(_("The password is set. Sign in with it."), "good")
    return forget_session(redirect(url_for("sign_in.ask")))
