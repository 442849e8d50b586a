"""Our refunds are compared with the provider's: what it paid is counted, and every difference is named."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, NotFoundError
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import RefundPartState
from fulfillment.flows.finish_refund import conclude_refund
from fulfillment.flows.send_refund import Gateways, record_paid
from fulfillment.orders.tenders import find_tender, set_aside
from fulfillment.returns.found_refunds import find_part_by_key, list_paid_parts, write_found_refund
from fulfillment.returns.gateways.protocol import Paid, ProviderRefund, RefundGateway
from fulfillment.returns.refunds import get_refund
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.session import InTransaction

PAID = "paid"


class Difference(StrEnum):
    """How our books and the provider's may disagree."""

    SETTLED = "settled"
    ADOPTED = "adopted"
    FOREIGN = "foreign"
    PAID_TWICE = "paid_twice"
    OTHER_AMOUNT = "other_amount"
    NOT_HELD = "not_held"
    BEYOND_CAPTURE = "beyond_capture"


MENDED = frozenset({Difference.SETTLED, Difference.ADOPTED})
"""Differences that are gone once they are found; the others need a person."""


@dataclass(frozen=True)
class FoundDifference:
    """One difference, in words a person can act on."""

    kind: Difference
    provider: str
    key: str
    words: str


@dataclass(frozen=True)
class ReconciledRefunds:
    """How many of the providers' refunds were compared, and what differed."""

    compared: int
    differences: tuple[FoundDifference, ...]

    @property
    def open_differences(self) -> tuple[FoundDifference, ...]:
        """Those that need a person."""
        return tuple(each for each in self.differences if each.kind not in MENDED)


def reconcile_refunds(
    in_transaction: InTransaction,
    gateways: Gateways,
    *,
    since: datetime,
    actor: Actor,
    policy: CompanyPolicy,
) -> ReconciledRefunds:
    """Every refund the providers hold since an instant stands in our books, or is named.

    What was paid and we did not know of is adopted, so that it cannot be paid again: shares in doubt are
    settled, and refunds that a restored backup has forgotten are written down anew. Repeating finds nothing.

    Raises:
        GatewayUnavailableError: a provider did not answer; what was compared until then stands.
    """
    compared = 0
    differences: list[FoundDifference] = []
    for name, gateway in sorted(gateways.items()):
        # Ours first: a share paid between the two questions would otherwise seem to be missing there.
        ours = _list_paid(in_transaction, gateway, since)
        held = [refund for refund in gateway.list_refunds(since=since) if refund.status == PAID]
        compared += len(held)
        differences.extend(_find_twins(name, held))
        for refund in held:
            found = _compare(in_transaction, name, refund, actor, policy)
            differences.extend([found] if found else [])
        differences.extend(_find_missing(gateway, ours, held))
    return ReconciledRefunds(compared, tuple(differences))


def _find_twins(provider: str, held: Sequence[ProviderRefund]) -> list[FoundDifference]:
    keys = [refund.key for refund in held]
    return [
        FoundDifference(
            Difference.PAID_TWICE,
            provider,
            key,
            f"{provider} paid {keys.count(key)} refunds under the key {key}; it has to take the others back.",
        )
        for key in sorted(set(keys))
        if keys.count(key) > 1
    ]


def _compare(
    in_transaction: InTransaction, provider: str, refund: ProviderRefund, actor: Actor, policy: CompanyPolicy
) -> FoundDifference | None:
    try:
        return in_transaction(lambda session: _settle(session, provider, refund, actor, policy))
    except ConflictError:
        words = f"{refund.amount} of payment {refund.payment_ref} is more than is left of it in our books."
        return FoundDifference(Difference.BEYOND_CAPTURE, provider, refund.key, words)


def _settle(
    session: Session, provider: str, refund: ProviderRefund, actor: Actor, policy: CompanyPolicy
) -> FoundDifference | None:
    """The paid refund is in our books; what had to be done for it is the difference."""
    part = find_part_by_key(session, provider=provider, key=refund.key, provider_ref=refund.provider_ref)
    if part is None:
        return _adopt(session, provider, refund, actor)
    if (part.amount_minor, part.currency) != (refund.amount.minor, refund.amount.currency):
        words = (
            f"We sent {part.amount_minor} minor units under this key, and {provider} paid {refund.amount}."
        )
        return FoundDifference(Difference.OTHER_AMOUNT, provider, refund.key, words)
    # A share that is to be sent again is looked up first by the job that sends it.
    if part.state in {RefundPartState.PAID, RefundPartState.PENDING}:
        return None
    if part.state == RefundPartState.FAILED:
        set_aside(session, tender_id=part.tender_id, amount_minor=part.amount_minor)
    get_refund(session, refund_id=part.refund_id, lock=True)
    record_paid(
        session,
        part_id=part.id,
        provider_ref=refund.provider_ref,
        actor=actor,
        reason="found among the provider's refunds",
    )
    conclude_refund(session, refund_id=part.refund_id, actor=actor, policy=policy)
    words = f"{provider} had paid a share that stood {part.state} with us; it is paid now."
    return FoundDifference(Difference.SETTLED, provider, refund.key, words)


def _adopt(session: Session, provider: str, refund: ProviderRefund, actor: Actor) -> FoundDifference:
    try:
        tender = find_tender(session, provider=provider, provider_ref=refund.payment_ref)
    except NotFoundError:
        words = f"{provider} paid {refund.amount} back from payment {refund.payment_ref}, which no order has."
        return FoundDifference(Difference.FOREIGN, provider, refund.key, words)
    set_aside(session, tender_id=tender.id, amount_minor=refund.amount.minor)
    refund_id, number = write_found_refund(
        session, tender=tender, provider=provider, refund=refund, actor=actor, now=read_now(session)
    )
    record(
        session,
        actor=actor,
        deed="refund.adopted",
        object_kind="refund",
        object_id=refund_id,
        detail={"number": number, "provider_ref": refund.provider_ref, "amount_minor": refund.amount.minor},
    )
    words = f"{provider} had paid {refund.amount} that our books did not know; it is refund {number} now."
    return FoundDifference(Difference.ADOPTED, provider, refund.key, words)


def _list_paid(
    in_transaction: InTransaction, gateway: RefundGateway, since: datetime
) -> Sequence[sa.Row[Any]]:
    """Shares we count as paid by a provider; a gateway that remembers nothing is not asked for any."""
    if gateway.keeps_keys_for is None:
        return []
    return in_transaction(lambda session: list_paid_parts(session, provider=gateway.name, since=since))


def _find_missing(
    gateway: RefundGateway, ours: Sequence[sa.Row[Any]], held: Sequence[ProviderRefund]
) -> list[FoundDifference]:
    """Shares we count as paid and the provider does not hold, asked for by key in case its clock differs."""
    known = {refund.key for refund in held} | {refund.provider_ref for refund in held}
    return [
        FoundDifference(
            Difference.NOT_HELD,
            gateway.name,
            str(part.id),
            f"A share of {part.amount_minor} minor units counts as paid; {gateway.name} holds none.",
        )
        for part in ours
        if not {str(part.id), part.provider_ref} & known
        and not isinstance(gateway.look_up_refund(str(part.id)), Paid)
    ]
