"""A refund is paid once to each tender: mark, commit, call under one key, record; in doubt, ask.

The key of a share is its id, for ever. The provider pays one key once as long as it remembers it, so a
share may be sent again within that time; after it only a look-up is safe, and what a look-up cannot settle
a person decides.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.money import Money
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import RefundPartState, RefundState
from fulfillment.flows.finish_refund import conclude_refund
from fulfillment.orders.tenders import give_back, list_tenders
from fulfillment.returns.gateways.protocol import (
    GatewayUnavailableError,
    LookUpOutcome,
    NotFound,
    Paid,
    RefundGateway,
    RefundOrder,
    Refused,
    Unknown,
)
from fulfillment.returns.refund_parts import (
    OPEN,
    get_part,
    list_refund_parts,
    move_part,
    note_look_up,
)
from fulfillment.returns.refunds import get_refund, move_refund
from fulfillment.store.actors import Actor
from fulfillment.store.clock import read_now
from fulfillment.store.crash import crash_point
from fulfillment.store.session import InTransaction

Gateways = Mapping[str, RefundGateway]
"""The gateways by the provider's name as tenders record it."""

SAFETY = timedelta(hours=1)
"""A share is not sent again so shortly before the provider forgets its key."""

ASKED_FOR = timedelta(days=7)
"""A provider that has not settled a share by then is asked by a person."""

LONGEST_PAUSE_S = 3_600.0
MAX_DOUBLINGS = 20


@dataclass(frozen=True)
class SentRefund:
    """Where a refund stands after a run; `look_again_s` is None where asking again is no use."""

    state: RefundState
    look_again_s: float | None


AtEnd = Callable[[Session, SentRefund], None]
"""What else belongs in the last transaction, such as the end of the job."""


@dataclass(frozen=True)
class _Share:
    """One open share as a run needs it."""

    part_id: uuid.UUID
    tender_id: uuid.UUID
    state: RefundPartState
    sent_at: datetime | None
    now: datetime
    provider: str
    order: RefundOrder

    def may_be_sent(self, gateway: RefundGateway) -> bool:
        """Whether the provider surely still knows the key, so that sending it twice pays once."""
        if self.state is RefundPartState.PENDING or self.sent_at is None or gateway.keeps_keys_for is None:
            return True
        return self.now < self.sent_at + gateway.keeps_keys_for - SAFETY

    def is_overdue(self) -> bool:
        """Whether the provider was asked for long enough."""
        return self.sent_at is not None and self.now >= self.sent_at + ASKED_FOR


def send_refund(
    in_transaction: InTransaction,
    gateways: Gateways,
    *,
    refund_id: uuid.UUID,
    actor: Actor,
    policy: CompanyPolicy,
    at_end: AtEnd | None = None,
) -> SentRefund:
    """Each share of the refund is paid, refused or in doubt; repeating pays nothing twice.

    One share's provider being away does not stop the others.

    Raises:
        NotFoundError: there is no such refund.
    """
    for share in in_transaction(lambda session: _begin(session, refund_id, actor)):
        _pay(in_transaction, gateways, share, actor)

    def conclude(session: Session) -> SentRefund:
        state = conclude_refund(session, refund_id=refund_id, actor=actor, policy=policy)
        sent = SentRefund(state, _look_again_s(session, refund_id, policy))
        if at_end is not None:
            at_end(session, sent)
        return sent

    return in_transaction(conclude)


def _begin(session: Session, refund_id: uuid.UUID, actor: Actor) -> list[_Share]:
    """The refund counts as sent before anything is sent; returns the shares that are not settled."""
    refund = get_refund(session, refund_id=refund_id, lock=True)
    if refund.state == RefundState.APPROVED:
        move_refund(session, refund_id=refund_id, to=RefundState.SENT, actor=actor, reason="sending")
    now = read_now(session)
    tenders = {tender.id: tender for tender in list_tenders(session, order_id=refund.order_id)}
    return [
        _read_share(part, tenders[part.tender_id], refund.number, now)
        for part in list_refund_parts(session, refund_id=refund_id)
        if part.state in OPEN and not part.needs_person
    ]


def _read_share(part: sa.Row[Any], tender: sa.Row[Any], number: str, now: datetime) -> _Share:
    return _Share(
        part_id=part.id,
        tender_id=part.tender_id,
        state=RefundPartState(part.state),
        sent_at=part.sent_at,
        now=now,
        provider=part.provider,
        order=RefundOrder(
            key=str(part.id),
            payment_ref=tender.provider_ref or str(tender.id),
            amount=Money(part.amount_minor, part.currency),
            captured=Money(tender.captured_minor, tender.currency),
            reference=number,
        ),
    )


