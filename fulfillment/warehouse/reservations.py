"""Promises of stock: `availability.reserved` is their only copy, changed by one conditional UPDATE.

Units kept back for booked autoships are promised to nobody but a run; giving units back is always allowed.
Rows are locked in the order (warehouse, SKU). They are hot, so callers reserve as the last thing before
their transaction ends: on one promoted article that is worth a factor of two in throughput.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError, OutOfStockError
from fulfillment.store.columns import table_of
from fulfillment.warehouse.tables import Availability

_AVAILABILITY = table_of(Availability)
FREE_UNITS: sa.ColumnElement[int] = sa.func.greatest(
    _AVAILABILITY.c.sellable - _AVAILABILITY.c.reserved - _AVAILABILITY.c.kept_back, 0
)
"""`Available.free` as an expression on `availability`, for queries."""

Deltas = Mapping[tuple[str, str], int]
"""Units to add to what is reserved, by (warehouse code, SKU); negative to give back."""


@dataclass(frozen=True)
class Available:
    """What one warehouse has of one SKU, what of it is promised, and what waits for booked autoships."""

    warehouse_code: str
    sku: str
    sellable: int
    reserved: int
    kept_back: int = 0

    @property
    def free(self) -> int:
        """Units that can still be promised; stock lost may have eaten into what is kept back."""
        return max(0, self.sellable - self.reserved - self.kept_back)

    @property
    def free_for_autoship(self) -> int:
        """Units that a run may still promise: what is kept back is kept back for it."""
        return self.sellable - self.reserved


@dataclass(frozen=True)
class ReservationRequest:
    """One of many reservations that succeed or fail each for itself; `key` is the caller's own."""

    key: str
    warehouse_code: str
    units: Mapping[str, int]


_CHANGE_ONE = sa.text("""
    UPDATE availability SET reserved = reserved + :qty
    WHERE warehouse_code = :warehouse_code AND sku = :sku AND reserved + :qty >= 0
        AND (:qty <= 0 OR reserved + :qty + CASE WHEN :may_take THEN 0 ELSE kept_back END <= sellable)
    """)

# Counting `locked` first makes PostgreSQL lock every row in order before it changes the first one, and
# changes all of them or none. New values come from the locked rows, not from `a`: those are as old as the
# statement, and CHECK would judge what was computed from them before the newest version is looked up.
_CHANGE_MANY = sa.text("""
    WITH locked AS (
        SELECT a.warehouse_code, a.sku, a.sellable, a.reserved, w.qty,
            CASE WHEN CAST(:may_take AS boolean) THEN 0 ELSE a.kept_back END AS kept_back
        FROM availability a
        JOIN unnest(CAST(:codes AS text[]), CAST(:skus AS text[]), CAST(:qtys AS integer[]))
            AS w (warehouse_code, sku, qty) USING (warehouse_code, sku)
        ORDER BY a.warehouse_code, a.sku FOR UPDATE OF a
    ), fit AS (
        SELECT count(*) AS rows FROM locked
        WHERE reserved + qty >= 0 AND (qty <= 0 OR reserved + qty + kept_back <= sellable)
    )
    UPDATE availability a SET sellable = l.sellable, reserved = l.reserved + l.qty FROM locked l
    WHERE a.warehouse_code = l.warehouse_code AND a.sku = l.sku
        AND (SELECT rows FROM fit) = CAST(:count AS integer)
    """)

_KEEP_BACK = sa.text("""
    WITH locked AS (
        SELECT a.warehouse_code, a.sku, w.qty
        FROM availability a
        JOIN unnest(CAST(:codes AS text[]), CAST(:skus AS text[]), CAST(:qtys AS integer[]))
            AS w (warehouse_code, sku, qty) USING (warehouse_code, sku)
        ORDER BY a.warehouse_code, a.sku FOR UPDATE OF a
    ), found AS (
        SELECT count(*) AS rows FROM locked
    )
    UPDATE availability a SET kept_back = a.kept_back + l.qty FROM locked l
    WHERE a.warehouse_code = l.warehouse_code AND a.sku = l.sku
        AND (SELECT rows FROM found) = CAST(:count AS integer)
    """)

_LOCK_MANY = sa.text("""
    SELECT a.warehouse_code, a.sku, a.sellable, a.reserved, a.kept_back
    FROM availability a
    JOIN unnest(CAST(:codes AS text[]), CAST(:skus AS text[])) AS w (warehouse_code, sku)
        USING (warehouse_code, sku)
    ORDER BY a.warehouse_code, a.sku FOR UPDATE OF a
    """)

_FIND = sa.text("""
    SELECT warehouse_code, sku, sellable, reserved, kept_back FROM availability
    WHERE sku = ANY(CAST(:skus AS text[])) ORDER BY warehouse_code, sku
    """)


def reserve_units(session: Session, *, warehouse_code: str, units: Mapping[str, int]) -> None:
    """All of these units, summed per SKU, are promised at this warehouse; or none of them.

    The transaction stays usable after the refusal, so the caller may try the next warehouse.

    Raises:
        OutOfStockError: some SKU has fewer free units; `detail["short"]` names each with its numbers.
    """
    _require_positive(units)
    change_reserved(session, deltas={(warehouse_code, sku): qty for sku, qty in units.items()})


def release_units(session: Session, *, warehouse_code: str, units: Mapping[str, int]) -> None:
    """These units are promised no longer.

    Raises:
        ConflictError: fewer units are reserved than would be given back.
    """
    _require_positive(units)
    change_reserved(session, deltas={(warehouse_code, sku): -qty for sku, qty in units.items()})


