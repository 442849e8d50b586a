"""A person puts an order on hold, or lets it go on."""

import uuid

from sqlmodel import Session

from fulfillment.commissions.ledger import LineCredit
from fulfillment.core.addresses import Address, is_military
from fulfillment.core.errors import ConflictError, ForbiddenError
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import ORDER, FulfillmentOrderState, OrderState
from fulfillment.flows.confirm_order import ConfirmedOrder, confirm_order
from fulfillment.flows.promise_order import OrderToPromise, PromisedPart
from fulfillment.orders.queries import get_order, list_lines, list_parts
from fulfillment.orders.tables import Order
from fulfillment.reads.ban_problems import find_ban_problem
from fulfillment.reads.recipients import find_recipient
from fulfillment.reads.stocked_lines import list_stocked_lines
from fulfillment.reads.unreleased import UnreleasedOrder, UnreleasedUnits
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.history import move_state

IN_WORK = {
    FulfillmentOrderState.RELEASED,
    FulfillmentOrderState.PICKING,
    FulfillmentOrderState.PACKED,
}


def hold_order(session: Session, *, order_id: uuid.UUID, code: str, note: str, actor: Actor) -> None:
    """The order keeps its promise but is not released to the floor until someone lets it go on.

    Raises:
        NotFoundError: there is no such order.
        ConflictError: a part of it is in work already.
        NotAllowedEdgeError: it is not accepted.
    """
    order = get_order(session, order_id=order_id, lock=True)
    busy = [
        part.number for part in list_parts(session, order_id=order_id, lock=True) if part.state in IN_WORK
    ]
    if busy:
        raise ConflictError(
            f"{', '.join(busy)} of order {order.number} is being picked or packed; cancel it or let it ship.",
            fulfillment_orders=busy,
        )
    move_state(
        session,
        table=Order,
        object_id=order_id,
        edges=ORDER,
        to=OrderState.HELD,
        actor=actor,
        reason=note or code,
        expected=OrderState.ACCEPTED,
        values={"hold_code": code, "hold_note": note},
    )
    record(
        session,
        actor=actor,
        deed="order.held",
        object_kind="customer_order",
        object_id=order_id,
        detail={"code": code, "note": note},
    )


def release_hold(
    session: Session,
    *,
    order_id: uuid.UUID,
    note: str,
    actor: Actor,
    policy: CompanyPolicy,
    may_release_all: bool = True,
) -> tuple[PromisedPart, ...]:
    """The held order goes on: it keeps its promise, or is promised stock now if it never was.

    Raises:
        NotFoundError: there is no such order.
        ForbiddenError: the hold is one that only a supervisor lifts.
        NotAllowedEdgeError: it is not held.
        ConflictError: no warehouse may send some of it to where it goes.
        OutOfStockError: its buyer chose `refuse` and its stock has gone.
    """
    order = get_order(session, order_id=order_id, lock=True)
    if order.hold_code in SUPERVISOR_HOLDS and not may_release_all:
        raise ForbiddenError(
            f"Order {order.number} is held for '{order.hold_code}'; only a supervisor may release it."
        )
    record(
        session,
        actor=actor,
        deed="order.hold_released",
        object_kind="customer_order",
        object_id=order_id,
        detail={"code": order.hold_code, "note": note},
    )
    if order.accepted_at is not None:
        move_state(
            session,
            table=Order,
            object_id=order_id,
            edges=ORDER,
            to=OrderState.ACCEPTED,
            actor=actor,
            reason=note,
            expected=OrderState.HELD,
            values={"hold_code": None, "hold_note": None},
        )
        return ()
    confirmed = order_to_confirm(session, order)
    _require_way(session, order, confirmed.order.wanted)
    return confirm_order(session, confirmed=confirmed, actor=actor, policy=policy, now=read_now(session))


def _require_way(session: Session, order: Order, wanted: UnreleasedOrder) -> None:
    """Some warehouse may send everything, or the order would wait for ever.

    Raises:
        ConflictError: a ban still stands in the way.
    """
    groups: dict[uuid.UUID, list[str]] = {}
    for units in wanted.units:
        groups.setdefault(units.group, []).append(units.sku)
    problem = find_ban_problem(
        session,
        ship_to=Address(**order.ship_to),
        groups=list(groups.values()),
        ships_complete=order.ships_complete,
        pinned_warehouse_code=order.pinned_warehouse_code,
    )
    if problem is not None:
        raise ConflictError(
            f"Order {order.number} cannot go on. {problem} Change the rule first, or cancel the order.",
            hold_code="ban",
        )


SUPERVISOR_HOLDS = frozenset({"hazard", "market", "ban"})


def order_to_confirm(session: Session, order: Order) -> ConfirmedOrder:
    """What it takes to accept an order written before: its stock, its volume, and whom to tell."""
    ship_to = Address(**order.ship_to)
    line_credits = tuple(
        LineCredit(line.id, line.qty, line.volumes)
        for line in list_lines(session, order_id=order.id)
        if any(line.volumes.values())
    )
    wanted = UnreleasedOrder(
        order_id=order.id,
        country=ship_to.country,
        zip=ship_to.zip,
        latitude=ship_to.latitude,
        longitude=ship_to.longitude,
        priority=order.priority,
        due_on=order.due_on,
        on_shortage=order.on_shortage,
        ships_complete=order.ships_complete,
        pinned_warehouse_code=order.pinned_warehouse_code,
        units=tuple(
            UnreleasedUnits(line.order_line_id, line.group, line.sku, line.qty, None)
            for line in list_stocked_lines(session, order_id=order.id)
        ),
        shelf_days=order.shelf_days,
        state=ship_to.state,
        is_military=is_military(ship_to),
    )
    promise = OrderToPromise(order.number, wanted)
    return ConfirmedOrder(promise, order.member_id, find_recipient(session, order=order), line_credits)
