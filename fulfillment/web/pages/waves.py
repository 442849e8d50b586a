"""Waves: what waits to be released, what is on the floor, and how far it is."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, url_for
from pydantic import Field
from sqlmodel import Session
from werkzeug.wrappers import Response

from fulfillment.accounts.roles import Permission
from fulfillment.flows.release_wave import MAX_ORDERS, ReleasedWave, release_wave
from fulfillment.reads import wave_work
from fulfillment.reads.wave_work import TaskRow, WaveProgress, list_tasks, read_floor_load, read_wave
from fulfillment.store.clock import read_now
from fulfillment.web.access import allowed
from fulfillment.web.context import read, runtime, viewer
from fulfillment.web.floor_desk import choose_warehouse
from fulfillment.web.forms import FormModel, read_form
from fulfillment.web.idempotent import write_form_once
from fulfillment.web.messages import flash
from fulfillment.web.navigation import Place
from fulfillment.web.paging import asked_page, page_of
from fulfillment.web.words import N_, _, ngettext, time_zone_name

blueprint = Blueprint("waves", __name__, url_prefix="/waves")
NAVIGATION = (Place(N_("Waves"), "waves.list_waves", Permission.WRITE_WAVES, rank=11),)

WAVES_A_PAGE = 25
NAMED = 5


class ReleaseForm(FormModel):
    """A wave to release."""

    warehouse_code: str = Field(max_length=48)
    max_orders: int = Field(ge=1, le=MAX_ORDERS)


@blueprint.get("/")
@allowed(Permission.WRITE_WAVES)
def list_waves() -> str:
    """What waits in a warehouse, and its waves, the newest first."""
    asked = asked_page(limit=WAVES_A_PAGE)
    after = UUID(str(asked.after[0])) if asked.after else None

    def look(session: Session) -> dict[str, Any]:
        desk = choose_warehouse(session)
        code = str(desk["warehouse_code"])
        return {
            **desk,
            "load": read_floor_load(session, warehouse_code=code, until=_end_of_day(read_now(session))),
            "rows": wave_work.list_waves(session, limit=asked.limit + 1, warehouse_code=code, after=after),
        }

    shown = read(look)
    page = page_of(shown.pop("rows"), limit=asked.limit, key=lambda wave: (str(wave.id),))
    return render_template(
        "waves/list.html", page=page, max_orders=runtime().policy.wave_max_orders, most=MAX_ORDERS, **shown
    )


@blueprint.post("/")
@allowed(Permission.WRITE_WAVES)
def release() -> Response:
    """The most urgent orders are on the floor as one wave."""
    form = read_form(ReleaseForm)

    def work(session: Session) -> dict[str, Any]:
        released = release_wave(
            session, warehouse_code=form.warehouse_code, actor=viewer().actor, max_orders=form.max_orders
        )
        return _told(released)

    made = write_form_once(work)
    if made["short"]:
        flash(
            ngettext(
                "%(num)s order found no stock and waits again: %(names)s.",
                "%(num)s orders found no stock and wait again: %(names)s.",
                made["short"],
                names=made["names"],
            ),
            "warn",
        )
    if made["wave_id"] is None:
        flash(_("Nothing is promised here that could be released."), "info")
        return redirect(url_for("waves.list_waves", warehouse=form.warehouse_code))
    flash(_("Wave %(number)s is on the floor.", number=made["number"]))
    return redirect(url_for("waves.show", wave_id=made["wave_id"]))


@blueprint.get("/<uuid:wave_id>")
@allowed(Permission.WRITE_WAVES)
def show(wave_id: UUID) -> str:
    """One wave with its tasks in walking order."""
    wave, tasks = read(lambda session: _wave_with_tasks(session, wave_id))
    return render_template("waves/show.html", wave=wave, tasks=tasks)


def _wave_with_tasks(session: Session, wave_id: UUID) -> tuple[WaveProgress, list[TaskRow]]:
    return read_wave(session, wave_id=wave_id), list_tasks(session, wave_id=wave_id)


def _told(released: ReleasedWave) -> dict[str, Any]:
    names = ", ".join(part.number for part in released.short[:NAMED])
    return {
        "wave_id": str(released.wave_id) if released.wave_id else None,
        "number": released.number,
        "short": len(released.short),
        "names": names if len(released.short) <= NAMED else f"{names}, …",
    }


def _end_of_day(now: datetime) -> datetime:
    """Midnight for whoever looks: what is to ship before it is today's work."""
    zone = ZoneInfo(time_zone_name())
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(0), tzinfo=zone)