def move_reservation(
    session: Session, *, from_warehouse_code: str, to_warehouse_code: str, units: Mapping[str, int]
) -> None:
    """These units are promised at the other warehouse, all of them or none.

    Raises:
        OutOfStockError: the other warehouse has too few free units; nothing moved.
    """
    _require_positive(units)
    deltas = {(from_warehouse_code, sku): -qty for sku, qty in units.items()}
    for sku, qty in units.items():
        deltas[to_warehouse_code, sku] = deltas.get((to_warehouse_code, sku), 0) + qty
    change_reserved(session, deltas=deltas)


def change_reserved(session: Session, *, deltas: Deltas, may_take_kept_back: bool = False) -> None:
    """What is reserved has changed by all of these units, or nothing has; one statement.

    A whole plan of moves nets out in it: two orders may swap the last units of two warehouses. Only an
    autoship run says `may_take_kept_back`.

    Raises:
        OutOfStockError: some warehouse has fewer free units than asked for; nothing changed.
        ConflictError: more would be given back than is reserved; nothing changed.
    """
    wanted = sorted((key, qty) for key, qty in deltas.items() if qty)
    if not wanted:
        return
    if len(wanted) == 1:
        ((warehouse_code, sku), qty) = wanted[0]
        values = {"warehouse_code": warehouse_code, "sku": sku, "qty": qty, "may_take": may_take_kept_back}
        changed = session.connection().execute(_CHANGE_ONE, values).rowcount
    else:
        many = {**_arrays(wanted), "may_take": may_take_kept_back}
        changed = session.connection().execute(_CHANGE_MANY, many).rowcount
    if changed != len(wanted):
        raise _refusal(session, dict(wanted), may_take_kept_back=may_take_kept_back)


def keep_back(session: Session, *, deltas: Deltas) -> None:
    """Units kept back for booked autoships have changed by so many; the rows are locked in the usual order.

    It does not ask whether the units are there: what is kept back is a claim on what is free, now or later.

    Raises:
        ConflictError: a warehouse never had one of these SKUs; nothing changed.
    """
    wanted = sorted((key, qty) for key, qty in deltas.items() if qty)
    if not wanted:
        return
    changed = session.connection().execute(_KEEP_BACK, _arrays(wanted)).rowcount
    if changed != len(wanted):
        raise ConflictError("Units can only be kept back where a warehouse has had the SKU before.")


def reserve_many(session: Session, *, requests: Sequence[ReservationRequest]) -> list[str]:
    """Each request that fits is reserved, in the order given; returns the keys of those that did not fit.

    Two statements for hundreds of orders: the rows are locked in order, the requests are judged one after
    the other on the locked figures, and the sums are written at once.
    """
    keys = sorted({(r.warehouse_code, sku) for r in requests for sku in r.units})
    free = {key: row.free for key, row in lock_availability(session, keys=keys).items()}
    taken: dict[tuple[str, str], int] = {}
    refused = []
    for request in requests:
        _require_positive(request.units)
        wanted = {(request.warehouse_code, sku): qty for sku, qty in request.units.items()}
        if any(free.get(key, 0) < qty for key, qty in wanted.items()):
            refused.append(request.key)
            continue
        for key, qty in wanted.items():
            free[key] -= qty
            taken[key] = taken.get(key, 0) + qty
    change_reserved(session, deltas=taken)
    return refused


def lock_availability(
    session: Session, *, keys: Collection[tuple[str, str]]
) -> dict[tuple[str, str], Available]:
    """The rows of these (warehouse code, SKU), locked in that order until the transaction ends."""
    if not keys:
        return {}
    codes, skus = zip(*sorted(keys), strict=True)
    rows = session.connection().execute(_LOCK_MANY, {"codes": list(codes), "skus": list(skus)})
    return {(row.warehouse_code, row.sku): Available(*row) for row in rows}


def find_availability(session: Session, *, skus: Collection[str]) -> dict[str, dict[str, Available]]:
    """What each warehouse has of these SKUs, by warehouse code and SKU; nothing is locked."""
    found: dict[str, dict[str, Available]] = {}
    if not skus:
        return found
    for row in session.connection().execute(_FIND, {"skus": sorted(skus)}):
        found.setdefault(row.warehouse_code, {})[row.sku] = Available(*row)
    return found


def _arrays(wanted: Sequence[tuple[tuple[str, str], int]]) -> dict[str, object]:
    return {
        "codes": [key[0] for key, _ in wanted],
        "skus": [key[1] for key, _ in wanted],
        "qtys": [qty for _, qty in wanted],
        "count": len(wanted),
    }


def _require_positive(units: Mapping[str, int]) -> None:
    for sku, qty in units.items():
        if qty <= 0:
            raise InvalidInputError(
                f"{qty} units of {sku} cannot be promised; give a whole number above zero."
            )


def _refusal(session: Session, wanted: Deltas, *, may_take_kept_back: bool) -> ConflictError:
    """The refusal with the numbers as they are now; nothing was changed by the statement that failed."""
    stock = find_availability(session, skus={sku for _, sku in wanted})
    short: list[dict[str, str | int | None]] = []
    for (code, sku), qty in wanted.items():
        row = stock.get(code, {}).get(sku, Available(code, sku, 0, 0))
        if qty < 0 and row.reserved + qty < 0:
            return ConflictError(
                f"Warehouse {code} has {row.reserved} units of {sku} reserved; {-qty} cannot be given back.",
                warehouse_code=code,
                sku=sku,
                reserved=row.reserved,
            )
        free = row.free_for_autoship if may_take_kept_back else row.free
        if free < qty:
            short.append({"warehouse_code": code, "sku": sku, "wanted": qty, "free": free})
    named = "; ".join(
        f"{line['sku']} at {line['warehouse_code']}: {line['wanted']} wanted, {line['free']} free"
        for line in short
    )
    return OutOfStockError(
        f"Too few units can be promised: {named or 'another order was faster'}.", short=short
    )
