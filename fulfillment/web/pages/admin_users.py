"""Administration of users: invite, reset, disable, badges."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from pydantic import Field
from sqlmodel import Session
from werkzeug.wrappers import Response

from fulfillment.accounts import badges, links, queries, second_factor, users
from fulfillment.accounts.roles import BADGE_ROLES, Permission, Role
from fulfillment.core.errors import FulfillmentError
from fulfillment.reads.deeds import Deed, list_deeds
from fulfillment.web.access import allowed
from fulfillment.web.context import read, runtime, viewer
from fulfillment.web.errors import status_of
from fulfillment.web.forms import FormModel, read_form
from fulfillment.web.idempotent import write_form_once
from fulfillment.web.messages import flash
from fulfillment.web.navigation import Place
from fulfillment.web.pages.account import qr_code
from fulfillment.web.state_words import ROLE_WORDS
from fulfillment.web.words import N_, _

blueprint = Blueprint("admin_users", __name__, url_prefix="/admin/users")
NAVIGATION = (
    Place(
        N_("Administration"),
        "admin_users.list_users",
        Permission.WRITE_ACCOUNTS,
        rank=90,
        home_for=frozenset({Role.ADMIN}),
    ),
)
SHOWN_DEEDS = 50


class InviteForm(FormModel):
    """A new user."""

    name: str = Field(max_length=120)
    email: str = Field(max_length=254)
    role: Role
    member_number: str | None = Field(None, max_length=64)
    warehouse_code: str | None = Field(None, max_length=64)


class RoleForm(FormModel):
    """A role."""

    role: Role


class PinForm(FormModel):
    """A PIN for a badge."""

    pin: str = Field(max_length=20)


@dataclass(frozen=True)
class Entry:
    """A line of a user's time line."""

    at: datetime
    words: str
    who: str
    detail: str
    tone: str = ""


def _entry(deed: Deed) -> Entry:
    detail = ", ".join(f"{name}: {value}" for name, value in deed.detail.items())
    return Entry(
        at=deed.at, words=deed.deed.replace("_", " ").capitalize(), who=deed.actor_name, detail=detail
    )


def _roles() -> list[tuple[str, str]]:
    return [(role.value, _(words)) for role, words in ROLE_WORDS.items()]


def _once(title: str, text: str, secret: str, *, back: str, is_badge: bool = False) -> Response:
    """A page that shows something now and never again."""
    page = render_template(
        "admin/link.html",
        title=title,
        text=text,
        secret=secret,
        back=back,
        picture=qr_code(secret) if is_badge and secret else None,
    )
    return make_response(page)


def _address_of(secret: str) -> str:
    return runtime().settings.public_url.rstrip("/") + url_for("sign_in.ask_password", secret=secret)


def _shown_before() -> str:
    return _("It was shown already. If it is lost, make another one.")


@blueprint.get("/")
@allowed(Permission.WRITE_ACCOUNTS)
def list_users() -> str:
    """Everybody who may sign in."""
    return render_template("admin/users.html", users=read(queries.list_users))


@blueprint.get("/invite")
@allowed(Permission.WRITE_ACCOUNTS)
def ask_invitation() -> str:
    """The form for a new user."""
    return render_template("admin/invite.html", roles=_roles(), typed={})


@blueprint.post("/invite")
@allowed(Permission.WRITE_ACCOUNTS)
def invite() -> Response:
    """The user exists; the link for her password is shown once."""
    made: dict[str, str] = {}

    def work(session: Session) -> dict[str, Any]:
        user_id, secret = users.invite_user(session, actor=viewer().actor, **form.model_dump())
        # The link itself must not be kept with the form's answer, where it could be read later.
        made["link"] = _address_of(secret)
        return {"user_id": str(user_id)}

    try:
        form = read_form(InviteForm)
        write_form_once(work)
    except FulfillmentError as refusal:
        page = render_template(
            "admin/invite.html", roles=_roles(), typed=request.form.to_dict(), refusal=refusal
        )
        return make_response(page, status_of(refusal))
    return _once(
        _("%(name)s is invited", name=form.name),
        _("Pass this link on. It works once, for seven days, and is shown only now."),
        made.get("link") or _shown_before(),
        back=url_for("admin_users.list_users"),
    )


def _page(user_id: UUID, refusal: FulfillmentError | None = None) -> Response:
    def look(session: Session) -> dict[str, Any]:
        user = queries.find_user(session, user_id=user_id)
        deeds = list_deeds(session, limit=SHOWN_DEEDS, object_kind="user", object_id=str(user_id))
        return {"user": user, "entries": [_entry(deed) for deed in deeds]}

    found = read(look)
    page = render_template(
        "admin/user.html",
        **found,
        roles=_roles(),
        can_have_badge=found["user"].role in BADGE_ROLES,
        refusal=refusal,
    )
    return make_response(page, status_of(refusal) if refusal else 200)


