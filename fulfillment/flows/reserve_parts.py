"""The parts of one order are reserved, and long-dated units only where there are enough of them."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlmodel import Session

from fulfillment.core.errors import OutOfStockError
from fulfillment.orders.promises import NewPart
from fulfillment.reads.dated_stock import read_dated_stock
from fulfillment.warehouse.reservations import change_reserved, lock_availability
from fulfillment.warehouse.shelf_life import class_needed


def reserve_parts(session: Session, *, parts: Sequence[NewPart], shelf_days: int, today: date) -> None:
    """What these parts hold is reserved at their warehouses, all of it or nothing.

    Raises:
        OutOfStockError: some warehouse has fewer free units, or fewer that keep as long as the order needs.
    """
    deltas = _sum(parts)
    level = class_needed(shelf_days)
    if level and deltas:
        # Every promise holds these rows until it commits, so what is counted under their locks stays true.
        lock_availability(session, keys=deltas)
        _require_long_dated(session, deltas, level, today)
    change_reserved(session, deltas=deltas)


def _require_long_dated(
    session: Session, deltas: Mapping[tuple[str, str], int], level: int, today: date
) -> None:
    skus = {sku for _, sku in deltas}
    dated = read_dated_stock(session, skus=skus, today=today, warehouses={code for code, _ in deltas})
    for key, qty in deltas.items():
        free = min(dated.free(key, each) for each in range(1, level + 1))
        if free < qty:
            raise OutOfStockError(
                f"{key[0]} has {max(0, free)} of {key[1]} free that keep long enough; {qty} are wanted.",
                short=[{"warehouse_code": key[0], "sku": key[1], "wanted": qty, "free": max(0, free)}],
            )


def _sum(parts: Sequence[NewPart]) -> dict[tuple[str, str], int]:
    deltas: dict[tuple[str, str], int] = {}
    for part in parts:
        if part.warehouse_code is not None:
            for units in part.units:
                key = (part.warehouse_code, units.sku)
                deltas[key] = deltas.get(key, 0) + units.qty
    return deltas
