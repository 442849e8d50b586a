"""Totes: which order's units lie in which one, while its wave is on the floor."""

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.warehouse.picking import TaskAtHand

_TOTE_TAKEN = sa.text("""
    SELECT 1 FROM pick_task t JOIN wave w ON w.id = t.wave_id
    WHERE t.tote = :tote AND t.fulfillment_order_id <> :fulfillment_order_id
        AND w.warehouse_code = :warehouse_code AND w.state IN ('released', 'picking') LIMIT 1
    """)
# What lies in a full tote stays in it; only what is still to come goes into the next one.
_ASSIGN_TOTE = sa.text("""
    UPDATE pick_task SET tote = :tote
    WHERE wave_id = :wave_id AND fulfillment_order_id = :fulfillment_order_id
        AND (state = 'open' OR tote IS NULL)
    """)


def assign_tote(session: Session, *, task: TaskAtHand, tote: str) -> bool:
    """Whether the task's order goes into this tote; a tote holds one order at a time."""
    values = {
        "tote": tote,
        "wave_id": task.wave_id,
        "fulfillment_order_id": task.fulfillment_order_id,
        "warehouse_code": task.warehouse_code,
    }
    connection = session.connection()
    if connection.execute(_TOTE_TAKEN, values).one_or_none() is not None:
        return False
    connection.execute(_ASSIGN_TOTE, values)
    return True
