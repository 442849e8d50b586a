"""A refund is what its shares are: when all are paid, volume, return and buyer follow in one transaction."""

import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.commissions.ledger import reverse_line_units
from fulfillment.core.money import Money
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import RefundPartState, RefundState, ReturnState
from fulfillment.notifications.messages import refund_paid
from fulfillment.notifications.outbox import queue_notice
from fulfillment.orders.queries import get_order
from fulfillment.reads.recipients import find_recipient
from fulfillment.returns.authorizations import add_refunded, move_return
from fulfillment.returns.kinds import RefundCause
from fulfillment.returns.refund_parts import OPEN, list_refund_parts
from fulfillment.returns.refunds import get_refund, list_refund_lines, move_refund
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now

CONCLUDED = frozenset({RefundState.SENT, RefundState.UNKNOWN, RefundState.FAILED})
"""States a refund's shares may lead out of."""


def conclude_refund(
    session: Session, *, refund_id: uuid.UUID, actor: Actor, policy: CompanyPolicy
) -> RefundState:
    """The refund is what its shares are together; while one is open, it is unknown and never failed.

    Raises:
        NotFoundError: there is no such refund.
    """
    refund = get_refund(session, refund_id=refund_id, lock=True)
    if refund.state not in CONCLUDED:
        return RefundState(refund.state)
    states = {part.state for part in list_refund_parts(session, refund_id=refund_id)}
    if states == {RefundPartState.PAID}:
        finish_refund(session, refund=refund, actor=actor, policy=policy)
        return RefundState.PAID
    state = RefundState.UNKNOWN if states & OPEN else RefundState.FAILED
    if refund.state == RefundState.FAILED:
        return RefundState.FAILED
    if state != refund.state:
        reason = "an answer is missing" if state is RefundState.UNKNOWN else "a share was refused"
        move_refund(session, refund_id=refund_id, to=state, actor=actor, reason=reason)
    return state


def finish_refund(session: Session, *, refund: sa.Row[Any], actor: Actor, policy: CompanyPolicy) -> None:
    """Everything that follows from a paid refund stands in one transaction with it.

    Volume follows the units, whole even where the price came back at 90 percent. Cancelled units lost theirs
    when they were cancelled, and a replacement's never carried any.
    """
    now = read_now(session)
    move_refund(
        session,
        refund_id=refund.id,
        to=RefundState.PAID,
        actor=actor,
        reason="all shares are paid",
        paid_at=now,
    )
    lines = list_refund_lines(session, refund_id=refund.id)
    reversed_units = 0
    if refund.cause != RefundCause.CANCELLATION:
        reversed_units = _reverse_volume(session, lines, policy)
    units: Counter[uuid.UUID] = Counter()
    for line in lines:
        if line.return_line_id is not None:
            units[line.return_line_id] += line.units
    add_refunded(session, units=units)
    if refund.return_id is not None:
        move_return(
            session,
            return_id=refund.return_id,
            to=ReturnState.REFUNDED,
            actor=actor,
            reason=f"refund {refund.number} is paid",
        )
    _tell(session, refund)
    record(
        session,
        actor=actor,
        deed="refund.paid",
        object_kind="refund",
        object_id=refund.id,
        detail={"amount_minor": refund.amount_minor, "reversed_units": reversed_units},
    )


def _reverse_volume(session: Session, lines: Sequence[sa.Row[Any]], policy: CompanyPolicy) -> int:
    now = read_now(session)
    return sum(
        reverse_line_units(
            session,
            order_line_id=line.order_line_id,
            units=line.units,
            cause_kind="refund_line",
            cause_id=str(line.id),
            time_zone=policy.time_zone,
            now=now,
        )
        for line in sorted(lines, key=lambda line: line.order_line_id)
    )


def _tell(session: Session, refund: sa.Row[Any]) -> None:
    order = get_order(session, order_id=refund.order_id)
    recipient = find_recipient(session, order=order)
    if recipient:
        amount = str(Money(refund.amount_minor, refund.currency))
        notice = refund_paid(number=refund.number, refund_id=refund.id, amount=amount)
        queue_notice(session, notice=notice, recipient=recipient, order_id=order.id)
