"""Stock came in: the orders that wait for it are promised it, the most urgent first.

Each is given its cheapest priced plan on what those before it leave, as at acceptance. The planner improves
on these promises at its next run; an order does not wait for the planner to be promised.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.states import FulfillmentOrderState, OrderState
from fulfillment.flows.apply_plan import Move, Outcome, apply_moves
from fulfillment.flows.choose_parts import ChosenParts, choose_parts
from fulfillment.orders.promises import NewPart, PartUnits
from fulfillment.orders.tables import FulfillmentOrder, Order
from fulfillment.reads.promise_rows import ShrinkingStock
from fulfillment.reads.unreleased import UnreleasedOrder, list_unreleased
from fulfillment.store.actors import Actor
from fulfillment.store.clock import read_now
from fulfillment.store.columns import table_of
from fulfillment.store.session import InTransaction

ORDER = table_of(Order)
PART = table_of(FulfillmentOrder)

RULE: Final = "stock_came_in"


def fill_backorders(in_transaction: InTransaction, snapshot: InTransaction, *, actor: Actor) -> Outcome:
    """Every waiting order that the free stock can serve is promised it; the others go on waiting.

    What an order has been promised already stays where it is. Each promise checks the stock again, so that
    what was taken meanwhile is skipped and found by the next run.
    """
    moves = snapshot(lambda session: list(_find_moves(session)))
    return apply_moves(in_transaction, moves=moves, actor=actor)


def _find_moves(session: Session) -> Iterator[Move]:
    orders = _list_waiting(session)
    if not orders:
        return
    waiting = [_what_waits(order) for order in orders]
    stock = ShrinkingStock.read(session, orders=waiting, now=read_now(session))
    for order, wanted in zip(orders, waiting, strict=True):
        chosen = choose_parts(stock.rows_of(session, wanted), rule=RULE)
        given = [part for part in chosen.parts if part.warehouse_code is not None]
        for part in given:
            assert part.warehouse_code is not None, "only parts with a warehouse were kept"
            for units in part.units:
                stock.take(wanted, warehouse_code=part.warehouse_code, sku=units.sku, qty=units.qty)
        if given:
            yield Move(order, tuple(_joined(order, chosen)))


def _list_waiting(session: Session) -> list[UnreleasedOrder]:
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
    orders = [order for order in list_unreleased(session, order_ids=ids) if _what_waits(order).units]
    return sorted(orders, key=lambda order: rank[order.order_id])


def _what_waits(order: UnreleasedOrder) -> UnreleasedOrder:
    """The order as if it were only what it waits for."""
    return replace(order, units=tuple(units for units in order.units if units.warehouse_code is None))


def _joined(order: UnreleasedOrder, chosen: ChosenParts) -> Iterator[NewPart]:
    """What the order stands for now: what it was promised before, and what it is given, by warehouse."""
    standing: dict[str | None, dict[uuid.UUID, PartUnits]] = {}
    for units in order.units:
        if units.warehouse_code is not None:
            _add(
                standing.setdefault(units.warehouse_code, {}),
                PartUnits(units.order_line_id, units.sku, units.qty),
            )
    for part in chosen.parts:
        together = standing.pop(part.warehouse_code, {})
        for new in part.units:
            _add(together, new)
        yield replace(part, units=tuple(together.values()))
    for code, kept in standing.items():
        yield NewPart(code, tuple(kept.values()))


def _add(target: dict[uuid.UUID, PartUnits], units: PartUnits) -> None:
    before = target.get(units.order_line_id)
    target[units.order_line_id] = replace(units, qty=units.qty + (before.qty if before else 0))
