"""Parcels that must not leave although they are packed and labeled."""

import uuid
from collections.abc import Collection

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.shipping.tables import Parcel, ParcelLine
from fulfillment.store.columns import table_of
from fulfillment.warehouse.kinds import LotState
from fulfillment.warehouse.tables import Lot

PARCEL = table_of(Parcel)
PARCEL_LINE = table_of(ParcelLine)
LOT = table_of(Lot)


def find_unshippable_lots(
    session: Session, *, parcel_ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, tuple[str, str]]:
    """Those of the parcels with units of a lot on hold: the parcel's number, and why, by parcel."""
    query = (
        sa.select(PARCEL.c.id, PARCEL.c.number, LOT.c.sku, LOT.c.lot)
        .join(PARCEL_LINE, PARCEL_LINE.c.parcel_id == PARCEL.c.id)
        .join(LOT, sa.and_(LOT.c.sku == PARCEL_LINE.c.sku, LOT.c.lot == PARCEL_LINE.c.lot))
        .where(PARCEL.c.id.in_(list(parcel_ids)), LOT.c.state == LotState.HELD)
        .order_by(PARCEL.c.id)
    )
    return {
        row.id: (row.number, f"lot {row.lot or '(none)'} of {row.sku} is on hold")
        for row in session.connection().execute(query)
    }
