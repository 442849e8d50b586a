"""The carrier gives back the price of postage that will not be used."""

import uuid
from datetime import timedelta

from sqlmodel import Session

from fulfillment.core.job_kinds import VOID_POSTAGE
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import PostageState
from fulfillment.shipping.carriers.protocol import (
    Carrier,
    InDoubt,
    PurchaseStatus,
    VoidAccepted,
    VoidOutcome,
    VoidRefused,
)
from fulfillment.shipping.parcel_moves import note_problem
from fulfillment.shipping.postage import (
    get_postage,
    note_looked_up,
    note_refund_ref,
    note_void_refused,
    note_voided,
)
from fulfillment.store.actors import Actor
from fulfillment.store.clock import read_now
from fulfillment.store.crash import crash_point
from fulfillment.store.jobs import enqueue
from fulfillment.store.session import InTransaction


def void_postage(
    in_transaction: InTransaction,
    carrier: Carrier,
    *,
    postage_id: uuid.UUID,
    actor: Actor,
    policy: CompanyPolicy,
) -> PostageState:
    """The carrier was asked once; until it has decided, a job looks again.

    Asking twice does no harm: carriers refuse a second void, and the state of the purchase itself decides.

    Raises:
        NotFoundError: there is no such postage.
        CarrierUnavailableError: the carrier does not answer; the job asks again later.
    """
    postage = in_transaction(lambda session: get_postage(session, postage_id=postage_id))
    if postage.state != PostageState.VOID_REQUESTED:
        return PostageState(postage.state)
    status = carrier.void_status(postage.transaction_ref)
    outcome: VoidOutcome | None = None
    is_new_wish = status is PurchaseStatus.VOID_REFUSED and postage.refund_ref is None
    if status is PurchaseStatus.PAID or is_new_wish:
        outcome = carrier.void(postage.transaction_ref)
        crash_point("postage_void_answered")
    return in_transaction(
        lambda session: _record(
            session, postage_id=postage_id, status=status, outcome=outcome, actor=actor, policy=policy
        )
    )


def _record(
    session: Session,
    *,
    postage_id: uuid.UUID,
    status: PurchaseStatus,
    outcome: VoidOutcome | None,
    actor: Actor,
    policy: CompanyPolicy,
) -> PostageState:
    postage = get_postage(session, postage_id=postage_id, lock=True)
    if postage.state != PostageState.VOID_REQUESTED:
        return PostageState(postage.state)
    if isinstance(outcome, VoidAccepted):
        note_refund_ref(session, postage_id=postage_id, refund_ref=outcome.refund_id)
        status = outcome.status
    if status in {PurchaseStatus.VOIDED, PurchaseStatus.FAILED}:
        note_voided(session, postage_id=postage_id, actor=actor)
        return PostageState.VOIDED
    if isinstance(outcome, VoidRefused) or status is PurchaseStatus.VOID_REFUSED:
        reason = outcome.reason if isinstance(outcome, VoidRefused) else "the carrier refused the void"
        note_void_refused(session, postage_id=postage_id, reason=reason, actor=actor)
        if postage.parcel_id is not None:
            problem = f"The carrier keeps the price of label {postage.tracking_number}: {reason}"
            note_problem(session, parcel_id=postage.parcel_id, problem=problem)
        return PostageState.VOID_REFUSED
    wait_s = policy.postage_quiet_s if isinstance(outcome, InDoubt) else policy.postage_void_poll_s
    again_at = read_now(session) + timedelta(seconds=wait_s)
    looks = note_looked_up(session, postage_id=postage_id, settle_after=again_at)
    enqueue(
        session,
        kind=VOID_POSTAGE,
        payload={"postage_id": str(postage_id)},
        key=f"{postage_id} look {looks}",
        due_at=again_at,
    )
    return PostageState.VOID_REQUESTED
