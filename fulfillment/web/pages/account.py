"""My account: password, second factor, time zone, and where I am signed in."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import zxingcpp
from flask import Blueprint, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from pydantic import Field
from sqlmodel import Session
from werkzeug.wrappers import Response

from fulfillment.accounts import queries, second_factor, sessions, users
from fulfillment.accounts.roles import Permission
from fulfillment.accounts.tables import SessionKind, User, UserSession
from fulfillment.core.errors import FulfillmentError
from fulfillment.flows import signing_in
from fulfillment.web.access import allowed
from fulfillment.web.context import read, runtime, viewer, write
from fulfillment.web.errors import status_of
from fulfillment.web.forms import FormModel, read_form
from fulfillment.web.messages import flash
from fulfillment.web.pages.sign_in import NewPasswordForm, Secret
from fulfillment.web.security import keep_session, remote_address
from fulfillment.web.templating import picture
from fulfillment.web.words import _

blueprint = Blueprint("account", __name__, url_prefix="/account")

ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "UTC",
)


class ChangePasswordForm(NewPasswordForm):
    """The present password and a new one, twice."""

    current_password: Secret


class PasswordForm(FormModel):
    """The present password, asked before something grave."""

    current_password: Secret


class CodeForm(FormModel):
    """A code from the authenticator that is being set up."""

    code: str = Field(max_length=40)


class ZoneForm(FormModel):
    """A time zone."""

    time_zone: str = Field(max_length=64)


BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class SignedIn:
    """One of my sessions, as I recognize it."""

    id: UUID
    device: str
    kind: SessionKind
    created_at: datetime
    last_seen_at: datetime


def _signed_in(one: UserSession) -> SignedIn:
    return SignedIn(one.id, device_of(one.agent), one.kind, one.created_at, one.last_seen_at)


def device_of(agent: str) -> str:
    """A browser as its owner calls it; those that claim to be others as well are asked for first."""
    browser = next((name for mark, name in BROWSERS if mark in agent), "")
    system = next((name for mark, name in SYSTEMS if mark in agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s", browser=browser, system=system)
    return browser or system or agent[:40] or _("Unknown")


def _user_id() -> UUID:
    return UUID(viewer().actor.id)


def _page(refusal: FulfillmentError | None = None) -> Response:
    def look(session: Session) -> tuple[User, list[SignedIn]]:
        user = queries.find_user(session, user_id=_user_id())
        return user, [_signed_in(one) for one in sessions.live_sessions(session, user_id=user.id)]

    user, live = read(look)
    zones = [(zone, zone.replace("_", " ")) for zone in sorted({*ZONES, user.time_zone})]
    page = render_template("account/show.html", user=user, sessions=live, zones=zones, refusal=refusal)
    return make_response(page, status_of(refusal) if refusal else 200)


def _prove(password: str) -> None:
    signing_in.prove_password(
        runtime().engine, user_id=_user_id(), password=password, remote=remote_address()
    )


@blueprint.get("/")
@allowed(Permission.USE_ACCOUNT)
def show() -> Response:
    """What I can change about myself."""
    return _page()


@blueprint.post("/password")
@allowed(Permission.USE_ACCOUNT)
def change_password() -> Response:
    """The password is new, and every session but this browser's fresh one is over."""
    agent = request.headers.get("User-Agent", "")

    def change(session: Session) -> str:
        users.set_password(session, actor=viewer().actor, user_id=_user_id(), password=password)
        return sessions.open_session(session, user_id=_user_id(), kind=SessionKind.PASSWORD, agent=agent)

    try:
        form = read_form(ChangePasswordForm)
        password = form.agreed()
        _prove(form.current_password)
        secret = write(change)
    except FulfillmentError as refusal:
        return _page(refusal)
    flash(_("The password is changed. Other browsers are signed out."))
    return keep_session(redirect(url_for("account.show")), secret)


@blueprint.get("/second-factor")
@allowed(Permission.USE_ACCOUNT)
def set_up_second_factor() -> Response:
    """The key for the authenticator, as a picture and as text."""
    return _enrollment_page()


def _enrollment_page(refusal: FulfillmentError | None = None) -> Response:
    def begin(session: Session) -> tuple[str, str]:
        email = queries.find_user(session, user_id=_user_id()).email
        return second_factor.begin_enrollment(session, user_id=_user_id()), email

    secret, email = write(begin)
    page = render_template(
        "account/second_factor.html",
        secret=secret,
        picture=qr_code(second_factor.enrollment_uri(secret=secret, email=email)),
        refusal=refusal,
    )
    return make_response(page, status_of(refusal) if refusal else 200)


def qr_code(text: str) -> Markup:
    """The text as a QR code."""
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    return picture(made.to_svg(scale=4))


@blueprint.post("/second-factor")
@allowed(Permission.USE_ACCOUNT)
def turn_on_second_factor() -> Response:
    """The second factor is on; its recovery codes are shown once."""
    try:
        form = read_form(CodeForm)
        codes = write(
            lambda session: second_factor.confirm_enrollment(
                session,
                actor=viewer().actor,
                user_id=_user_id(),
                code=form.code,
                now=datetime.now(UTC),
            )
        )
    except FulfillmentError as refusal:
        return _enrollment_page(refusal)
    return make_response(render_template("account/recovery_codes.html", codes=codes))


@blueprint.post("/second-factor/off")
@allowed(Permission.USE_ACCOUNT)
def turn_off_second_factor() -> Response:
    """The password alone signs in again."""
    try:
        _prove(read_form(PasswordForm).current_password)
        write(lambda session: second_factor.turn_off(session, actor=viewer().actor, user_id=_user_id()))
    except FulfillmentError as refusal:
        return _page(refusal)
    flash(_("The second factor is off."), "warn")
    return redirect(url_for("account.show"))


@blueprint.post("/time-zone")
@allowed(Permission.USE_ACCOUNT)
def change_time_zone() -> Response:
    """Times are shown in this zone."""
    try:
        zone = read_form(ZoneForm).time_zone
        write(
            lambda session: users.set_time_zone(
                session, actor=viewer().actor, user_id=_user_id(), time_zone=zone
            )
        )
    except FulfillmentError as refusal:
        return _page(refusal)
    flash(_("Times are now shown in %(zone)s.", zone=zone))
    return redirect(url_for("account.show"))


@blueprint.post("/sessions/<uuid:session_id>/end")
@allowed(Permission.USE_ACCOUNT)
def end_session(session_id: UUID) -> Response:
    """That browser is signed out."""
    write(lambda session: sessions.end_session(session, session_id=session_id, user_id=_user_id()))
    flash(_("Signed out there."))
    return redirect(url_for("account.show"))
