"""Volume events: what the commission engine has to know, exactly once."""

import uuid
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import SQLModel

from fulfillment.store.columns import (
    check,
    enum_column,
    json_column,
    number_column,
    qty_column,
    text_column,
    utc_column,
    uuid_column,
)


class VolumeEventKind(StrEnum):
    """Volume is credited once a line and reversed once for each refunded or cancelled unit."""

    CREDITED = "credited"
    REVERSED = "reversed"


class CommissionPeriod(SQLModel, table=True):
    """A span of time in the company's own zone; a closed one takes no more events."""

    __tablename__ = "commission_period"
    __table_args__ = (check("span", "starts_at < ends_at"),)

    code: str = text_column(primary_key=True)
    starts_at: datetime = utc_column(index=True)
    ends_at: datetime = utc_column()
    closed_at: datetime | None = utc_column(default=None)


class VolumeEvent(SQLModel, table=True):
    """Points given for an order line, or taken back for one unit of it. Never changed.

    A reversal names its unit (1 … qty of the line), so that the database refuses a second one.
    """

    __tablename__ = "volume_event"
    __table_args__ = (
        check("unit", "(kind = 'credited') = (unit_no = 0) AND unit_no >= 0"),
        sa.UniqueConstraint("order_line_id", "kind", "unit_no"),
        sa.Index(None, "period_code"),
        sa.Index(None, "member_id"),
    )

    number: int | None = number_column()
    kind: VolumeEventKind = enum_column(VolumeEventKind)
    order_id: uuid.UUID = uuid_column("customer_order.id", index=True)
    order_line_id: uuid.UUID = uuid_column("order_line.id")
    member_id: uuid.UUID | None = uuid_column("member.id", default=None)
    unit_no: int = qty_column(default=0)
    units: int = qty_column()
    volumes: dict[str, int] = json_column()
    period_code: str = text_column("commission_period.code")
    original_period_code: str = text_column("commission_period.code")
    cause_kind: str = text_column()
    cause_id: str = text_column()
    happened_at: datetime = utc_column()
