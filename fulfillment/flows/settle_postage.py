"""A purchase in doubt is settled by asking the carrier; what is found beside the adopted one is voided."""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlmodel import Session

from fulfillment.core.job_kinds import BUY_POSTAGE, VOID_POSTAGE
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import PostageState
from fulfillment.flows.buy_postage import adopt, plan_look_up
from fulfillment.shipping.carriers.protocol import Carrier, Purchase, PurchaseStatus
from fulfillment.shipping.parcels import unlabel_parcel
from fulfillment.shipping.postage import (
    PaidPostage,
    get_postage,
    note_looked_up,
    note_not_bought,
    request_void,
    write_surplus,
)
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
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

    Raises:
        NotFoundError: there is no such postage.
        CarrierUnavailableError: the carrier does not answer; the job asks again later.
    """
    postage = in_transaction(lambda session: get_postage(session, postage_id=postage_id))
    if postage.state != PostageState.IN_DOUBT:
        return PostageState(postage.state)
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
    postage = get_postage(session, postage_id=postage_id, lock=True)
    if postage.state != PostageState.IN_DOUBT:
        return PostageState(postage.state)
    now = read_now(session)
    paid = [purchase for purchase in found if purchase.is_live]
    if paid:
        adopt(session, postage_id=postage_id, paid=_paid(paid[0]), actor=actor, now=now)
        for purchase in paid[1:]:
            void_surplus(session, beside=postage_id, purchase=purchase, actor=actor)
        return PostageState.BOUGHT
    is_pending = any(purchase.status is PurchaseStatus.PENDING for purchase in found)
    has_failed = bool(found) and not is_pending
    wait = timedelta(seconds=policy.postage_pending_s if is_pending else policy.postage_quiet_s)
    looks = note_looked_up(session, postage_id=postage_id, settle_after=now + wait)
    if is_pending or (not has_failed and looks < policy.postage_lookups):
        plan_look_up(session, postage_id=postage_id, at=now + wait)
        return PostageState.IN_DOUBT
    reason = _failure(found) if has_failed else f"the carrier knows of no purchase after {looks} looks"
    note_not_bought(session, postage_id=postage_id, reason=reason, actor=actor)
    if postage.parcel_id is not None:
        enqueue(
            session,
            kind=BUY_POSTAGE,
            payload={"parcel_id": str(postage.parcel_id)},
            key=str(postage.parcel_id),
        )
    return PostageState.FAILED


def void_surplus(session: Session, *, beside: uuid.UUID, purchase: Purchase, actor: Actor) -> None:
    """A purchase that no parcel uses stands in our books and its money is asked back."""
    postage = get_postage(session, postage_id=beside)
    surplus_id = write_surplus(session, of=postage, paid=_paid(purchase), actor=actor, now=read_now(session))
    if surplus_id is not None:
        start_void(session, postage_id=surplus_id, reason="surplus", actor=actor)


def start_void(session: Session, *, postage_id: uuid.UUID, reason: str, actor: Actor) -> None:
    """The postage is given up: its parcel is unlabeled, and a job asks the carrier for the money.

    Raises:
        NotAllowedEdgeError: it is not bought, or its void is under way.
    """
    request_void(session, postage_id=postage_id, reason=reason, actor=actor)
    postage = get_postage(session, postage_id=postage_id)
    if postage.parcel_id is not None and not postage.is_surplus:
        unlabel_parcel(session, parcel_id=postage.parcel_id, actor=actor, reason=reason)
    enqueue(session, kind=VOID_POSTAGE, payload={"postage_id": str(postage_id)}, key=str(postage_id))
    record(
        session,
        actor=actor,
        deed="postage.void_requested",
        object_kind="postage",
        object_id=postage_id,
        detail={"reason": reason},
    )


def _paid(purchase: Purchase) -> PaidPostage:
    return PaidPostage(purchase.transaction_id, purchase.tracking_number, purchase.label_url)


def _failure(found: Sequence[Purchase]) -> str:
    said = [message.text for purchase in found for message in purchase.messages]
    return "; ".join(said) or f"the carrier's answer is {found[0].status_text}"
