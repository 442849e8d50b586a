"""The units of an order line that went out, parcel by parcel and lot by lot; of a kit, those of its parts."""

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.orders.tables import OrderLine
from fulfillment.reads.returnable import GONE_OUT
from fulfillment.shipping.tables import Parcel, ParcelLine
from fulfillment.store.columns import table_of

LINE = table_of(OrderLine)
PARCEL = table_of(Parcel)
PARCEL_LINE = table_of(ParcelLine)


@dataclass(frozen=True)
class SentUnits:
    """Units of one lot in one parcel; `units_each` is how many of them one unit of the asked line holds."""

    parcel_line_id: uuid.UUID
    warehouse_code: str
    sku: str
    lot: str
    qty: int
    units_each: int


def list_sent_units(session: Session, *, order_line_id: uuid.UUID) -> list[SentUnits]:
    """What went out of this line, oldest parcel first."""
    kit = LINE.alias("kit")
    query = (
        sa.select(
            PARCEL_LINE.c.id,
            PARCEL.c.warehouse_code,
            PARCEL_LINE.c.sku,
            PARCEL_LINE.c.lot,
            PARCEL_LINE.c.qty,
            (LINE.c.qty / kit.c.qty).label("units_each"),
        )
        .join(PARCEL, PARCEL.c.id == PARCEL_LINE.c.parcel_id)
        .join(LINE, LINE.c.id == PARCEL_LINE.c.order_line_id)
        .join(kit, kit.c.id == sa.func.coalesce(LINE.c.kit_line_id, LINE.c.id))
        .where(kit.c.id == order_line_id, PARCEL.c.state.in_(GONE_OUT))
        .order_by(PARCEL_LINE.c.id)
    )
    return [
        SentUnits(row.id, row.warehouse_code, row.sku, row.lot, row.qty, int(row.units_each))
        for row in session.connection().execute(query)
    ]
