"""Picked units that nobody wants any more: which they are, and back into the bins they came from."""

import uuid
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.store.actors import Actor
from fulfillment.warehouse.ledger import post_movements
from fulfillment.warehouse.movements import NewMovement, Units, put_back
from fulfillment.warehouse.places import places_of


@dataclass(frozen=True)
class UnitsToPutBack:
    """Units of one pick task that lie among the picked ones, and the bin they came from."""

    task_id: uuid.UUID
    warehouse_code: str
    location_id: uuid.UUID
    bin_code: str
    tote: str | None
    sku: str
    lot: str
    qty: int


# What a task picked less what was undone or put back, from the ledger itself.
_FIND = sa.text("""
    SELECT t.id AS task_id, w.warehouse_code, t.location_id, l.code AS bin_code, t.tote, t.sku, t.lot,
        CAST(sum(CASE WHEN m.reason = 'pick' THEN m.qty ELSE -m.qty END) AS integer) AS qty
    FROM pick_task t JOIN wave w ON w.id = t.wave_id JOIN location l ON l.id = t.location_id
    JOIN movement m ON m.subject_kind = 'pick_task' AND m.subject_id = CAST(t.id AS text)
        AND m.reason IN ('pick', 'put_back')
    WHERE t.fulfillment_order_id = ANY(CAST(:ids AS uuid[]))
    GROUP BY t.id, w.warehouse_code, t.location_id, l.code, t.tote, t.sku, t.lot, l.zone, l.aisle, l.walk_rank
    HAVING sum(CASE WHEN m.reason = 'pick' THEN m.qty ELSE -m.qty END) > 0
    ORDER BY l.zone, l.aisle, l.walk_rank, l.code, t.id
    """)


def list_units_to_put_back(
    session: Session, *, fulfillment_order_ids: list[uuid.UUID]
) -> list[UnitsToPutBack]:
    """What was picked for these fulfillment orders and not taken back, along the walk."""
    rows = session.connection().execute(_FIND, {"ids": fulfillment_order_ids})
    return [UnitsToPutBack(*row) for row in rows]


def put_back_units(
    session: Session, *, fulfillment_order_id: uuid.UUID, actor: Actor, now: datetime
) -> list[UnitsToPutBack]:
    """The units are back in their bins and free to be promised; the caller knows that none was shipped.

    A task's units go back once: saying it twice moves nothing.
    """
    units = list_units_to_put_back(session, fulfillment_order_ids=[fulfillment_order_id])
    post_movements(session, movements=[_movement(row) for row in units], actor=actor, now=now)
    return units


def _movement(row: UnitsToPutBack) -> NewMovement:
    return put_back(
        Units(row.sku, row.qty, row.lot),
        put_back_id=str(row.task_id),
        subject=("pick_task", str(row.task_id)),
        picked=places_of(row.warehouse_code).picked,
        bin_id=row.location_id,
    )
