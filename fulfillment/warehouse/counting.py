"""What stands in one place as the ledger has it, and the counts that are due because someone doubts it."""

import uuid
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import NotFoundError
from fulfillment.core.ids import new_id
from fulfillment.store.actors import Actor


@dataclass(frozen=True)
class Stand:
    """Units of one lot in one place, locked; `is_sellable` says whether they may be promised from there."""

    location_id: uuid.UUID
    qty: int
    claimed: int
    is_sellable: bool


@dataclass(frozen=True)
class DueCount:
    """A count someone has to make."""

    count_id: uuid.UUID
    bin_code: str
    sku: str
    lot: str
    reason: str
    qty_expected: int
    opened_by: str


_OPEN = sa.text("""
    INSERT INTO count_task (id, location_id, sku, lot, reason, qty_expected, opened_by)
    SELECT :id, b.location_id, b.sku, b.lot, :reason, b.qty, :opened_by FROM balance b
    WHERE b.location_id = :location_id AND b.sku = :sku AND b.lot = :lot
    ON CONFLICT (location_id, sku, lot) WHERE counted_at IS NULL
        DO UPDATE SET qty_expected = excluded.qty_expected
    RETURNING id
    """)
_LIST_DUE = sa.text("""
    SELECT c.id AS count_id, l.code AS bin_code, c.sku, c.lot, c.reason, c.qty_expected, c.opened_by
    FROM count_task c JOIN location l ON l.id = c.location_id
    WHERE l.warehouse_code = :warehouse_code AND c.counted_at IS NULL
    ORDER BY l.zone, l.aisle, l.walk_rank, l.code, c.sku, c.lot
    """)
_FIND_DUE = sa.text("""
    SELECT id FROM count_task
    WHERE location_id = :location_id AND sku = :sku AND lot = :lot AND counted_at IS NULL
    """)
_SETTLE = sa.text("""
    UPDATE count_task SET qty_counted = :qty, counted_by = :counted_by, counted_at = :now
    WHERE id = :count_id AND counted_at IS NULL
    """)
_LOCK_LOT = sa.text("SELECT 1 FROM lot WHERE sku = :sku AND lot = :lot")
_LOCK_BALANCE = sa.text("""
    SELECT qty, claimed FROM balance WHERE location_id = :location_id AND sku = :sku AND lot = :lot FOR UPDATE
    """)
_IS_SELLABLE = sa.text("""
    SELECT l.is_sellable AND NOT l.is_blocked AND t.state = 'sellable' AS is_sellable
    FROM location l, lot t WHERE l.id = :location_id AND t.sku = :sku AND t.lot = :lot
    """)


def lock_stand(session: Session, *, location_id: uuid.UUID, sku: str, lot: str) -> Stand:
    """What the ledger has of this lot in this place; nobody changes it until the transaction ends.

    Raises:
        NotFoundError: no unit of the lot ever came in.
    """
    values = {"location_id": location_id, "sku": sku, "lot": lot}
    connection = session.connection()
    if connection.execute(_LOCK_LOT, values).one_or_none() is None:
        named = f"lot {lot} of {sku}" if lot else sku
        raise NotFoundError(f"No unit of {named} was ever received.", sku=sku, lot=lot)
    row = connection.execute(_LOCK_BALANCE, values).one_or_none()
    # Asked after the lock, so that a hold of the lot or a block of the bin that came first is seen.
    is_sellable: bool = connection.execute(_IS_SELLABLE, values).scalar_one()
    qty, claimed = (row.qty, row.claimed) if row else (0, 0)
    return Stand(location_id, qty, claimed, is_sellable)


def open_count(
    session: Session, *, location_id: uuid.UUID, sku: str, lot: str, reason: str, actor: Actor
) -> uuid.UUID | None:
    """One count of this lot in this bin is due; None if the bin never held it."""
    values = {
        "id": new_id(),
        "location_id": location_id,
        "sku": sku,
        "lot": lot,
        "reason": reason,
        "opened_by": actor.name,
    }
    count_id: uuid.UUID | None = session.connection().execute(_OPEN, values).scalar_one_or_none()
    return count_id


def list_due_counts(session: Session, *, warehouse_code: str) -> list[DueCount]:
    """The counts that are due in a warehouse, along the walk."""
    rows = session.connection().execute(_LIST_DUE, {"warehouse_code": warehouse_code})
    return [DueCount(*row) for row in rows]


def find_due_count(session: Session, *, location_id: uuid.UUID, sku: str, lot: str) -> uuid.UUID | None:
    """The count that is due of this lot in this bin, if one is."""
    values = {"location_id": location_id, "sku": sku, "lot": lot}
    due: uuid.UUID | None = session.connection().execute(_FIND_DUE, values).scalar_one_or_none()
    return due


def settle_count(session: Session, *, count_id: uuid.UUID, qty: int, actor: Actor, now: datetime) -> None:
    """The count was made; the caller has booked the difference."""
    values = {"count_id": count_id, "qty": qty, "counted_by": actor.name, "now": now}
    session.connection().execute(_SETTLE, values)
