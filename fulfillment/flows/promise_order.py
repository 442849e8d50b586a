"""Stock is reserved for one order at its cheapest priced plan; the planner may move it until release.

The plan is the planner's own for an order alone, at the prices the last plan found scarce units to be worth,
so that promise and plan never disagree and the last unit near a customer is not spent on another.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session

from fulfillment.core.errors import OutOfStockError
from fulfillment.core.states import FulfillmentOrderState
from fulfillment.flows.choose_parts import ChosenParts, all_waiting, choose_parts
from fulfillment.flows.reserve_parts import reserve_parts
from fulfillment.orders.kinds import OnShortage
from fulfillment.orders.promises import PartUnits, write_parts
from fulfillment.reads.promise_rows import read_promise_rows
from fulfillment.reads.unreleased import UnreleasedOrder
from fulfillment.store.actors import Actor

PROMISE_ATTEMPTS: Final = 8
"""How often stock is looked up again when another order took it between the look and the reservation.

Each loss means that a warehouse ran out of something, so a handful of attempts meets the end of the stock.
"""

RULE: Final = "cheapest_now"


@dataclass(frozen=True)
class OrderToPromise:
    """An order that holds nothing yet, as the planner sees it, and the number people call it by."""

    number: str
    wanted: UnreleasedOrder


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
        InvalidInputError: the data of a product or a warehouse make no problem; the row is named.
    """
    if not order.wanted.units:
        return ()
    promise = _reserve_what_is_free(session, order, now)
    parts = promise.parts
    written = write_parts(
        session, order_id=order.wanted.order_id, parts=parts, actor=actor, reason=reason, now=now
    )
    return tuple(
        PromisedPart(row.fulfillment_order_id, row.number, row.state, row.warehouse_code, part.units)
        for row, part in zip(written, parts, strict=True)
    )


def _reserve_what_is_free(session: Session, order: OrderToPromise, now: datetime) -> ChosenParts:
    """Parts whose units are reserved; when others are quicker, the order is priced again on what is left.

    Raises:
        OutOfStockError: the buyer chose `refuse` and not all of it is free.
    """
    for _ in range(PROMISE_ATTEMPTS):
        rows = read_promise_rows(session, order=order.wanted, now=now)
        chosen = choose_parts(rows, rule=RULE)
        _refuse_if_short(order, chosen)
        try:
            reserve_parts(session, parts=chosen.parts, shelf_days=order.wanted.shelf_days, today=now.date())
        except OutOfStockError:
            continue
        return chosen
    chosen = all_waiting(order.wanted)
    _refuse_if_short(order, chosen)
    return chosen


def _refuse_if_short(order: OrderToPromise, chosen: ChosenParts) -> None:
    missing = chosen.missing
    if not missing or order.wanted.on_shortage is not OnShortage.REFUSE:
        return
    named = ", ".join(f"{qty} of {sku}" for sku, qty in sorted(missing.items()))
    raise OutOfStockError(
        f"Order {order.number} asks for more than is free: {named}. "
        "Order fewer units, or choose to backorder or split.",
        missing=[{"sku": sku, "qty": qty} for sku, qty in sorted(missing.items())],
    )
