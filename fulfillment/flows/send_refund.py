"""A refund is paid once to each tender: mark, commit, call under one key, record; in doubt, ask.

The key of a share is its id, for ever. The provider pays one key once as long as it remembers it, so a
share may be sent again within that time; after it only a look-up is safe, and what a look-up cannot settle
a person decides.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.job_kinds import SETTLE_REFUND
from fulfillment.core.money import Money
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import RefundPartState, RefundState
from fulfillment.flows.finish_refund import finish_refund
from fulfillment.orders.tenders import give_back, list_tenders
from fulfillment.returns.gateways.protocol import (
    LookUpOutcome,
    NotFound,
    Paid,
    RefundGateway,
    RefundOrder,
    Refused,
    Unknown,
)
from fulfillment.returns.refunds import get_refund, list_refund_parts, move_part, move_refund
from fulfillment.store.actors import Actor
from fulfillment.store.clock import read_now
from fulfillment.store.crash import crash_point
from fulfillment.store.jobs import enqueue
from fulfillment.store.session import InTransaction

Gateways = Mapping[str, RefundGateway]
"""The gateways by the provider's name as tenders record it."""

SAFETY = timedelta(hours=1)
"""A share is not sent again so shortly before the provider forgets its key."""


def send_refund(
    in_transaction: InTransaction,
    gateways: Gateways,
    *,
    refund_id: uuid.UUID,
    actor: Actor,
    policy: CompanyPolicy,
) -> RefundState:
    """Each share of the refund is paid, refused or in doubt; repeating pays nothing twice.

    Raises:
        NotFoundError: there is no such refund.
        GatewayUnavailableError: a look-up got no answer; the job tries again.
    """
    orders = in_transaction(lambda session: _begin(session, refund_id, actor))
    for order in orders:
        _pay(in_transaction, gateways, order=order, actor=actor)
    return in_transaction(lambda session: _conclude(session, refund_id, actor, policy))


class _Share:
    """One share as a run of the job needs it."""

    def __init__(self, part: sa.Row[Any], tender: sa.Row[Any], number: str, now: datetime) -> None:
        self.part_id: uuid.UUID = part.id
        self.tender_id: uuid.UUID = part.tender_id
        self.state = RefundPartState(part.state)
        self.sent_at: datetime | None = part.sent_at
        self.provider: str = part.provider
        self.now = now
        self.order = RefundOrder(
            key=str(part.id),
            payment_ref=tender.provider_ref or str(tender.id),
            amount=Money(part.amount_minor, part.currency),
            captured=Money(tender.captured_minor, tender.currency),
            reference=number,
        )


def _begin(session: Session, refund_id: uuid.UUID, actor: Actor) -> list[_Share]:
    """The refund counts as sent before anything is sent; returns the shares that are not settled."""
    refund = get_refund(session, refund_id=refund_id, lock=True)
    if refund.state in {RefundState.APPROVED, RefundState.FAILED}:
        move_refund(session, refund_id=refund_id, to=RefundState.SENT, actor=actor, reason="sending")
    now = read_now(session)
    tenders = {tender.id: tender for tender in list_tenders(session, order_id=refund.order_id)}
    open_states = {RefundPartState.PENDING, RefundPartState.SENT, RefundPartState.UNKNOWN}
    return [
        _Share(part, tenders[part.tender_id], refund.number, now)
        for part in list_refund_parts(session, refund_id=refund_id, lock=True)
        if part.state in open_states
    ]


def _pay(in_transaction: InTransaction, gateways: Gateways, *, order: _Share, actor: Actor) -> None:
    gateway = gateways[order.provider]
    if order.state is not RefundPartState.PENDING:
        found = gateway.look_up_refund(order.order.key)
        crash_point("refund_looked_up")
        if not isinstance(found, NotFound) or not _may_send_again(gateway, order):
            in_transaction(lambda session: _record(session, order, found, actor))
            return
    else:
        in_transaction(
            lambda session: move_part(
                session,
                part_id=order.part_id,
                to=RefundPartState.SENT,
                actor=actor,
                reason="sending",
                sent_at=order.now,
            )
        )
        order.state = RefundPartState.SENT
    crash_point("refund_sending")
    outcome = gateway.send_refund(order.order)
    crash_point("refund_answered")
    in_transaction(lambda session: _record(session, order, outcome, actor))
    crash_point("refund_recorded")


def _may_send_again(gateway: RefundGateway, order: _Share) -> bool:
    """Whether the provider surely still knows the key, so that sending it twice pays once."""
    if gateway.keeps_keys_for is None or order.sent_at is None:
        return True
    return order.now < order.sent_at + gateway.keeps_keys_for - SAFETY


def _record(session: Session, order: _Share, outcome: LookUpOutcome, actor: Actor) -> None:
    now = read_now(session)
    if isinstance(outcome, Paid):
        move_part(
            session,
            part_id=order.part_id,
            to=RefundPartState.PAID,
            actor=actor,
            reason="the provider paid it",
            provider_ref=outcome.provider_ref,
            settled_at=now,
            error=None,
        )
        return
    if isinstance(outcome, Refused):
        give_back(session, tender_id=order.tender_id, amount_minor=order.order.amount.minor)
        move_part(
            session,
            part_id=order.part_id,
            to=RefundPartState.FAILED,
            actor=actor,
            reason=outcome.reason,
            settled_at=now,
            error=outcome.reason,
        )
        return
    if order.state is not RefundPartState.UNKNOWN:
        reason = outcome.reason if isinstance(outcome, Unknown) else "the provider holds no such refund"
        move_part(
            session,
            part_id=order.part_id,
            to=RefundPartState.UNKNOWN,
            actor=actor,
            reason=reason,
            error=reason,
        )


def _conclude(session: Session, refund_id: uuid.UUID, actor: Actor, policy: CompanyPolicy) -> RefundState:
    """The refund is what its shares are together; while one is in doubt a job asks again."""
    refund = get_refund(session, refund_id=refund_id, lock=True)
    states = {part.state for part in list_refund_parts(session, refund_id=refund_id)}
    if refund.state not in {RefundState.SENT, RefundState.UNKNOWN}:
        return RefundState(refund.state)
    if states == {RefundPartState.PAID}:
        finish_refund(session, refund=refund, actor=actor, policy=policy)
        return RefundState.PAID
    if states <= {RefundPartState.PAID, RefundPartState.FAILED}:
        move_refund(
            session, refund_id=refund_id, to=RefundState.FAILED, actor=actor, reason="a provider refused it"
        )
        return RefundState.FAILED
    if refund.state == RefundState.SENT:
        move_refund(
            session, refund_id=refund_id, to=RefundState.UNKNOWN, actor=actor, reason="an answer is missing"
        )
    enqueue(
        session,
        kind=SETTLE_REFUND,
        payload={"refund_id": str(refund_id)},
        due_at=read_now(session) + timedelta(seconds=policy.refund_look_up_s),
    )
    return RefundState.UNKNOWN
