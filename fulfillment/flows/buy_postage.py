"""Exactly one live label for a parcel: intend, commit, call, record; in doubt, ask and never call again.

Each step commits before the next begins, so a process may die between any two of them: the next run goes
on from what the postage's state says. A call that may have reached the carrier is never repeated.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.addresses import is_military, is_po_box
from fulfillment.core.errors import ConflictError, NotAllowedEdgeError
from fulfillment.core.job_kinds import SETTLE_POSTAGE
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import ParcelState, PostageState
from fulfillment.flows.adopt_purchase import OPEN, adopt_purchase
from fulfillment.reads.shipments import ShipmentFacts, read_shipment
from fulfillment.shipping.carriers.errors import CarrierRefusedError, CarrierUnavailableError
from fulfillment.shipping.carriers.protocol import (
    Bought,
    Carrier,
    InDoubt,
    NotBought,
    Pending,
    PurchaseOutcome,
    Quote,
    RateRequest,
)
from fulfillment.shipping.parcel_moves import note_problem
from fulfillment.shipping.postage import (
    PostageFor,
    begin_call,
    find_live_postage,
    get_postage,
    intend_postage,
    note_in_doubt,
    note_not_bought,
)
from fulfillment.shipping.rate_shopping import Choice, Needs, Offer, choose_offer
from fulfillment.shipping.tables import PostagePurpose
from fulfillment.store.actors import Actor
from fulfillment.store.clock import read_now
from fulfillment.store.crash import crash_point
from fulfillment.store.jobs import enqueue
from fulfillment.store.session import InTransaction

TOKEN_STATUSES = frozenset({401, 403})
"""Refusals that are about us and not about the parcel."""


class NoRateError(ConflictError):
    """No carrier offers to take the parcel; the message says what they said."""

    code = "no-rate"


@dataclass(frozen=True)
class PostageResult:
    """Where the parcel's postage stands now; a problem is one that only a person can set right."""

    postage_id: uuid.UUID | None
    state: PostageState | None
    problem: str | None = None


def buy_postage(
    in_transaction: InTransaction,
    carrier: Carrier,
    *,
    parcel_id: uuid.UUID,
    actor: Actor,
    policy: CompanyPolicy,
) -> PostageResult:
    """The parcel has paid postage, or it is written down why not; repeating never buys a second time.

    A parcel that was opened or has gone needs none, and then nothing happens. Where no carrier takes it, or
    the one chosen refuses, the parcel shows the problem until it is repacked, corrected or tried again.

    Raises:
        NotFoundError: there is no such parcel.
        CarrierUnavailableError: certainly nothing was bought and asking again may help; the job does.
        CarrierRefusedError: the carrier service does not know us; set the token right.
    """
    shipment, live = in_transaction(lambda session: _read(session, parcel_id))
    if live is None and shipment.state is not ParcelState.PACKED:
        return PostageResult(None, None)
    try:
        if live is None:
            quote = carrier.quote(_rate_request(shipment))
            live = in_transaction(lambda session: _intend(session, shipment, quote, actor, policy))
            crash_point("postage_intended")
    except (NoRateError, CarrierRefusedError) as refusal:
        if refusal.detail.get("status") in TOKEN_STATUSES:
            raise
        problem = refusal.message
        in_transaction(lambda session: note_problem(session, parcel_id=parcel_id, problem=problem))
        return PostageResult(None, None, problem)
    if live.state == PostageState.INTENDED:
        return _call(in_transaction, carrier, postage=live, actor=actor, policy=policy)
    if live.state == PostageState.CALLING:
        in_transaction(lambda session: _give_up_waiting(session, live.id, actor, policy))
        return PostageResult(live.id, PostageState.IN_DOUBT)
    return PostageResult(live.id, PostageState(live.state))


def record_outcome(
    session: Session, *, postage_id: uuid.UUID, outcome: PurchaseOutcome, actor: Actor, policy: CompanyPolicy
) -> PostageState:
    """What the carrier said stands in the books, with the job that goes on from it."""
    if isinstance(outcome, Bought):
        return adopt_purchase(
            session, postage_id=postage_id, purchase=outcome.purchase, actor=actor, policy=policy
        )
    postage = get_postage(session, postage_id=postage_id, lock=True)
    if postage.state not in OPEN:
        return PostageState(postage.state)
    if isinstance(outcome, NotBought):
        note_not_bought(session, postage_id=postage_id, reason=outcome.reason, actor=actor)
        if postage.parcel_id is not None and not (outcome.is_rate_gone or outcome.may_repeat):
            problem = f"The carrier refused to sell postage: {outcome.reason}"
            note_problem(session, parcel_id=postage.parcel_id, problem=problem)
        return PostageState.FAILED
    if isinstance(outcome, Pending):
        reason, wait_s = "the carrier is still working on it", policy.postage_pending_s
    else:
        reason, wait_s = outcome.reason, policy.postage_quiet_s
    return put_in_doubt(session, postage=postage, reason=reason, wait_s=wait_s, actor=actor)


