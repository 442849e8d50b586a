"""The units of an order line that went out, parcel by parcel and lot by lot; of a kit, those of its parts."""

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.states import ParcelState
from fulfillment.orders.tables import OrderLine
from fulfillment.shipping.tables import Parcel, ParcelLine
from fulfillment.store.columns import table_of

LINE = table_of(OrderLine)
PARCEL = table_of(Parcel)
PARCEL_LINE = table_of(ParcelLine)

MAY_BE_THERE = (ParcelState.DELIVERED, ParcelState.SHIPPED, ParcelState.LOST, ParcelState.RETURNING)
"""States of parcels whose units the customer may have; where it was delivered she surely has."""


@dataclass(frozen=True)
class SentUnits:
    """Units of one lot in one parcel."""

    parcel_line_id: uuid.UUID
    warehouse_code: str
    sku: str
    lot: str
    qty: int


def list_sent_units(session: Session, *, order_line_id: uuid.UUID) -> list[SentUnits]:
    """What the customer may have of this line: delivered parcels first, then the others, oldest first."""
    is_elsewhere = sa.case((PARCEL.c.state == ParcelState.DELIVERED, 0), else_=1)
    query = (
        sa.select(
            PARCEL_LINE.c.id,
            PARCEL.c.warehouse_code,
            PARCEL_LINE.c.sku,
            PARCEL_LINE.c.lot,
            PARCEL_LINE.c.qty,
        )
        .join(PARCEL, PARCEL.c.id == PARCEL_LINE.c.parcel_id)
        .join(LINE, LINE.c.id == PARCEL_LINE.c.order_line_id)
        .where(
            sa.func.coalesce(LINE.c.kit_line_id, LINE.c.id) == order_line_id, PARCEL.c.state.in_(MAY_BE_THERE)
        )
        .order_by(is_elsewhere, PARCEL_LINE.c.id)
    )
    return [
        SentUnits(row.id, row.warehouse_code, row.sku, row.lot, row.qty)
        for row in session.connection().execute(query)
    ]


def list_unit_parts(session: Session, *, order_line_id: uuid.UUID) -> dict[str, int]:
    """What one unit of an order line is made of, by SKU: itself, or a kit's parts."""
    kit = LINE.alias("kit")
    query = (
        sa.select(LINE.c.sku, (LINE.c.qty / kit.c.qty).label("units_each"))
        .join(kit, kit.c.id == sa.func.coalesce(LINE.c.kit_line_id, LINE.c.id))
        .where(kit.c.id == order_line_id, ~LINE.c.is_kit)
    )
    parts: dict[str, int] = {}
    for row in session.connection().execute(query):
        parts[row.sku] = parts.get(row.sku, 0) + int(row.units_each)
    return parts
