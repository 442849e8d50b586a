"""Reservations change, and what is promised long-dated is there long-dated.

`availability.reserved` counts units whatever their lot. Where an order needs goods that keep longer, the
units of its class are counted as well, under the locks of the rows that every promise of these units takes.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sqlmodel import Session

from fulfillment.core.errors import OutOfStockError
from fulfillment.orders.promises import NewPart
from fulfillment.reads.dated_stock import Key, read_dated_stock
from fulfillment.warehouse.reservations import change_reserved, lock_availability
from fulfillment.warehouse.shelf_life import class_needed

Deltas = dict[Key, int]
"""Units to add to what is reserved, by (warehouse code, SKU); negative to give back."""

LongDeltas = dict[tuple[str, str, int], int]
"""The same of units that somebody needs in at least a class, by (warehouse code, SKU, class from 1 on)."""


def reserve_parts(session: Session, *, parts: Sequence[NewPart], shelf_days: int, today: date) -> None:
    """What these parts hold is reserved at their warehouses, all of it or nothing.

    Raises:
        OutOfStockError: some warehouse has fewer free units, or fewer that keep as long as the order needs.
    """
    held = [
        (part.warehouse_code, units.sku, units.qty)
        for part in parts
        if part.warehouse_code is not None
        for units in part.units
    ]
    deltas: Deltas = {}
    for code, sku, qty in held:
        deltas[code, sku] = deltas.get((code, sku), 0) + qty
    long_dated: LongDeltas = {}
    count_long_dated(long_dated, held, shelf_days=shelf_days)
    reserve(session, deltas=deltas, long_dated=long_dated, today=today)


def count_long_dated(
    into: LongDeltas, held: Iterable[tuple[str, str, int]], *, shelf_days: int, sign: int = 1
) -> None:
    """An order's (warehouse, SKU, units) are counted in each class it needs; with -1 they are given back."""
    for level in range(1, class_needed(shelf_days) + 1):
        for code, sku, qty in held:
            key = (code, sku, level)
            into[key] = into.get(key, 0) + sign * qty


def reserve(
    session: Session,
    *,
    deltas: Mapping[Key, int],
    long_dated: Mapping[tuple[str, str, int], int],
    today: date,
) -> None:
    """What is reserved has changed by all of these units, or nothing has.

    Raises:
        OutOfStockError: some warehouse has too few free units, of all or of a class; nothing changed.
        ConflictError: more would be given back than is reserved; nothing changed.
    """
    wanted = {key: qty for key, qty in long_dated.items() if qty > 0}
    if wanted:
        # Every promise holds these rows until it commits, so what is counted under their locks stays true.
        lock_availability(session, keys=deltas)
        _require_long_dated(session, wanted, today)
    change_reserved(session, deltas=deltas)


def _require_long_dated(session: Session, wanted: Mapping[tuple[str, str, int], int], today: date) -> None:
    dated = read_dated_stock(
        session,
        skus={sku for _, sku, _ in wanted},
        today=today,
        warehouses={code for code, _, _ in wanted},
    )
    for (code, sku, level), qty in wanted.items():
        free = max(0, dated.free((code, sku), level))
        if free < qty:
            raise OutOfStockError(
                f"{code} has {free} of {sku} free that keep long enough; {qty} are wanted.",
                short=[{"warehouse_code": code, "sku": sku, "wanted": qty, "free": free}],
            )
