"""Volume: credited on sales, reversed unit by unit, by commission period; what a commission engine reads."""

import uuid
from datetime import datetime
from typing import Annotated

from flask import Response
from pydantic import Field
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.commissions.periods import close_period, list_periods
from fulfillment.commissions.tables import VolumeEventKind
from fulfillment.reads.volume import VolumeFilter, list_volume_events, sum_volumes
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.web.access import allowed
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import read, viewer
from fulfillment.web.idempotent import answer_once
from fulfillment.web.models import ApiModel, PageOut, PageQuery, WriteHeader
from fulfillment.web.paging import page_of, read_cursor
from fulfillment.web.words import N_

blueprint = api_blueprint("volume_events", N_("Volume"))

PeriodCode = Annotated[str, Field(min_length=1, max_length=40)]


class VolumeEventQuery(PageQuery):
    """Which events."""

    period_code: PeriodCode | None = None
    member_number: Annotated[str, Field(max_length=60)] | None = None
    order_id: uuid.UUID | None = None
    kind: VolumeEventKind | None = None


class VolumeEventOut(ApiModel):
    """Points given for a line, or taken back for one unit of it; hundredths of points by volume name."""

    number: int
    kind: VolumeEventKind
    order_id: uuid.UUID
    order_number: str
    order_line_id: uuid.UUID
    member_number: str | None
    unit_no: int
    units: int
    volumes: dict[str, int]
    period_code: str
    original_period_code: str
    cause_kind: str
    cause_id: str
    happened_at: datetime


class VolumeEventPage(PageOut):
    """Some events, in the order they were written."""

    items: list[VolumeEventOut]


class PeriodPath(ApiModel):
    """Which commission period."""

    code: PeriodCode


class PeriodOut(ApiModel):
    """A commission period; a closed one takes no more events."""

    code: str
    starts_at: datetime
    ends_at: datetime
    closed_at: datetime | None


class PeriodList(ApiModel):
    """All periods, the latest first."""

    items: list[PeriodOut]


class VolumeReportQuery(ApiModel):
    """Of which period."""

    period_code: PeriodCode


class VolumeSumOut(ApiModel):
    """A member's points of one name in the period, in hundredths; no number stands for guests."""

    period_code: str
    member_number: str | None
    name: str
    credited: int
    reversed: int
    total: int


class VolumeReport(ApiModel):
    """The whole period as of one snapshot."""

    items: list[VolumeSumOut]


@blueprint.get("/volume-events", responses={200: VolumeEventPage})
@allowed(Permission.READ_REPORTS)
def find_volume_events(query: VolumeEventQuery) -> Response:
    """List volume events in the order they were written."""
    after = read_cursor(query.cursor)
    wanted = VolumeFilter(query.period_code, query.member_number, query.order_id, query.kind)
    rows = read(
        lambda session: list_volume_events(
            session, wanted=wanted, after=int(after[0] or 0) if after else 0, limit=query.limit + 1
        )
    )
    page = page_of(rows, limit=query.limit, key=lambda row: (row.number,))
    items = [VolumeEventOut.of(row) for row in page.rows]
    return answer(VolumeEventPage(items=items, next_cursor=page.next_cursor))


@blueprint.get("/reports/volume", responses={200: VolumeReport})
@allowed(Permission.READ_REPORTS)
def report_volume(query: VolumeReportQuery) -> Response:
    """Sum a period's volume by member and name."""
    rows = read(lambda session: sum_volumes(session, period_code=query.period_code))
    return answer(VolumeReport(items=[VolumeSumOut.of(row) for row in rows]))


@blueprint.get("/commission-periods", responses={200: PeriodList})
@allowed(Permission.READ_REPORTS)
def find_periods() -> Response:
    """List the commission periods, the latest first."""
    return answer(PeriodList(items=[PeriodOut.of(row) for row in read(list_periods)]))


@blueprint.post("/commission-periods/<string:code>/close", responses={200: PeriodList})
@allowed(Permission.CLOSE_PERIODS)
def close(header: WriteHeader, path: PeriodPath) -> Response:  # noqa: ARG001 - documents the header
    """Close a commission period that has ended; what comes later counts in the next one."""

    def close_it(session: Session) -> tuple[int, PeriodList]:
        close_period(session, code=path.code, now=read_now(session))
        record(
            session,
            actor=viewer().actor,
            deed="period.closed",
            object_kind="commission_period",
            object_id=path.code,
        )
        return 200, PeriodList(items=[PeriodOut.of(row) for row in list_periods(session)])

    return answer_once(close_it)
