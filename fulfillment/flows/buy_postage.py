"""Exactly one live label for a parcel: intend, commit, call, record; in doubt, ask and never call again.

Each step commits before the next begins, so a process may die between any two of them: the next run goes
on from what the postage's state says. A call that may have reached the carrier is never repeated.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.addresses import is_military, is_po_box
from fulfillment.core.errors import ConflictError
from fulfillment.core.job_kinds import BUY_POSTAGE, FETCH_LABEL, SETTLE_POSTAGE
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import ParcelState, PostageState
from fulfillment.reads.shipments import ShipmentFacts, read_shipment
from fulfillment.shipping.carriers.protocol import (
    Bought,
    Carrier,
    NotBought,
    Pending,
    PurchaseOutcome,
    Quote,
    RateRequest,
)
from fulfillment.shipping.parcels import label_parcel
from fulfillment.shipping.postage import (
    PaidPostage,
    PostageFor,
    begin_call,
    find_live_postage,
    get_postage,
    intend_postage,
    note_bought,
    note_in_doubt,
    note_not_bought,
)
from fulfillment.shipping.rate_shopping import Choice, Needs, Offer, choose_offer
from fulfillment.shipping.tables import PostagePurpose
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.crash import crash_point
from fulfillment.store.jobs import enqueue
from fulfillment.store.session import InTransaction


class NoRateError(ConflictError):
    """No carrier offers to take the parcel; the message says what they said."""

    code = "no-rate"


@dataclass(frozen=True)
class PostageResult:
    """Where the parcel's postage stands now."""

    postage_id: uuid.UUID
    state: PostageState


def buy_postage(
    in_transaction: InTransaction,
    carrier: Carrier,
    *,
    parcel_id: uuid.UUID,
    actor: Actor,
    policy: CompanyPolicy,
) -> PostageResult:
    """The parcel has paid postage, or it is written down why not yet; repeating never buys a second time.

    Raises:
        NotFoundError: there is no such parcel.
        ConflictError: the parcel is cancelled or gone.
        NoRateError: no carrier offers to take it.
        CarrierUnavailableError: no quote came; nothing was bought, and the job tries again.
    """
    shipment, live = in_transaction(lambda session: _read(session, parcel_id))
    if live is None:
        quote = carrier.quote(_rate_request(shipment))
        live = in_transaction(lambda session: _intend(session, shipment, quote, actor))
        crash_point("postage_intended")
    if live.state == PostageState.INTENDED:
        return _call(in_transaction, carrier, postage=live, actor=actor, policy=policy)
    if live.state == PostageState.CALLING:
        in_transaction(lambda session: _give_up_waiting(session, live, actor, policy))
        return PostageResult(live.id, PostageState.IN_DOUBT)
    return PostageResult(live.id, PostageState(live.state))


def record_outcome(
    session: Session, *, postage_id: uuid.UUID, outcome: PurchaseOutcome, actor: Actor, policy: CompanyPolicy
) -> PostageState:
    """What the carrier said stands in the books, with the job that goes on from it."""
    now = read_now(session)
    if isinstance(outcome, Bought):
        purchase = outcome.purchase
        paid = PaidPostage(purchase.transaction_id, purchase.tracking_number, purchase.label_url)
        adopt(session, postage_id=postage_id, paid=paid, actor=actor, now=now)
        return PostageState.BOUGHT
    if isinstance(outcome, NotBought):
        note_not_bought(session, postage_id=postage_id, reason=outcome.reason, actor=actor)
        if outcome.is_rate_gone or outcome.may_repeat:
            parcel_id = get_postage(session, postage_id=postage_id).parcel_id
            enqueue(session, kind=BUY_POSTAGE, payload={"parcel_id": str(parcel_id)}, key=str(parcel_id))
        return PostageState.FAILED
    is_pending = isinstance(outcome, Pending)
    reason = "the carrier is still working on it" if is_pending else outcome.reason  # type: ignore[union-attr]  # only InDoubt is left
    wait_s = policy.postage_pending_s if is_pending else policy.postage_quiet_s
    settle_after = now + timedelta(seconds=wait_s)
    note_in_doubt(session, postage_id=postage_id, reason=reason, settle_after=settle_after, actor=actor)
    plan_look_up(session, postage_id=postage_id, at=settle_after)
    return PostageState.IN_DOUBT


