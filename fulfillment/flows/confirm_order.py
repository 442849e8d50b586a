"""An order that nothing holds back is promised stock, credited with its volume, and acknowledged."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from fulfillment.commissions.ledger import LineCredit, credit_lines
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import ORDER, OrderState
from fulfillment.flows.promise_order import OrderToPromise, PromisedPart, promise_order
from fulfillment.notifications.messages import order_accepted
from fulfillment.notifications.outbox import queue_notice
from fulfillment.orders.tables import Order
from fulfillment.store.actors import Actor
from fulfillment.store.history import move_state


@dataclass(frozen=True)
class ConfirmedOrder:
    """An order free to go: what to promise, who earns its volume, and whom to tell."""

    order: OrderToPromise
    member_id: uuid.UUID | None
    recipient: str | None
    credits: tuple[LineCredit, ...]


def confirm_order(
    session: Session, *, confirmed: ConfirmedOrder, actor: Actor, policy: CompanyPolicy, now: datetime
) -> tuple[PromisedPart, ...]:
    """The order is accepted: its stock is promised or backordered, its volume credited, its buyer told.

    Raises:
        OutOfStockError: the buyer chose `refuse` and not all of it can be promised.
    """
    order = confirmed.order
    order_id = order.wanted.order_id
    move_state(
        session,
        table=Order,
        object_id=order_id,
        edges=ORDER,
        to=OrderState.ACCEPTED,
        actor=actor,
        reason="nothing holds it back",
        values={"accepted_at": now, "hold_code": None, "hold_note": None},
    )
    credit_lines(
        session,
        order_id=order_id,
        member_id=confirmed.member_id,
        lines=confirmed.credits,
        time_zone=policy.time_zone,
        now=now,
    )
    if confirmed.recipient:
        queue_notice(
            session,
            notice=order_accepted(number=order.number, order_id=order_id),
            recipient=confirmed.recipient,
            order_id=order_id,
        )
    # The hot rows of `availability` are locked last, so that others wait on them as briefly as can be.
    return promise_order(session, order=order, actor=actor, reason="accepted", now=now)
