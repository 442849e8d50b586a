"""What this installation runs with, and the clock where it may be moved."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, redirect, render_template, url_for
from pydantic import Field, SecretStr
from sqlmodel import Session
from werkzeug.wrappers import Response

from fulfillment.accounts.roles import Permission
from fulfillment.config import Settings, variable_name
from fulfillment.core.errors import ForbiddenError
from fulfillment.store import audit_trail, clock
from fulfillment.web.access import allowed
from fulfillment.web.context import read, runtime, viewer
from fulfillment.web.forms import FormModel, read_form
from fulfillment.web.idempotent import write_form_once
from fulfillment.web.messages import flash
from fulfillment.web.words import _

blueprint = Blueprint("admin_settings", __name__, url_prefix="/admin/settings")

MAX_HOURS = 8760


class ClockForm(FormModel):
    """How far the clock is advanced."""

    hours: int = Field(ge=1, le=MAX_HOURS)


@dataclass(frozen=True)
class Line:
    """One setting as it may be shown."""

    variable: str
    shown: str
    description: str


def _lines() -> list[Line]:
    settings = runtime().settings
    return [
        Line(variable_name(name), _shown(getattr(settings, name)), field.description or "")
        for name, field in Settings.model_fields.items()
    ]


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return _("set") if value.get_secret_value() else _("not set")
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value)


@blueprint.get("/")
@allowed(Permission.READ_SETTINGS)
def show() -> str:
    """All settings, without secrets."""
    return render_template(
        "admin/settings.html",
        lines=_lines(),
        business_now=read(clock.read_now),
        can_set_clock=runtime().settings.is_clock_settable,
    )


@blueprint.post("/clock")
@allowed(Permission.SET_CLOCK)
def advance() -> Response:
    """The business clock runs further ahead.

    Raises:
        ForbiddenError: this is production, where time is what it is.
    """
    if not runtime().settings.is_clock_settable:
        raise ForbiddenError("The clock of a production system cannot be moved.")
    hours = read_form(ClockForm).hours

    def work(session: Session) -> None:
        now = clock.advance_clock(session, by=timedelta(hours=hours))
        audit_trail.record(
            session,
            actor=viewer().actor,
            deed="advance_clock",
            object_kind="clock",
            object_id="business",
            detail={"hours": hours, "now": now.isoformat()},
        )

    write_form_once(work)
    flash(_("The clock is %(hours)s hours further.", hours=hours))
    return redirect(url_for("admin_settings.show"))
