"""Units a picker did not find: they leave their bin for the place of missing units, and a count is due."""

import uuid

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.ids import new_id
from fulfillment.store.actors import Actor

_OPEN = sa.text("""
    INSERT INTO count_task (id, location_id, sku, lot, reason, qty_expected, opened_by)
    SELECT :id, b.location_id, b.sku, b.lot, :reason, b.qty, :opened_by FROM balance b
    WHERE b.location_id = :location_id AND b.sku = :sku AND b.lot = :lot
    ON CONFLICT (location_id, sku, lot) WHERE counted_at IS NULL
        DO UPDATE SET qty_expected = excluded.qty_expected
    RETURNING id
    """)
_FIND_BALANCE = sa.text("""
    SELECT b.qty, l.is_sellable AND NOT l.is_blocked AND t.state = 'sellable' AS is_sellable
    FROM balance b JOIN location l ON l.id = b.location_id JOIN lot t USING (sku, lot)
    WHERE b.location_id = :location_id AND b.sku = :sku AND b.lot = :lot
    """)


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


def units_in_bin(session: Session, *, location_id: uuid.UUID, sku: str, lot: str) -> tuple[int, bool]:
    """Units the ledger has of this lot in this bin, and whether they may be sold from it."""
    values = {"location_id": location_id, "sku": sku, "lot": lot}
    row = session.connection().execute(_FIND_BALANCE, values).one_or_none()
    return (0, False) if row is None else (row.qty, row.is_sellable)
