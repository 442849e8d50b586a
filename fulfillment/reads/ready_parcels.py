"""What stands at the shipping door: labeled parcels by carrier, and those that have no label yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.states import ParcelState
from fulfillment.orders.tables import Order
from fulfillment.shipping.tables import Parcel
from fulfillment.store.columns import table_of

PARCEL = table_of(Parcel)
ORDER = table_of(Order)


@dataclass(frozen=True)
class CarrierStack:
    """The parcels that wait for one carrier's driver."""

    carrier: str
    parcels: int
    weight_g: int
    oldest_at: datetime


def list_carrier_stacks(session: Session, *, warehouse_code: str) -> list[CarrierStack]:
    """The carriers that parcels wait for, by name."""
    query = (
        sa.select(
            PARCEL.c.carrier,
            sa.func.count(),
            sa.cast(sa.func.sum(PARCEL.c.weight_g), sa.Integer),
            sa.func.min(PARCEL.c.packed_at),
        )
        .where(
            PARCEL.c.warehouse_code == warehouse_code,
            PARCEL.c.state == ParcelState.LABELED,
            PARCEL.c.carrier.is_not(None),
        )
        .group_by(PARCEL.c.carrier)
        .order_by(PARCEL.c.carrier)
    )
    return [CarrierStack(*row) for row in session.connection().execute(query)]


def list_labeled(session: Session, *, warehouse_code: str, carrier: str, limit: int) -> Sequence[sa.Row[Any]]:
    """The parcels that wait for a carrier, the oldest first, with their orders' numbers."""
    return _rows(
        session,
        limit,
        PARCEL.c.warehouse_code == warehouse_code,
        PARCEL.c.state == ParcelState.LABELED,
        PARCEL.c.carrier == carrier,
    )


def list_unlabeled(session: Session, *, warehouse_code: str, limit: int) -> Sequence[sa.Row[Any]]:
    """The packed parcels without a label: being bought, or with a problem that a person must see."""
    return _rows(
        session,
        limit,
        PARCEL.c.warehouse_code == warehouse_code,
        PARCEL.c.state == ParcelState.PACKED,
    )


def _rows(session: Session, limit: int, *wanted: sa.ColumnElement[bool]) -> Sequence[sa.Row[Any]]:
    query = (
        sa.select(PARCEL, ORDER.c.number.label("order_number"))
        .join(ORDER, ORDER.c.id == PARCEL.c.order_id)
        .where(*wanted)
        .order_by(PARCEL.c.packed_at, PARCEL.c.id)
        .limit(limit)
    )
    return session.connection().execute(query).all()