def _pay(in_transaction: InTransaction, gateways: Gateways, share: _Share, actor: Actor) -> None:
    gateway = gateways.get(share.provider)
    if gateway is None:
        in_transaction(lambda session: _note_no_gateway(session, share, actor))
        return
    try:
        outcome = _find_outcome(in_transaction, gateway, share, actor)
    except GatewayUnavailableError as error:
        # Either certainly nothing arrived, or a question was not answered: the share stays as it is.
        words = error.message
        in_transaction(
            lambda session: note_look_up(
                session, part_id=share.part_id, error=words, needs_person=share.is_overdue()
            )
        )
        return
    in_transaction(lambda session: record_outcome(session, share, outcome, gateway, actor))
    crash_point("refund_recorded")


def _find_outcome(
    in_transaction: InTransaction, gateway: RefundGateway, share: _Share, actor: Actor
) -> LookUpOutcome:
    """What became of the share: asked for if it was sent before, and sent where that is safe.

    A share that a person repeats surely was not paid when it failed, and is asked about all the same.
    """
    found: LookUpOutcome = NotFound()
    if share.sent_at is not None:
        found = gateway.look_up_refund(share.order.key)
        crash_point("refund_looked_up")
    if share.state is RefundPartState.PENDING:
        in_transaction(
            lambda session: move_part(
                session,
                part_id=share.part_id,
                to=RefundPartState.SENT,
                actor=actor,
                reason="sending",
                sent_at=share.now,
            )
        )
    # A refusal on record may be of an earlier try: within the key's life, sending tells for certain.
    if isinstance(found, Paid | Unknown) or not share.may_be_sent(gateway):
        return found
    crash_point("refund_sending")
    outcome = gateway.send_refund(share.order)
    crash_point("refund_answered")
    return outcome


def record_outcome(
    session: Session, share: _Share, outcome: LookUpOutcome, gateway: RefundGateway, actor: Actor
) -> None:
    """What the provider said stands in the books; what was settled meanwhile stays as it is."""
    part = get_part(session, part_id=share.part_id, lock=True)
    if part.state not in OPEN:
        return
    if isinstance(outcome, Paid):
        record_paid(session, part_id=part.id, provider_ref=outcome.provider_ref, actor=actor)
    elif isinstance(outcome, Refused):
        record_refused(session, part=part, reason=outcome.reason, actor=actor)
    else:
        is_lost = isinstance(outcome, NotFound) and not share.may_be_sent(gateway)
        _record_doubt(session, part, outcome, needs_person=is_lost or share.is_overdue(), actor=actor)


def record_paid(
    session: Session,
    *,
    part_id: uuid.UUID,
    provider_ref: str,
    actor: Actor,
    reason: str = "the provider paid it",
) -> None:
    """The share is paid; the provider knows it by this reference."""
    move_part(
        session,
        part_id=part_id,
        to=RefundPartState.PAID,
        actor=actor,
        reason=reason,
        provider_ref=provider_ref,
        settled_at=read_now(session),
        needs_person=False,
        error=None,
    )


def record_refused(session: Session, *, part: sa.Row[Any], reason: str, actor: Actor) -> None:
    """The share surely was not paid, and its money may go back by another refund."""
    give_back(session, tender_id=part.tender_id, amount_minor=part.amount_minor)
    move_part(
        session,
        part_id=part.id,
        to=RefundPartState.FAILED,
        actor=actor,
        reason=reason,
        settled_at=read_now(session),
        needs_person=False,
        error=reason,
    )


def _record_doubt(
    session: Session, part: sa.Row[Any], outcome: Unknown | NotFound, *, needs_person: bool, actor: Actor
) -> None:
    """The share is unknown, and a person decides where neither sending nor asking can tell any more."""
    reason = outcome.reason if isinstance(outcome, Unknown) else "The provider holds no such refund."
    if part.state != RefundPartState.UNKNOWN:
        move_part(session, part_id=part.id, to=RefundPartState.UNKNOWN, actor=actor, reason=reason)
    note_look_up(session, part_id=part.id, error=reason, needs_person=needs_person)


def _note_no_gateway(session: Session, share: _Share, actor: Actor) -> None:
    """Where nothing was sent yet the share fails; one that may be on its way waits for its gateway."""
    words = f"No gateway is set up for the provider {share.provider}."
    part = get_part(session, part_id=share.part_id, lock=True)
    if part.state == RefundPartState.PENDING:
        record_refused(session, part=part, reason=words, actor=actor)
    else:
        note_look_up(session, part_id=part.id, error=words, needs_person=share.is_overdue())


def _look_again_s(session: Session, refund_id: uuid.UUID, policy: CompanyPolicy) -> float | None:
    """Seconds until the open shares are asked about again, longer each time; None where none needs it."""
    parts: Sequence[sa.Row[Any]] = list_refund_parts(session, refund_id=refund_id)
    waiting: list[int] = [part.lookups for part in parts if part.state in OPEN and not part.needs_person]
    if not waiting:
        return None
    return min(LONGEST_PAUSE_S, policy.refund_look_up_s * 2.0 ** min(max(1, *waiting) - 1, MAX_DOUBLINGS))
