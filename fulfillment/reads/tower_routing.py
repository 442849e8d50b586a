"""The orders a plan names, by the numbers people call them."""

import uuid
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.orders.tables import Order
from fulfillment.store.columns import table_of

ORDER = table_of(Order)


def find_order_numbers(session: Session, *, order_ids: Sequence[str]) -> Mapping[str, str]:
    """The numbers people call these orders by, by their ids as a plan's report writes them."""
    query = sa.select(ORDER.c.id, ORDER.c.number).where(
        ORDER.c.id.in_([uuid.UUID(text) for text in order_ids])
    )
    return {str(row.id): row.number for row in session.connection().execute(query)}
