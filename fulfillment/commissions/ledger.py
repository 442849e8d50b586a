"""Volume events: credited once a line, reversed once a unit, posted to the open period."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from fulfillment.commissions.adjustments import reverse_units
from fulfillment.commissions.periods import find_open_period
from fulfillment.commissions.tables import VolumeEvent, VolumeEventKind
from fulfillment.core.errors import ConflictError
from fulfillment.store.columns import table_of

EVENT = table_of(VolumeEvent)


@dataclass(frozen=True)
class LineCredit:
    """The whole volume of one order line; points in hundredths."""

    order_line_id: uuid.UUID
    units: int
    volumes: Mapping[str, int]


@dataclass(frozen=True)
class OrderCredit:
    """The volume of one order, and the member it counts for."""

    order_id: uuid.UUID
    member_id: uuid.UUID | None
    lines: tuple[LineCredit, ...]


def credit_lines(
    session: Session,
    *,
    order_id: uuid.UUID,
    member_id: uuid.UUID | None,
    lines: Sequence[LineCredit],
    time_zone: str,
    now: datetime,
) -> None:
    """Each line's volume is credited to the open period; a line credited before stays as it is."""
    credit = OrderCredit(order_id, member_id, tuple(lines))
    credit_orders(session, orders=[credit], time_zone=time_zone, now=now)


def credit_orders(session: Session, *, orders: Sequence[OrderCredit], time_zone: str, now: datetime) -> None:
    """All these orders are credited to the open period; a line credited before stays as it is."""
    if not any(credit.lines for credit in orders):
        return
    period = find_open_period(session, at=now, time_zone=time_zone)
    rows = [
        {
            "kind": VolumeEventKind.CREDITED,
            "order_id": credit.order_id,
            "order_line_id": line.order_line_id,
            "member_id": credit.member_id,
            "unit_no": 0,
            "units": line.units,
            "volumes": dict(line.volumes),
            "period_code": period,
            "original_period_code": period,
            "cause_kind": "order",
            "cause_id": str(credit.order_id),
            "happened_at": now,
        }
        for credit in orders
        for line in credit.lines
    ]
    session.connection().execute(insert(EVENT).on_conflict_do_nothing(), rows)


def reverse_line_units(
    session: Session,
    *,
    order_line_id: uuid.UUID,
    units: int,
    cause_kind: str,
    cause_id: str,
    time_zone: str,
    now: datetime,
) -> int:
    """So many further units of a credited line have their volume taken back; returns how many had any.

    A repetition under the same cause changes nothing. The lowest unit numbers not yet reversed are taken,
    under a lock on the credit, so that two refunds never meet in one unit.

    Raises:
        ConflictError: fewer units are left than are to be reversed.
    """
    connection = session.connection()
    credit = connection.execute(
        sa.select(EVENT).where(
            EVENT.c.order_line_id == order_line_id, EVENT.c.kind == VolumeEventKind.CREDITED
        )
    ).one_or_none()
    if credit is None:
        return 0
    # The ledger role may not lock rows of a table it cannot update; an advisory lock names the line.
    connection.execute(
        sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(str(order_line_id), 7)))
    )
    reversed_before = connection.execute(
        sa.select(EVENT.c.unit_no, EVENT.c.cause_kind, EVENT.c.cause_id).where(
            EVENT.c.order_line_id == order_line_id, EVENT.c.kind == VolumeEventKind.REVERSED
        )
    ).all()
    if any((row.cause_kind, row.cause_id) == (cause_kind, cause_id) for row in reversed_before):
        return 0
    taken = {row.unit_no for row in reversed_before}
    free = [number for number in range(1, credit.units + 1) if number not in taken]
    if len(free) < units:
        raise ConflictError(
            f"Only {len(free)} of {credit.units} units of this line still carry volume; "
            f"{units} cannot be reversed.",
            order_line_id=str(order_line_id),
        )
    period = find_open_period(session, at=now, time_zone=time_zone)
    reversals = reverse_units(credit.volumes, line_units=credit.units, unit_nos=free[:units])
    connection.execute(
        sa.insert(EVENT).inline(),
        [
            {
                "kind": VolumeEventKind.REVERSED,
                "order_id": credit.order_id,
                "order_line_id": order_line_id,
                "member_id": credit.member_id,
                "unit_no": reversal.unit_no,
                "units": 1,
                "volumes": reversal.volumes,
                "period_code": period,
                "original_period_code": credit.period_code,
                "cause_kind": cause_kind,
                "cause_id": cause_id,
                "happened_at": now,
            }
            for reversal in reversals
        ],
    )
    return units