def adopt(session: Session, *, postage_id: uuid.UUID, paid: PaidPostage, actor: Actor, now: datetime) -> None:
    """The purchase is the parcel's own: its label is fetched next, and the parcel is labeled."""
    note_bought(session, postage_id=postage_id, paid=paid, actor=actor, now=now)
    postage = get_postage(session, postage_id=postage_id)
    if postage.parcel_id is not None:
        label_parcel(
            session,
            parcel_id=postage.parcel_id,
            carrier=postage.carrier,
            service=postage.service,
            tracking_number=paid.tracking_number,
            actor=actor,
        )
    enqueue(session, kind=FETCH_LABEL, payload={"postage_id": str(postage_id)}, key=str(postage_id))
    record(
        session,
        actor=actor,
        deed="postage.bought",
        object_kind="postage",
        object_id=postage_id,
        detail={"transaction": paid.transaction_ref, "service": postage.service},
    )


def plan_look_up(session: Session, *, postage_id: uuid.UUID, at: datetime) -> None:
    """The carrier is asked about this purchase once the quiet period has passed."""
    enqueue(
        session, kind=SETTLE_POSTAGE, payload={"postage_id": str(postage_id)}, key=str(postage_id), due_at=at
    )


def _read(session: Session, parcel_id: uuid.UUID) -> tuple[ShipmentFacts, sa.Row[Any] | None]:
    shipment = read_shipment(session, parcel_id=parcel_id)
    live = find_live_postage(session, target=PostageFor(PostagePurpose.OUTBOUND, parcel_id))
    if live is None and shipment.state is not ParcelState.PACKED:
        raise ConflictError(
            f"Parcel {shipment.parcel_number} is {shipment.state}; only a packed parcel gets postage.",
            state=shipment.state,
        )
    return shipment, live


def _rate_request(shipment: ShipmentFacts) -> RateRequest:
    return RateRequest(
        sender=shipment.sender,
        recipient=shipment.recipient,
        boxes=(shipment.measures,),
        metadata=str(shipment.parcel_id),
        reference=shipment.parcel_number,
        has_hazard=shipment.has_hazard,
    )


def _intend(session: Session, shipment: ShipmentFacts, quote: Quote, actor: Actor) -> sa.Row[Any]:
    now = read_now(session)
    choice = choose_offer(
        [_offer(quote, place) for place in range(len(quote.rates))],
        needs=Needs(
            days_left=(shipment.due_on - now.date()).days if shipment.due_on else None,
            has_hazard=shipment.has_hazard,
            is_military_address=is_military(shipment.recipient),
            is_po_box=is_po_box(shipment.recipient),
        ),
    )
    if choice.offer is None:
        raise _no_rate(shipment, quote, choice)
    postage_id = intend_postage(
        session,
        target=PostageFor(PostagePurpose.OUTBOUND, shipment.parcel_id),
        offer=choice.offer,
        shipment_ref=quote.shipment_id,
        actor=actor,
    )
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
    said = [message.text for message in quote.messages] + [reason for _, reason in choice.ruled_out]
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
    in_transaction(
        lambda session: begin_call(session, postage_id=postage.id, actor=actor, now=read_now(session))
    )
    crash_point("postage_calling")
    outcome = carrier.buy(rate_id=postage.rate_ref, metadata=str(postage.id))
    crash_point("postage_answered")
    state = in_transaction(
        lambda session: record_outcome(
            session, postage_id=postage.id, outcome=outcome, actor=actor, policy=policy
        )
    )
    crash_point("postage_recorded")
    return PostageResult(postage.id, state)


def _give_up_waiting(session: Session, postage: sa.Row[Any], actor: Actor, policy: CompanyPolicy) -> None:
    """The process that made the call is gone, and its answer with it: from here on it is in doubt."""
    settle_after = read_now(session) + timedelta(seconds=policy.postage_quiet_s)
    note_in_doubt(
        session,
        postage_id=postage.id,
        reason="whoever asked the carrier did not live to hear the answer",
        settle_after=settle_after,
        actor=actor,
    )
    plan_look_up(session, postage_id=postage.id, at=settle_after)
