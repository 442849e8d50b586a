"""What was picked for a fulfillment order and has not left: by task, with its lot."""

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.store.columns import table_of
from fulfillment.warehouse.tables import PickTask

TASK = table_of(PickTask)


@dataclass(frozen=True)
class PickedUnits:
    """Units of one lot taken for one line by one task."""

    pick_task_id: uuid.UUID
    fulfillment_order_line_id: uuid.UUID
    sku: str
    lot: str
    qty: int


def list_picked_units(session: Session, *, fulfillment_order_id: uuid.UUID) -> list[PickedUnits]:
    """Every task that took something, in the order they were walked."""
    query = (
        sa.select(TASK.c.id, TASK.c.fulfillment_order_line_id, TASK.c.sku, TASK.c.lot, TASK.c.qty_picked)
        .where(TASK.c.fulfillment_order_id == fulfillment_order_id, TASK.c.qty_picked > 0)
        .order_by(TASK.c.wave_id, TASK.c.sequence)
    )
    return [PickedUnits(*row) for row in session.connection().execute(query)]
