"""Stock came in: the orders that wait for it are promised it by the cheap rule, the most urgent first.

The planner improves on these promises at its next run; an order does not wait for the planner to be promised.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.states import FulfillmentOrderState, OrderState
from fulfillment.flows.apply_plan import Move, Outcome, apply_moves
from fulfillment.orders.promises import NewPart, PartUnits
from fulfillment.orders.promising import Demand, find_promise
from fulfillment.orders.tables import FulfillmentOrder, Order
from fulfillment.reads.free_stock import FreeStock, read_free_stock
from fulfillment.reads.unreleased import UnreleasedOrder, UnreleasedUnits, list_unreleased
from fulfillment.store.actors import Actor
from fulfillment.store.columns import table_of
from fulfillment.store.session import InTransaction

ORDER = table_of(Order)
PART = table_of(FulfillmentOrder)


@dataclass(frozen=True)
class _Waiting:
    orders: list[UnreleasedOrder]
    stock: FreeStock


def fill_backorders(in_transaction: InTransaction, snapshot: InTransaction, *, actor: Actor) -> Outcome:
    """Every waiting order that the free stock can serve is promised it; the others go on waiting.

    What an order has been promised already stays where it is. Each promise checks the stock again, so that
    what was taken meanwhile is skipped and found by the next run.
    """
    seen = snapshot(_read)
    moves = []
    for order in seen.orders:
        move = _find_move(order, seen.stock)
        if move is not None:
            moves.append(move)
    return apply_moves(in_transaction, moves=moves, actor=actor)


def _read(session: Session) -> _Waiting:
    query = (
        sa.select(ORDER.c.id)
        .where(
            ORDER.c.state == OrderState.ACCEPTED,
            sa.exists().where(
                PART.c.order_id == ORDER.c.id, PART.c.state == FulfillmentOrderState.BACKORDERED
            ),
        )
        .order_by(ORDER.c.priority, ORDER.c.ordered_at, ORDER.c.id)
    )
    ids: Sequence[uuid.UUID] = session.connection().execute(query).scalars().all()
    rank = {order_id: place for place, order_id in enumerate(ids)}
    orders = sorted(list_unreleased(session, order_ids=ids), key=lambda order: rank[order.order_id])
    skus = {units.sku for order in orders for units in order.units if units.warehouse_code is None}
    return _Waiting(orders, read_free_stock(session, skus=skus))


def _find_move(order: UnreleasedOrder, stock: FreeStock) -> Move | None:
    """The order with what it waits for promised as well; the stock is less by that. None if none is free."""
    waiting = [units for units in order.units if units.warehouse_code is None]
    groups = {group: place for place, group in enumerate(dict.fromkeys(units.group for units in waiting))}
    demands = [
        Demand(place, units.sku, units.qty, groups[units.group]) for place, units in enumerate(waiting)
    ]
    ranked = stock.rank_from(country=order.country, latitude=order.latitude, longitude=order.longitude)
    if order.pinned_warehouse_code is not None:
        ranked = [code for code in ranked if code == order.pinned_warehouse_code]
    promise = find_promise(
        demands,
        stock=stock.units,
        ranked_warehouses=ranked,
        on_shortage=order.on_shortage,
        ships_complete=order.ships_complete,
    )
    if not promise.parts:
        return None
    placed = _standing(order)
    for part in promise.parts:
        for place, qty in part.units:
            _add(placed.setdefault(part.warehouse_code, {}), waiting[place], qty)
            stock.units[part.warehouse_code][waiting[place].sku] -= qty
    for place, qty in promise.missing:
        _add(placed.setdefault(None, {}), waiting[place], qty)
    return Move(order, tuple(_part(code, units) for code, units in placed.items() if units))


def _standing(order: UnreleasedOrder) -> dict[str | None, dict[uuid.UUID, PartUnits]]:
    """What the order is promised already, by warehouse."""
    placed: dict[str | None, dict[uuid.UUID, PartUnits]] = {}
    for units in order.units:
        if units.warehouse_code is not None:
            _add(placed.setdefault(units.warehouse_code, {}), units, units.qty)
    return placed


def _add(target: dict[uuid.UUID, PartUnits], units: UnreleasedUnits, qty: int) -> None:
    before = target.get(units.order_line_id)
    target[units.order_line_id] = PartUnits(
        units.order_line_id, units.sku, qty + (before.qty if before else 0)
    )


def _part(warehouse_code: str | None, units: Mapping[uuid.UUID, PartUnits]) -> NewPart:
    rule = "stock_came_in" if warehouse_code else "out_of_stock"
    return NewPart(warehouse_code, tuple(units.values()), reasons={"rule": rule})