def put_in_doubt(
    session: Session, *, postage: sa.Row[Any], reason: str, wait_s: int, actor: Actor
) -> PostageState:
    """The carrier will be asked after the wait, because its own limit must have passed by then."""
    settle_after = read_now(session) + timedelta(seconds=wait_s)
    if postage.state == PostageState.CALLING:
        note_in_doubt(session, postage_id=postage.id, reason=reason, settle_after=settle_after, actor=actor)
        enqueue(
            session,
            kind=SETTLE_POSTAGE,
            payload={"postage_id": str(postage.id)},
            key=f"{postage.id} look {postage.lookups + 1}",
            due_at=settle_after,
        )
    return PostageState.IN_DOUBT


def _read(session: Session, parcel_id: uuid.UUID) -> tuple[ShipmentFacts, sa.Row[Any] | None]:
    shipment = read_shipment(session, parcel_id=parcel_id)
    return shipment, find_live_postage(session, target=PostageFor(PostagePurpose.OUTBOUND, parcel_id))


def _rate_request(shipment: ShipmentFacts) -> RateRequest:
    return RateRequest(
        sender=shipment.sender,
        recipient=shipment.recipient,
        boxes=(shipment.measures,),
        metadata=str(shipment.parcel_id),
        reference=shipment.parcel_number,
        has_hazard=shipment.has_hazard,
    )


def _intend(
    session: Session, shipment: ShipmentFacts, quote: Quote, actor: Actor, policy: CompanyPolicy
) -> sa.Row[Any]:
    now = read_now(session)
    choice = choose_offer(
        [_offer(quote, place) for place in range(len(quote.rates))],
        needs=Needs(
            days_left=(shipment.due_on - now.date()).days if shipment.due_on else None,
            has_hazard=shipment.has_hazard,
            is_military_address=is_military(shipment.recipient),
            is_po_box=is_po_box(shipment.recipient),
            currency=policy.currency,
        ),
    )
    if choice.offer is None:
        raise _no_rate(shipment, quote, choice)
    target = PostageFor(PostagePurpose.OUTBOUND, shipment.parcel_id)
    try:
        postage_id = intend_postage(
            session, target=target, offer=choice.offer, shipment_ref=quote.shipment_id, actor=actor
        )
    except ConflictError:
        # Somebody else began between our look and now; what she began is what there is.
        found = find_live_postage(session, target=target)
        if found is None:
            raise
        return found
    return get_postage(session, postage_id=postage_id)


def _offer(quote: Quote, place: int) -> Offer:
    rate = quote.rates[place]
    return Offer(
        rate_ref=rate.rate_id,
        carrier=rate.carrier,
        service=rate.service,
        carrier_account=rate.carrier_account,
        price_minor=rate.price.minor,
        currency=rate.price.currency,
        transit_days=rate.estimated_days,
    )


def _no_rate(shipment: ShipmentFacts, quote: Quote, choice: Choice) -> NoRateError:
    said = [message.text.rstrip(". ") for message in quote.messages]
    said += [reason for _, reason in choice.ruled_out]
    why = "; ".join(dict.fromkeys(said)) or "no carrier answered with an offer"
    return NoRateError(
        f"No carrier takes parcel {shipment.parcel_number}: {why}. Correct the address or repack it.",
        parcel=shipment.parcel_number,
    )


def _call(
    in_transaction: InTransaction,
    carrier: Carrier,
    *,
    postage: sa.Row[Any],
    actor: Actor,
    policy: CompanyPolicy,
) -> PostageResult:
    try:
        in_transaction(
            lambda session: begin_call(session, postage_id=postage.id, actor=actor, now=read_now(session))
        )
    except NotAllowedEdgeError:
        # Another process asks, or the parcel was opened: either way it is not ours to ask.
        found = in_transaction(lambda session: get_postage(session, postage_id=postage.id))
        return PostageResult(postage.id, PostageState(found.state))
    crash_point("postage_calling")
    outcome = carrier.buy(rate_id=postage.rate_ref, metadata=str(postage.id))
    crash_point("postage_answered")
    state = in_transaction(
        lambda session: record_outcome(
            session, postage_id=postage.id, outcome=outcome, actor=actor, policy=policy
        )
    )
    crash_point("postage_recorded")
    if isinstance(outcome, NotBought) and (outcome.is_rate_gone or outcome.may_repeat):
        raise CarrierUnavailableError(f"{outcome.reason} A new offer is asked for.", postage=str(postage.id))
    return PostageResult(postage.id, state, outcome.reason if isinstance(outcome, NotBought) else None)


def _give_up_waiting(session: Session, postage_id: uuid.UUID, actor: Actor, policy: CompanyPolicy) -> None:
    """The process that made the call is gone, and its answer with it: from here on it is in doubt."""
    outcome = InDoubt("whoever asked the carrier did not live to hear the answer")
    record_outcome(session, postage_id=postage_id, outcome=outcome, actor=actor, policy=policy)