@blueprint.get("/<uuid:user_id>")
@allowed(Permission.WRITE_ACCOUNTS)
def show_user(user_id: UUID) -> Response:
    """One user, and what happened to her account."""
    return _page(user_id)


@blueprint.post("/<uuid:user_id>/link")
@allowed(Permission.WRITE_ACCOUNTS)
def make_link(user_id: UUID) -> Response:
    """A link for a new password exists and is shown once."""
    made: dict[str, str] = {}

    def work(session: Session) -> None:
        secret = links.make_reset_link(session, actor=viewer().actor, user_id=user_id)
        made["link"] = _address_of(secret)

    try:
        write_form_once(work)
    except FulfillmentError as refusal:
        return _page(user_id, refusal)
    return _once(
        _("A password link"),
        _("Pass this link on. It works once and is shown only now. Earlier links no longer work."),
        made.get("link") or _shown_before(),
        back=url_for("admin_users.show_user", user_id=user_id),
    )


@blueprint.post("/<uuid:user_id>/badge")
@allowed(Permission.WRITE_ACCOUNTS)
def issue_badge(user_id: UUID) -> Response:
    """The user has a badge; its code is shown once, to be printed."""
    made: dict[str, str] = {}

    def work(session: Session) -> None:
        made["code"] = badges.issue_badge(session, actor=viewer().actor, user_id=user_id, pin=form.pin)

    try:
        form = read_form(PinForm)
        write_form_once(work)
    except FulfillmentError as refusal:
        return _page(user_id, refusal)
    return _once(
        _("The badge"),
        _("Print the picture on the badge. It is shown only now."),
        made.get("code") or _shown_before(),
        back=url_for("admin_users.show_user", user_id=user_id),
        is_badge="code" in made,
    )


@blueprint.post("/<uuid:user_id>/badge/withdraw")
@allowed(Permission.WRITE_ACCOUNTS)
def withdraw_badge(user_id: UUID) -> Response:
    """The badge opens nothing."""
    return _do(
        user_id,
        lambda session: badges.withdraw_badge(session, actor=viewer().actor, user_id=user_id),
        _("The badge is withdrawn."),
    )


@blueprint.post("/<uuid:user_id>/disable")
@allowed(Permission.WRITE_ACCOUNTS)
def disable(user_id: UUID) -> Response:
    """The user cannot sign in and is signed out."""
    return _do(
        user_id,
        lambda session: users.disable_user(session, actor=viewer().actor, user_id=user_id),
        _("The user is disabled and signed out everywhere."),
    )


@blueprint.post("/<uuid:user_id>/enable")
@allowed(Permission.WRITE_ACCOUNTS)
def enable(user_id: UUID) -> Response:
    """The user may sign in again."""
    return _do(
        user_id,
        lambda session: users.enable_user(session, actor=viewer().actor, user_id=user_id),
        _("The user may sign in again."),
    )


@blueprint.post("/<uuid:user_id>/sessions/end")
@allowed(Permission.WRITE_ACCOUNTS)
def end_sessions(user_id: UUID) -> Response:
    """The user is signed out everywhere."""
    return _do(
        user_id,
        lambda session: users.sign_out_user(session, actor=viewer().actor, user_id=user_id),
        _("Signed out everywhere."),
    )


@blueprint.post("/<uuid:user_id>/second-factor/off")
@allowed(Permission.WRITE_ACCOUNTS)
def turn_off_second_factor(user_id: UUID) -> Response:
    """A user who lost her phone and her codes signs in by password and sets up a new one."""
    return _do(
        user_id,
        lambda session: second_factor.turn_off(session, actor=viewer().actor, user_id=user_id),
        _("The second factor is off."),
    )


@blueprint.post("/<uuid:user_id>/role")
@allowed(Permission.WRITE_ACCOUNTS)
def change_role(user_id: UUID) -> Response:
    """The user has another role."""

    def work(session: Session) -> None:
        role = read_form(RoleForm).role
        users.change_role(session, actor=viewer().actor, user_id=user_id, role=role)

    return _do(user_id, work, _("The role is changed."))


def _do(user_id: UUID, work: Any, words: str) -> Response:  # noqa: ANN401 - deeds answer differently
    try:
        write_form_once(work)
    except FulfillmentError as refusal:
        return _page(user_id, refusal)
    flash(words)
    return redirect(url_for("admin_users.show_user", user_id=user_id))
