"""Stock is found and reserved for one order by the cheap rule; the planner may move it until release."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from fulfillment.core.errors import OutOfStockError
from fulfillment.core.states import FulfillmentOrderState
from fulfillment.orders.kinds import OnShortage
from fulfillment.orders.promises import NewPart, PartUnits, write_parts
from fulfillment.orders.promising import Demand, Part, Promise, find_promise
from fulfillment.reads.free_stock import FreeStock, read_free_stock
from fulfillment.store.actors import Actor
from fulfillment.warehouse.reservations import change_reserved

PROMISE_ATTEMPTS = 8
"""How often stock is looked up again when another order took it between the look and the reservation.

Each loss means that a warehouse ran out of something, so a handful of attempts meets the end of the stock.
"""


@dataclass(frozen=True)
class UnitsToPromise:
    """Units of one order line; lines of one group are a kit's parts and leave together."""

    order_line_id: uuid.UUID
    sku: str
    qty: int
    group: int


@dataclass(frozen=True)
class OrderToPromise:
    """What the cheap rule needs to know of an order."""

    order_id: uuid.UUID
    number: str
    country: str
    latitude: float | None
    longitude: float | None
    on_shortage: OnShortage
    ships_complete: bool
    pinned_warehouse_code: str | None
    units: tuple[UnitsToPromise, ...]


@dataclass(frozen=True)
class PromisedPart:
    """One fulfillment order as it was promised, or backordered where there is no warehouse."""

    fulfillment_order_id: uuid.UUID
    number: str
    state: FulfillmentOrderState
    warehouse_code: str | None
    units: tuple[PartUnits, ...]


def promise_order(
    session: Session, *, order: OrderToPromise, actor: Actor, reason: str, now: datetime
) -> tuple[PromisedPart, ...]:
    """The order's units are reserved at concrete warehouses, or wait as backorders, as its buyer chose.

    Raises:
        OutOfStockError: the buyer chose `refuse` and not all of it can be promised; nothing is reserved.
    """
    promise = _reserve_what_is_free(session, order)
    if promise.missing and order.on_shortage is OnShortage.REFUSE:
        raise _shortage(order, promise)
    parts = _new_parts(order, promise)
    if not parts:
        return ()
    written = write_parts(session, order_id=order.order_id, parts=parts, actor=actor, reason=reason, now=now)
    return tuple(
        PromisedPart(row.fulfillment_order_id, row.number, row.state, row.warehouse_code, part.units)
        for row, part in zip(written, parts, strict=True)
    )


def _reserve_what_is_free(session: Session, order: OrderToPromise) -> Promise:
    """A promise whose units are reserved; when others are quicker, the rest is looked for again."""
    demands = [Demand(place, units.sku, units.qty, units.group) for place, units in enumerate(order.units)]
    for _ in range(PROMISE_ATTEMPTS):
        stock = read_free_stock(session, skus={units.sku for units in order.units})
        promise = find_promise(
            demands,
            stock=stock.units,
            ranked_warehouses=_ranked(stock, order),
            on_shortage=order.on_shortage,
            ships_complete=order.ships_complete,
        )
        try:
            change_reserved(session, deltas=_deltas(order, promise))
        except OutOfStockError:
            continue
        return promise
    return Promise((), tuple((demand.line_key, demand.qty) for demand in demands))


def _ranked(stock: FreeStock, order: OrderToPromise) -> list[str]:
    ranked = stock.rank_from(country=order.country, latitude=order.latitude, longitude=order.longitude)
    if order.pinned_warehouse_code is None:
        return ranked
    return [code for code in ranked if code == order.pinned_warehouse_code]


def _deltas(order: OrderToPromise, promise: Promise) -> dict[tuple[str, str], int]:
    return {
        (part.warehouse_code, sku): qty
        for part in promise.parts
        for sku, qty in _units_by_sku(order, part).items()
    }


def _units_by_sku(order: OrderToPromise, part: Part) -> dict[str, int]:
    totals: dict[str, int] = {}
    for place, qty in part.units:
        sku = order.units[place].sku
        totals[sku] = totals.get(sku, 0) + qty
    return totals


def _new_parts(order: OrderToPromise, promise: Promise) -> list[NewPart]:
    parts = [
        NewPart(part.warehouse_code, _part_units(order, part.units), reasons={"rule": "nearest_complete"})
        for part in promise.parts
    ]
    if promise.missing:
        parts.append(NewPart(None, _part_units(order, promise.missing), reasons={"rule": "out_of_stock"}))
    return parts


def _part_units(order: OrderToPromise, units: Sequence[tuple[int, int]]) -> tuple[PartUnits, ...]:
    return tuple(
        PartUnits(order.units[place].order_line_id, order.units[place].sku, qty) for place, qty in units
    )


def _shortage(order: OrderToPromise, promise: Promise) -> OutOfStockError:
    missing: Mapping[str, int] = _units_by_sku(order, Part("", promise.missing))
    named = ", ".join(f"{qty} of {sku}" for sku, qty in sorted(missing.items()))
    return OutOfStockError(
        f"Order {order.number} asks for more than is free: {named}. "
        "Order fewer units, or choose to backorder or split.",
        missing=[{"sku": sku, "qty": qty} for sku, qty in sorted(missing.items())],
    )
