"""What a packer has before her: the picked units of a fulfillment order that are in no parcel yet."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.tables import Product
from fulfillment.core.errors import NotFoundError
from fulfillment.core.states import FulfillmentOrderState
from fulfillment.orders.tables import FulfillmentOrder, FulfillmentOrderLine, Order
from fulfillment.shipping.packing import Article, PackedUnits
from fulfillment.store.columns import table_of

PART = table_of(FulfillmentOrder)
LINE = table_of(FulfillmentOrderLine)
ORDER = table_of(Order)
PRODUCT = table_of(Product)

# A line's lots are those its pick tasks took from the bins, less what is in parcels that stand.
_TO_PACK = sa.text("""
    WITH picked AS (
        SELECT fulfillment_order_line_id AS line_id, lot, sum(qty_picked) AS qty FROM pick_task
        WHERE fulfillment_order_id = :part_id AND qty_picked > 0 GROUP BY 1, 2
    ), packed AS (
        SELECT pl.fulfillment_order_line_id AS line_id, pl.lot, sum(pl.qty) AS qty
        FROM parcel_line pl JOIN parcel p ON p.id = pl.parcel_id
        WHERE p.fulfillment_order_id = :part_id AND p.state <> 'cancelled' GROUP BY 1, 2
    )
    SELECT l.id, l.order_line_id, l.sku, picked.lot,
        CAST(picked.qty - coalesce(packed.qty, 0) AS integer) AS qty
    FROM picked JOIN fulfillment_order_line l ON l.id = picked.line_id
    LEFT JOIN packed ON packed.line_id = picked.line_id AND packed.lot = picked.lot
    WHERE picked.qty > coalesce(packed.qty, 0)
    ORDER BY l.id, picked.lot
    """)


@dataclass(frozen=True)
class PackingFacts:
    """A fulfillment order at the packing bench."""

    fulfillment_order_id: uuid.UUID
    number: str
    state: FulfillmentOrderState
    order_id: uuid.UUID
    order_number: str
    warehouse_code: str
    due_on: date | None
    units: tuple[PackedUnits, ...]
    articles: Mapping[str, Article]


def read_packing(session: Session, *, fulfillment_order_id: uuid.UUID, lock: bool = False) -> PackingFacts:
    """The fulfillment order with what is picked for it and not packed; locked if asked.

    Raises:
        NotFoundError: there is no such fulfillment order, or it has no warehouse yet.
    """
    query = (
        sa.select(PART, ORDER.c.number.label("order_number"), ORDER.c.due_on)
        .join(ORDER, ORDER.c.id == PART.c.order_id)
        .where(PART.c.id == fulfillment_order_id)
    )
    if lock:
        query = query.with_for_update(of=[PART])
    head = session.connection().execute(query).one_or_none()
    if head is None:
        raise NotFoundError(f"There is no fulfillment order {fulfillment_order_id}.")
    if head.warehouse_code is None:
        raise NotFoundError(f"{head.number} waits for stock and is at no warehouse.", state=head.state)
    rows = session.connection().execute(_TO_PACK, {"part_id": fulfillment_order_id})
    units = tuple(PackedUnits(row.id, row.order_line_id, row.sku, row.lot, row.qty) for row in rows)
    return PackingFacts(
        fulfillment_order_id=head.id,
        number=head.number,
        state=head.state,
        order_id=head.order_id,
        order_number=head.order_number,
        warehouse_code=head.warehouse_code,
        due_on=head.due_on,
        units=units,
        articles=find_packing_articles(session, part_id=fulfillment_order_id),
    )


def find_packing_articles(session: Session, *, part_id: uuid.UUID) -> dict[str, Article]:
    """The products of a fulfillment order by SKU."""
    skus = sa.select(LINE.c.sku).where(LINE.c.fulfillment_order_id == part_id)
    query = sa.select(PRODUCT).where(PRODUCT.c.sku.in_(skus))
    return {
        row.sku: Article(
            row.sku,
            row.name,
            row.weight_g,
            (row.length_mm, row.width_mm, row.height_mm),
            has_hazard=row.hazard_class is not None,
        )
        for row in session.connection().execute(query)
    }
