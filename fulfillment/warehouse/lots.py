"""Lots: made when their first unit comes in, held and released by people, expired by the calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.barcodes import require_code_128
from fulfillment.core.errors import ConflictError, NotFoundError
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.columns import table_of
from fulfillment.warehouse.kinds import NO_LOT, LotState
from fulfillment.warehouse.tables import Lot

LOT = table_of(Lot)


@dataclass(frozen=True)
class LotFacts:
    """What is known of a lot when its units come in; the unnamed lot has no expiry."""

    sku: str
    lot: str = NO_LOT
    expires_on: date | None = None


_ENSURE = sa.text("""
    INSERT INTO lot (sku, lot, expires_on, state)
    SELECT w.sku, w.lot, w.expires_on, 'sellable'
    FROM unnest(CAST(:skus AS text[]), CAST(:lots AS text[]), CAST(:expiries AS date[]))
        AS w (sku, lot, expires_on)
    ORDER BY w.sku, w.lot
    ON CONFLICT (sku, lot) DO NOTHING
    """)
_FIND = sa.text("""
    SELECT l.sku, l.lot, l.expires_on FROM lot l
    JOIN unnest(CAST(:skus AS text[]), CAST(:lots AS text[])) AS w (sku, lot) USING (sku, lot)
    """)
# FOR UPDATE waits for every movement of the lot in flight and makes later ones wait, because a movement's
# foreign key locks its lot FOR KEY SHARE.
_LOCK = sa.text("SELECT state FROM lot WHERE sku = :sku AND lot = :lot FOR UPDATE")
_SELLABLE = sa.text("""
    SELECT l.warehouse_code, CAST(sum(b.qty) AS integer) AS qty
    FROM balance b JOIN location l ON l.id = b.location_id
    WHERE b.sku = :sku AND b.lot = :lot AND l.is_sellable AND NOT l.is_blocked AND b.qty > 0
    GROUP BY l.warehouse_code ORDER BY l.warehouse_code
    """)
_LOCK_BALANCES = sa.text("""
    SELECT 1 FROM balance b JOIN location l ON l.id = b.location_id
    WHERE b.sku = :sku AND b.lot = :lot
    ORDER BY l.warehouse_code NULLS LAST, b.location_id FOR UPDATE OF b
    """)


def ensure_lots(session: Session, *, lots: Sequence[LotFacts]) -> None:
    """Each of these lots exists with its expiry date.

    Raises:
        InvalidInputError: a barcode cannot carry the lot's name.
        ConflictError: the lot exists with another expiry date; one lot has one.
    """
    if not lots:
        return
    for lot in lots:
        if lot.lot != NO_LOT:
            require_code_128(lot.lot, what="Lot")
    values = {
        "skus": [lot.sku for lot in lots],
        "lots": [lot.lot for lot in lots],
        "expiries": [lot.expires_on for lot in lots],
    }
    connection = session.connection()
    connection.execute(_ENSURE, values)
    known = {(row.sku, row.lot): row.expires_on for row in connection.execute(_FIND, values)}
    for lot in lots:
        stored = known[lot.sku, lot.lot]
        if lot.expires_on is not None and lot.expires_on != stored:
            raise ConflictError(
                f"Lot {lot.lot} of {lot.sku} expires on {stored or 'no known date'}, not {lot.expires_on}; "
                "check the print on the carton or give the lot another name.",
                sku=lot.sku,
                lot=lot.lot,
                expires_on=None if stored is None else stored.isoformat(),
            )


def lock_lot(session: Session, *, sku: str, lot: str) -> LotState:
    """The lot's state, which nobody changes until the transaction ends; movements of it wait.

    Raises:
        NotFoundError: there is no such lot.
    """
    found = session.connection().execute(_LOCK, {"sku": sku, "lot": lot}).scalar_one_or_none()
    if found is None:
        raise NotFoundError(f"There is no lot {lot} of {sku}.", sku=sku, lot=lot)
    session.connection().execute(_LOCK_BALANCES, {"sku": sku, "lot": lot})
    return LotState(found)


def sellable_units(session: Session, *, sku: str, lot: str) -> dict[str, int]:
    """Units of the lot in sellable bins by warehouse, whatever the lot's state; the caller has locked it."""
    rows = session.connection().execute(_SELLABLE, {"sku": sku, "lot": lot})
    return {row.warehouse_code: row.qty for row in rows}


def set_lot_state(
    session: Session, *, sku: str, lot: str, state: LotState, actor: Actor, reason: str
) -> None:
    """The lot is in this state, and the audit trail says why; availability is the caller's to change."""
    session.connection().execute(sa.update(LOT).where(LOT.c.sku == sku, LOT.c.lot == lot).values(state=state))
    record(
        session,
        actor=actor,
        deed=f"lot.{state}",
        object_kind="lot",
        object_id=f"{sku}/{lot}",
        detail={"reason": reason},
    )
