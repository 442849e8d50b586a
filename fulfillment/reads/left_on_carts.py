"""Picked units of cancelled orders that still lie on carts and wait to be carried back."""

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.warehouse.putting_back import UnitsToPutBack, list_units_to_put_back

# Any task that picked something for an order cancelled since; the ledger then decides what is left of it.
_CANCELLED = sa.text("""
    SELECT DISTINCT t.fulfillment_order_id
    FROM pick_task t JOIN fulfillment_order f ON f.id = t.fulfillment_order_id
    WHERE f.warehouse_code = :warehouse_code AND t.qty_picked > 0 AND f.state = 'cancelled'
    """)


def list_left_on_carts(session: Session, *, warehouse_code: str) -> list[UnitsToPutBack]:
    """What has to be put back in a warehouse, along the walk."""
    ids = session.connection().execute(_CANCELLED, {"warehouse_code": warehouse_code}).scalars().all()
    return list_units_to_put_back(session, fulfillment_order_ids=list(ids))
