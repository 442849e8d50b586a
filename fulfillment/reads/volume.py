"""Volume as the commission engine reads it: every event in its order, and the sums by period and member."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.commissions.tables import VolumeEvent, VolumeEventKind
from fulfillment.distributors.tables import Member
from fulfillment.orders.tables import Order
from fulfillment.store.columns import table_of

EVENT = table_of(VolumeEvent)
ORDER = table_of(Order)
MEMBER = table_of(Member)


@dataclass(frozen=True)
class VolumeFilter:
    """Which events; None leaves a column out."""

    period_code: str | None = None
    member_number: str | None = None
    order_id: uuid.UUID | None = None
    kind: VolumeEventKind | None = None


@dataclass(frozen=True)
class VolumeSum:
    """The points of one name that a member has in a period, in hundredths; None is for guests."""

    period_code: str
    member_number: str | None
    name: str
    credited: int
    reversed: int

    @property
    def total(self) -> int:
        """What is left; negative where more came back than was sold."""
        return self.credited + self.reversed


def list_volume_events(
    session: Session, *, wanted: VolumeFilter, after: int, limit: int
) -> Sequence[sa.Row[Any]]:
    """Volume events in the order they were written, after the one of this number."""
    query = (
        sa.select(EVENT, ORDER.c.number.label("order_number"), MEMBER.c.number.label("member_number"))
        .join(ORDER, ORDER.c.id == EVENT.c.order_id)
        .outerjoin(MEMBER, MEMBER.c.id == EVENT.c.member_id)
        .where(EVENT.c.number > after)
        .order_by(EVENT.c.number)
        .limit(limit)
    )
    conditions = {
        EVENT.c.period_code: wanted.period_code,
        EVENT.c.order_id: wanted.order_id,
        EVENT.c.kind: wanted.kind,
        MEMBER.c.number: wanted.member_number,
    }
    for column, value in conditions.items():
        if value is not None:
            query = query.where(column == value)
    return session.connection().execute(query).all()


def sum_volumes(session: Session, *, period_code: str) -> list[VolumeSum]:
    """The period's volume by member and name, whole, as of the session's snapshot."""
    points = sa.func.jsonb_each_text(EVENT.c.volumes).table_valued("key", "value", name="points")
    value = sa.cast(points.c.value, sa.BigInteger)

    def total(kind: VolumeEventKind) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(value).filter(EVENT.c.kind == kind), 0)

    query = (
        sa.select(
            MEMBER.c.number,
            points.c.key,
            total(VolumeEventKind.CREDITED),
            total(VolumeEventKind.REVERSED),
        )
        .select_from(EVENT)
        .join(points, sa.true())
        .outerjoin(MEMBER, MEMBER.c.id == EVENT.c.member_id)
        .where(EVENT.c.period_code == period_code)
        .group_by(MEMBER.c.number, points.c.key)
        .order_by(MEMBER.c.number.nulls_first(), points.c.key)
    )
    return [
        VolumeSum(period_code, number, name, int(credited), int(taken))
        for number, name, credited, taken in session.connection().execute(query)
    ]
