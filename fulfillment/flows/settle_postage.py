"""A purchase in doubt is settled by asking the carrier; what is found beside the adopted one is voided."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.job_kinds import BUY_POSTAGE, SETTLE_POSTAGE
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import PostageState
from fulfillment.flows.adopt_purchase import adopt_purchase
from fulfillment.flows.give_up_postage import void_surplus
from fulfillment.shipping.carriers.protocol import Carrier, Purchase, PurchaseStatus
from fulfillment.shipping.parcel_moves import note_problem
from fulfillment.shipping.postage import get_postage, note_looked_up, note_not_bought
from fulfillment.store.actors import Actor
from fulfillment.store.clock import read_now
from fulfillment.store.crash import crash_point
from fulfillment.store.jobs import enqueue
from fulfillment.store.session import InTransaction


def settle_postage(
    in_transaction: InTransaction,
    carrier: Carrier,
    *,
    postage_id: uuid.UUID,
    actor: Actor,
    policy: CompanyPolicy,
) -> PostageState:
    """What the carrier holds for this purchase is ours, or after enough looks it is known to be nothing.

    Before the quiet period has passed nobody is asked: a purchase that has not landed yet would be missed,
    and a second one made beside it.

    Raises:
        NotFoundError: there is no such postage.
        CarrierUnavailableError: the carrier does not answer; the job asks again later.
    """
    postage, now = in_transaction(
        lambda session: (get_postage(session, postage_id=postage_id), read_now(session))
    )
    if postage.state != PostageState.IN_DOUBT:
        return PostageState(postage.state)
    if postage.settle_after is not None and now < postage.settle_after:
        in_transaction(lambda session: _plan_look(session, postage, is_early=True))
        return PostageState.IN_DOUBT
    found = carrier.find_purchases(postage.rate_ref, metadata=str(postage_id))
    crash_point("postage_looked_up")
    return in_transaction(
        lambda session: _settle(session, postage_id=postage_id, found=found, actor=actor, policy=policy)
    )


def _settle(
    session: Session,
    *,
    postage_id: uuid.UUID,
    found: Sequence[Purchase],
    actor: Actor,
    policy: CompanyPolicy,
) -> PostageState:
    paid = [purchase for purchase in found if purchase.is_live]
    if paid:
        state = adopt_purchase(session, postage_id=postage_id, purchase=paid[0], actor=actor, policy=policy)
        for purchase in paid[1:]:
            void_surplus(session, beside=postage_id, purchase=purchase, actor=actor)
        return state
    postage = get_postage(session, postage_id=postage_id, lock=True)
    if postage.state != PostageState.IN_DOUBT:
        return PostageState(postage.state)
    is_pending = any(purchase.status is PurchaseStatus.PENDING for purchase in found)
    if found and not is_pending:
        return _note_failed(session, postage, _failure(found), actor=actor, is_refusal=True)
    wait = timedelta(seconds=policy.postage_pending_s if is_pending else policy.postage_quiet_s)
    looks = note_looked_up(session, postage_id=postage_id, settle_after=read_now(session) + wait)
    if is_pending or looks < policy.postage_lookups:
        _plan_look(session, get_postage(session, postage_id=postage_id))
        return PostageState.IN_DOUBT
    reason = f"the carrier knows of no purchase after {looks} looks"
    return _note_failed(session, postage, reason, actor=actor, is_refusal=False)


def _plan_look(session: Session, postage: sa.Row[Any], *, is_early: bool = False) -> None:
    """The next look is promised under a key of its own, because the job of this one still holds its key.

    A look that came too early holds the very key of the next, so that it is promised without one.
    """
    enqueue(
        session,
        kind=SETTLE_POSTAGE,
        payload={"postage_id": str(postage.id)},
        key=None if is_early else f"{postage.id} look {postage.lookups + 1}",
        due_at=postage.settle_after,
    )


def _note_failed(
    session: Session, postage: sa.Row[Any], reason: str, *, actor: Actor, is_refusal: bool
) -> PostageState:
    """Nothing was bought: the carrier's refusal is for a person, a purchase that never was is made anew."""
    note_not_bought(session, postage_id=postage.id, reason=reason, actor=actor)
    if postage.parcel_id is not None and is_refusal:
        problem = f"The carrier refused to sell postage: {reason}"
        note_problem(session, parcel_id=postage.parcel_id, problem=problem)
    elif postage.parcel_id is not None:
        parcel = str(postage.parcel_id)
        enqueue(session, kind=BUY_POSTAGE, payload={"parcel_id": parcel}, key=parcel)
    return PostageState.FAILED


def _failure(found: Sequence[Purchase]) -> str:
    said = [message.text for purchase in found for message in purchase.messages]
    return "; ".join(said) or f"the carrier's answer is {found[0].status_text}"
