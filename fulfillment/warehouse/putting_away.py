"""Units go from the dock to a bin: like goods together, else the nearest empty bin."""

import uuid
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, NotFoundError
from fulfillment.store.actors import Actor
from fulfillment.warehouse.ledger import post_movements
from fulfillment.warehouse.movements import Units, put_away
from fulfillment.warehouse.places import places_of


@dataclass(frozen=True)
class Bin:
    """A bin as a scan or an entry by hand finds it."""

    location_id: uuid.UUID
    code: str
    is_sellable: bool
    is_blocked: bool


@dataclass(frozen=True)
class DockUnits:
    """Units of a lot that still stand at the dock."""

    sku: str
    lot: str
    qty: int


_SUGGEST = sa.text("""
    WITH held AS (
        SELECT b.location_id, bool_or(b.sku = :sku AND b.lot = :lot) AS has_lot,
            bool_or(b.sku = :sku) AS has_sku, bool_or(b.sku <> :sku) AS has_other
        FROM balance b JOIN location l ON l.id = b.location_id
        WHERE l.warehouse_code = :warehouse_code AND b.qty > 0 GROUP BY b.location_id
    )
    SELECT l.id AS location_id, l.code, l.is_sellable, l.is_blocked
    FROM location l LEFT JOIN held h ON h.location_id = l.id
    WHERE l.warehouse_code = :warehouse_code AND l.kind = 'bin' AND l.is_sellable AND NOT l.is_blocked
        AND (h.location_id IS NULL OR h.has_sku)
    ORDER BY coalesce(h.has_lot, FALSE) DESC, h.location_id IS NOT NULL AND NOT h.has_other DESC,
        h.location_id IS NULL DESC, l.zone, l.walk_rank, l.aisle, l.code
    LIMIT 1
    """)
_FIND_BIN = sa.text("""
    SELECT id AS location_id, code, is_sellable, is_blocked FROM location
    WHERE warehouse_code = :warehouse_code AND kind = 'bin' AND (code = :code OR barcode = :code)
    """)
_AT_DOCK = sa.text("""
    SELECT b.sku, b.lot, b.qty FROM balance b
    WHERE b.location_id = :dock AND b.qty > 0 ORDER BY b.sku, b.lot
    """)


def suggest_bin(session: Session, *, warehouse_code: str, sku: str, lot: str) -> Bin | None:
    """Where the units should go: their lot's bin, their article's own bin, an empty bin, a shared bin.

    None when every bin is taken by other articles.
    """
    values = {"warehouse_code": warehouse_code, "sku": sku, "lot": lot}
    row = session.connection().execute(_SUGGEST, values).one_or_none()
    return None if row is None else Bin(*row)


def find_bin(session: Session, *, warehouse_code: str, code: str) -> Bin:
    """The bin with this code or barcode.

    Raises:
        NotFoundError: the warehouse has no such bin.
    """
    values = {"warehouse_code": warehouse_code, "code": code.strip()}
    row = session.connection().execute(_FIND_BIN, values).one_or_none()
    if row is None:
        raise NotFoundError(f"Warehouse {warehouse_code} has no bin {code}.", code=code)
    return Bin(*row)


def list_dock_units(session: Session, *, warehouse_code: str) -> list[DockUnits]:
    """What stands at the dock and waits for a bin."""
    rows = session.connection().execute(_AT_DOCK, {"dock": places_of(warehouse_code).receiving})
    return [DockUnits(*row) for row in rows]


def put_away_units(
    session: Session,
    *,
    warehouse_code: str,
    units: Units,
    bin_code: str,
    put_away_id: str,
    actor: Actor,
    now: datetime,
) -> bool:
    """The units stand in the bin; says whether they moved now, as the same `put_away_id` counts once.

    Raises:
        NotFoundError: there is no such bin.
        ConflictError: the bin is blocked, or fewer units stand at the dock.
    """
    place = find_bin(session, warehouse_code=warehouse_code, code=bin_code)
    if place.is_blocked:
        raise ConflictError(f"Bin {place.code} is blocked; put the units into another bin.", code=place.code)
    movement = put_away(
        units,
        put_away_id=put_away_id,
        subject=("location", str(place.location_id)),
        dock=places_of(warehouse_code).receiving,
        bin_id=place.location_id,
    )
    return not post_movements(session, movements=[movement], actor=actor, now=now).repeated
