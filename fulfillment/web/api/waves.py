"""Waves: promised orders released to the floor, and their pick tasks."""

import uuid
from datetime import date, datetime
from typing import Annotated

from flask import Response
from pydantic import Field
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.core.states import PickTaskState, WaveState
from fulfillment.flows.release_wave import MAX_ORDERS, release_wave
from fulfillment.reads.wave_work import TaskRow, list_tasks, list_waves, read_wave
from fulfillment.web.access import allowed
from fulfillment.web.api.floor_models import Code, ShortOut, WarehouseQuery
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import read, runtime, viewer
from fulfillment.web.idempotent import answer_once
from fulfillment.web.models import ApiModel, PageOut, PageQuery, WriteHeader
from fulfillment.web.paging import page_of, read_cursor
from fulfillment.web.words import N_

blueprint = api_blueprint("waves", N_("Waves"))


class WaveQuery(WarehouseQuery):
    """Which waves."""

    state: WaveState | None = None


class WavePath(ApiModel):
    """Which wave."""

    wave_id: uuid.UUID


class NewWave(ApiModel):
    """What to release: the most urgent promised fulfillment orders, or those named."""

    warehouse_code: Code
    max_orders: int | None = Field(
        None, ge=1, le=MAX_ORDERS, description="most orders in the wave; the company's figure if left out"
    )
    fulfillment_order_ids: Annotated[list[uuid.UUID], Field(min_length=1, max_length=MAX_ORDERS)] | None = (
        None
    )


class WaveOut(ApiModel):
    """A wave with its counts; `units` are those still to be had, those picked included."""

    id: uuid.UUID
    number: str
    warehouse_code: str
    state: WaveState
    released_at: datetime
    released_by: str
    closed_at: datetime | None
    orders: int
    tasks: int
    tasks_open: int
    tasks_short: int
    units: int
    units_picked: int
    pickers: int


class WavePage(PageOut):
    """Some waves."""

    items: list[WaveOut]


class ReleasedOut(ApiModel):
    """The wave, if anything could be released, and the fulfillment orders that found no stock for it."""

    wave: WaveOut | None
    short: list[ShortOut]


class TaskOut(ApiModel):
    """Take `qty` units of one lot from one bin for one fulfillment order."""

    id: uuid.UUID
    sequence: int
    state: PickTaskState
    fulfillment_order_id: uuid.UUID
    order_number: str
    bin_code: str
    bin_barcode: str
    sku: str
    name: str
    lot: str
    expires_on: date | None
    qty: int
    qty_picked: int
    tote: str | None
    picker: str | None


class TaskPage(PageOut):
    """Some pick tasks, in walking order."""

    items: list[TaskOut]


@blueprint.get("/waves", responses={200: WavePage})
@allowed(Permission.WRITE_WAVES, Permission.WRITE_PICKS)
def find_waves(query: WaveQuery) -> Response:
    """List waves, the newest first."""
    after = read_cursor(query.cursor)
    rows = read(
        lambda session: list_waves(
            session,
            limit=query.limit + 1,
            warehouse_code=query.warehouse_code,
            states=None if query.state is None else [query.state],
            after=uuid.UUID(str(after[0])) if after else None,
        )
    )
    page = page_of(rows, limit=query.limit, key=lambda row: (str(row.id),))
    return answer(WavePage(items=[WaveOut.of(row) for row in page.rows], next_cursor=page.next_cursor))


@blueprint.post("/waves", responses={201: ReleasedOut, 200: ReleasedOut})
@allowed(Permission.WRITE_WAVES)
def create_wave(header: WriteHeader, body: NewWave) -> Response:  # noqa: ARG001 - documents the header
    """Release a wave: its pick tasks claim bins and lots at once. 200 with no wave if nothing could be."""

    def release(session: Session) -> tuple[int, ReleasedOut]:
        released = release_wave(
            session,
            warehouse_code=body.warehouse_code,
            actor=viewer().actor,
            max_orders=body.max_orders or runtime().policy.wave_max_orders,
            fulfillment_order_ids=body.fulfillment_order_ids,
        )
        wave = None
        if released.wave_id is not None:
            wave = WaveOut.of(read_wave(session, wave_id=released.wave_id))
        short = [ShortOut.of(part) for part in released.short]
        return 201 if wave else 200, ReleasedOut(wave=wave, short=short)

    return answer_once(release)


@blueprint.get("/waves/<uuid:wave_id>", responses={200: WaveOut})
@allowed(Permission.WRITE_WAVES, Permission.WRITE_PICKS)
def get_wave(path: WavePath) -> Response:
    """Read a wave."""
    return answer(WaveOut.of(read(lambda session: read_wave(session, wave_id=path.wave_id))))


@blueprint.get("/waves/<uuid:wave_id>/tasks", responses={200: TaskPage})
@allowed(Permission.WRITE_WAVES, Permission.WRITE_PICKS)
def get_tasks(path: WavePath, query: PageQuery) -> Response:
    """List a wave's pick tasks in walking order."""
    after = read_cursor(query.cursor)
    last = int(str(after[0])) if after else 0

    def look(session: Session) -> list[TaskRow]:
        read_wave(session, wave_id=path.wave_id)
        return [task for task in list_tasks(session, wave_id=path.wave_id) if task.sequence > last]

    page = page_of(read(look), limit=query.limit, key=lambda task: (task.sequence,))
    return answer(TaskPage(items=[TaskOut.of(task) for task in page.rows], next_cursor=page.next_cursor))
