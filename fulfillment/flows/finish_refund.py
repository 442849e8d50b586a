"""A refund is paid: its units lose their volume, its return is done, and the buyer is told."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.commissions.ledger import reverse_line_units
from fulfillment.core.money import Money
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import RefundState, ReturnState
from fulfillment.notifications.messages import refund_paid
from fulfillment.notifications.outbox import queue_notice
from fulfillment.orders.kinds import OrderKind
from fulfillment.orders.queries import get_order
from fulfillment.reads.recipients import find_recipient
from fulfillment.returns.authorizations import move_return
from fulfillment.returns.refunds import list_refund_lines, move_refund
from fulfillment.returns.tables import ReturnLine
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.columns import table_of

RETURN_LINE = table_of(ReturnLine)


def finish_refund(session: Session, *, refund: sa.Row[Any], actor: Actor, policy: CompanyPolicy) -> None:
    """Everything that follows from a paid refund stands in one transaction with it.

    A replacement carried no volume, so its refund reverses none. Volume follows the units, whole even where
    the price came back at 90 percent.
    """
    now = read_now(session)
    move_refund(
        session,
        refund_id=refund.id,
        to=RefundState.PAID,
        actor=actor,
        reason="all tenders are paid",
        paid_at=now,
    )
    order = get_order(session, order_id=refund.order_id)
    reversed_units = 0
    for line in list_refund_lines(session, refund_id=refund.id):
        if order.kind is not OrderKind.REPLACEMENT:
            reversed_units += reverse_line_units(
                session,
                order_line_id=line.order_line_id,
                units=line.units,
                cause_kind="refund_line",
                cause_id=str(line.id),
                time_zone=policy.time_zone,
                now=now,
            )
        if line.return_line_id is not None:
            session.connection().execute(
                sa.update(RETURN_LINE)
                .where(RETURN_LINE.c.id == line.return_line_id)
                .values(qty_refunded=RETURN_LINE.c.qty_refunded + line.units)
            )
    if refund.return_id is not None:
        move_return(
            session,
            return_id=refund.return_id,
            to=ReturnState.REFUNDED,
            actor=actor,
            reason=f"refund {refund.number} is paid",
        )
    recipient = find_recipient(session, order=order)
    if recipient:
        notice = refund_paid(
            number=refund.number,
            refund_id=refund.id,
            amount=str(Money(refund.amount_minor, refund.currency)),
        )
        queue_notice(session, notice=notice, recipient=recipient, order_id=order.id)
    record(
        session,
        actor=actor,
        deed="refund.paid",
        object_kind="refund",
        object_id=refund.id,
        detail={"amount_minor": refund.amount_minor, "reversed_units": reversed_units},
    )
