"""Balances and availability: the running sums that follow the ledger, changed all together or not at all.

Rows are locked in one order before the first one changes: balances by (warehouse, SKU, lot, location) with
the accounts outside the warehouses last, then availability by (warehouse, SKU).
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError

Place = tuple[uuid.UUID, str, str]
"""The key of a balance: location, SKU, lot."""


class TooFewUnitsError(ConflictError):
    """A place has fewer units that no pick task has claimed than should leave it."""

    code = "too-few-units"


class PromisedUnitsError(ConflictError):
    """Units would stop being sellable that are promised to orders; those orders must be settled first."""

    code = "units-promised"


@dataclass(frozen=True)
class BalanceChange:
    """Units to add to a balance, and to what pick tasks have claimed of it."""

    qty: int
    claimed: int = 0

    def __add__(self, other: "BalanceChange") -> "BalanceChange":
        return BalanceChange(self.qty + other.qty, self.claimed + other.claimed)


@dataclass(frozen=True)
class AvailabilityChange:
    """Units to add to what a warehouse can sell of a SKU, and to what it has promised."""

    sellable: int
    reserved: int = 0

    def __add__(self, other: "AvailabilityChange") -> "AvailabilityChange":
        return AvailabilityChange(self.sellable + other.sellable, self.reserved + other.reserved)


@dataclass(frozen=True)
class PlaceFacts:
    """What a place means for availability; `warehouse_code` is None outside the warehouses."""

    warehouse_code: str | None
    is_sellable: bool


# All rows are locked in order before the first one changes, and all of them change or none does. New values
# come from the locked rows: the target's own may be as old as the statement, and CHECK would judge those.
_CHANGE_BALANCES = sa.text("""
    WITH locked AS (
        SELECT b.location_id, b.sku, b.lot, b.qty + w.qty AS qty, b.claimed + w.claim AS claimed,
            l.warehouse_code, l.is_sellable AND NOT l.is_blocked AND t.state = 'sellable' AS is_sellable,
            b.is_outside OR b.qty + w.qty >= b.claimed + w.claim AS is_enough
        FROM balance b
        JOIN unnest(CAST(:location_ids AS uuid[]), CAST(:skus AS text[]), CAST(:lots AS text[]),
            CAST(:qtys AS integer[]), CAST(:claims AS integer[])) AS w (location_id, sku, lot, qty, claim)
            USING (location_id, sku, lot)
        JOIN location l ON l.id = b.location_id JOIN lot t ON t.sku = b.sku AND t.lot = b.lot
        ORDER BY l.warehouse_code NULLS LAST, b.sku, b.lot, b.location_id FOR UPDATE OF b
    ), changed AS (
        UPDATE balance b SET qty = k.qty, claimed = k.claimed
        FROM locked k, (SELECT count(*) AS rows FROM locked WHERE is_enough) f
        WHERE b.location_id = k.location_id AND b.sku = k.sku AND b.lot = k.lot
            AND f.rows = CAST(:count AS integer)
        RETURNING 1
    )
    SELECT location_id, sku, lot, warehouse_code, is_sellable FROM locked
    WHERE (SELECT count(*) FROM changed) = CAST(:count AS integer)
    """)

_CREATE_BALANCES = sa.text("""
    INSERT INTO balance (location_id, sku, lot, is_outside, qty, claimed)
    SELECT w.location_id, w.sku, w.lot, l.kind IN ('supplier', 'customer', 'adjustment'), 0, 0
    FROM unnest(CAST(:location_ids AS uuid[]), CAST(:skus AS text[]), CAST(:lots AS text[]))
        AS w (location_id, sku, lot)
    JOIN location l ON l.id = w.location_id
    ORDER BY l.warehouse_code NULLS LAST, w.sku, w.lot, w.location_id
    ON CONFLICT (location_id, sku, lot) DO NOTHING
    """)

_FIND_BALANCES = sa.text("""
    SELECT b.location_id, b.sku, b.lot, b.qty, b.claimed, b.is_outside, l.code
    FROM balance b JOIN location l ON l.id = b.location_id
    JOIN unnest(CAST(:location_ids AS uuid[]), CAST(:skus AS text[]), CAST(:lots AS text[]))
        AS w (location_id, sku, lot) USING (location_id, sku, lot)
    ORDER BY l.code, b.sku, b.lot
    """)

_CHANGE_AVAILABILITY = sa.text("""
    WITH locked AS (
        SELECT a.warehouse_code, a.sku, a.sellable + w.sellable AS sellable,
            a.reserved + w.reserved AS reserved
        FROM availability a
        JOIN unnest(CAST(:codes AS text[]), CAST(:skus AS text[]), CAST(:sellable AS integer[]),
            CAST(:reserved AS integer[])) AS w (warehouse_code, sku, sellable, reserved)
            USING (warehouse_code, sku)
        ORDER BY a.warehouse_code, a.sku FOR UPDATE OF a
    )
    UPDATE availability a SET sellable = k.sellable, reserved = k.reserved
    FROM locked k, (SELECT count(*) AS rows FROM locked WHERE reserved BETWEEN 0 AND sellable) f
    WHERE a.warehouse_code = k.warehouse_code AND a.sku = k.sku AND f.rows = CAST(:count AS integer)
    """)

_CREATE_AVAILABILITY = sa.text("""
    INSERT INTO availability (warehouse_code, sku, sellable, reserved, kept_back)
    SELECT w.warehouse_code, w.sku, 0, 0, 0
    FROM unnest(CAST(:codes AS text[]), CAST(:skus AS text[])) AS w (warehouse_code, sku)
    ORDER BY w.warehouse_code, w.sku
    ON CONFLICT (warehouse_code, sku) DO NOTHING
    """)

_FIND_AVAILABILITY = sa.text("""
    SELECT a.warehouse_code, a.sku, a.sellable, a.reserved FROM availability a
    JOIN unnest(CAST(:codes AS text[]), CAST(:skus AS text[])) AS w (warehouse_code, sku)
        USING (warehouse_code, sku)
    ORDER BY a.warehouse_code, a.sku
    """)


def change_balances(session: Session, *, changes: Mapping[Place, BalanceChange]) -> dict[Place, PlaceFacts]:
    """All of these balances have changed, and exist where they were missing; returns each place's facts.

    Raises:
        TooFewUnitsError: a place would keep fewer units than pick tasks have claimed of it.
    """
    values: dict[str, Any] = {
        "location_ids": [place[0] for place in changes],
        "skus": [place[1] for place in changes],
        "lots": [place[2] for place in changes],
        "qtys": [change.qty for change in changes.values()],
        "claims": [change.claimed for change in changes.values()],
        "count": len(changes),
    }
    connection = session.connection()
    rows = connection.execute(_CHANGE_BALANCES, values).all()
    if not rows:
        connection.execute(_CREATE_BALANCES, values)
        rows = connection.execute(_CHANGE_BALANCES, values).all()
    if not rows:
        raise _too_few(session, changes, values)
    return {
        (row.location_id, row.sku, row.lot): PlaceFacts(row.warehouse_code, row.is_sellable) for row in rows
    }


def change_availability(session: Session, *, changes: Mapping[tuple[str, str], AvailabilityChange]) -> None:
    """What is sellable and reserved at these (warehouse code, SKU) has changed; missing rows are created.

    Raises:
        PromisedUnitsError: less would be sellable than is promised; `detail["short"]` names where and by
            how many units.
    """
    changes = {key: change for key, change in changes.items() if change != AvailabilityChange(0)}
    if not changes:
        return
    values = {
        "codes": [code for code, _ in changes],
        "skus": [sku for _, sku in changes],
        "sellable": [change.sellable for change in changes.values()],
        "reserved": [change.reserved for change in changes.values()],
        "count": len(changes),
    }
    connection = session.connection()
    if connection.execute(_CHANGE_AVAILABILITY, values).rowcount == len(changes):
        return
    connection.execute(_CREATE_AVAILABILITY, values)
    if connection.execute(_CHANGE_AVAILABILITY, values).rowcount != len(changes):
        raise _promised(session, changes, values)


def _too_few(
    session: Session, changes: Mapping[Place, BalanceChange], values: Mapping[str, Any]
) -> ConflictError:
    for row in session.connection().execute(_FIND_BALANCES, values):
        change = changes[row.location_id, row.sku, row.lot]
        if not row.is_outside and row.qty + change.qty < row.claimed + change.claimed:
            named = f"{row.sku} lot {row.lot}" if row.lot else row.sku
            claimed = f", {row.claimed} of them claimed by pick tasks" if row.claimed else ""
            return TooFewUnitsError(
                f"{row.code} holds {row.qty} units of {named}{claimed}; {-change.qty} cannot leave it.",
                location=row.code,
                sku=row.sku,
                lot=row.lot,
                qty=row.qty,
                claimed=row.claimed,
                wanted=-change.qty,
            )
    return ConflictError("A place or lot named in a movement does not exist; nothing was moved.")


def _promised(
    session: Session, changes: Mapping[tuple[str, str], AvailabilityChange], values: Mapping[str, Any]
) -> ConflictError:
    short: list[dict[str, str | int | None]] = []
    for row in session.connection().execute(_FIND_AVAILABILITY, values):
        change = changes[row.warehouse_code, row.sku]
        missing = row.reserved + change.reserved - row.sellable - change.sellable
        if missing > 0:
            short.append({"warehouse_code": row.warehouse_code, "sku": row.sku, "short": missing})
    named = "; ".join(f"{line['sku']} at {line['warehouse_code']} by {line['short']} units" for line in short)
    return PromisedUnitsError(
        f"More units are promised than would be left to sell: {named}. Settle those orders first.",
        short=short,
    )
