"""The lines of an order that need stock, with the groups that leave together."""

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.kinds import ProductKind
from fulfillment.catalog.tables import Product
from fulfillment.orders.tables import OrderLine
from fulfillment.store.columns import table_of

LINE = table_of(OrderLine)
PRODUCT = table_of(Product)


@dataclass(frozen=True)
class StockedLine:
    """Units of an order line that a warehouse has to send; parts of one kit share its line's id."""

    order_line_id: uuid.UUID
    sku: str
    qty: int
    group: uuid.UUID


def list_stocked_lines(session: Session, *, order_id: uuid.UUID) -> list[StockedLine]:
    """Every line that is neither a kit's own nor a service, less its cancelled units, in line order."""
    query = (
        sa.select(LINE.c.id, LINE.c.kit_line_id, LINE.c.sku, (LINE.c.qty - LINE.c.qty_cancelled).label("qty"))
        .join(PRODUCT, PRODUCT.c.sku == LINE.c.sku)
        .where(
            LINE.c.order_id == order_id,
            ~LINE.c.is_kit,
            LINE.c.qty > LINE.c.qty_cancelled,
            PRODUCT.c.kind.in_([ProductKind.GOODS, ProductKind.SALES_AID]),
        )
        .order_by(LINE.c.line_no)
    )
    return [
        StockedLine(row.id, row.sku, row.qty, row.kit_line_id or row.id)
        for row in session.connection().execute(query)
    ]
