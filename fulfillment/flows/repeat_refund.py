"""A person goes on where a refund stopped: repeats a refused share, or says what became of a lost one."""

import uuid

from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError
from fulfillment.core.job_kinds import SEND_REFUND
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import RefundPartState, RefundState
from fulfillment.flows.finish_refund import conclude_refund
from fulfillment.flows.send_refund import record_paid, record_refused
from fulfillment.orders.tenders import set_aside
from fulfillment.returns.refund_parts import get_part, list_refund_parts, move_part, pay_otherwise
from fulfillment.returns.refunds import get_refund, move_refund
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.jobs import enqueue

OFFLINE = "offline"


def repeat_refund(
    session: Session, *, refund_id: uuid.UUID, note: str, actor: Actor, by_other_means: bool = False
) -> None:
    """The refused shares are set aside again and sent again, under the keys they always had.

    With `by_other_means` a person pays them outside, by check or credit, and they count as paid offline:
    the tender's bank no longer takes the money.

    Raises:
        NotFoundError: there is no such refund.
        NotAllowedEdgeError: it has not failed.
        ConflictError: the money was promised elsewhere meanwhile.
    """
    refund = get_refund(session, refund_id=refund_id, lock=True)
    move_refund(
        session,
        refund_id=refund_id,
        to=RefundState.APPROVED,
        actor=actor,
        reason=note,
    )
    for part in list_refund_parts(session, refund_id=refund_id, lock=True):
        if part.state != RefundPartState.FAILED:
            continue
        set_aside(session, tender_id=part.tender_id, amount_minor=part.amount_minor)
        if by_other_means:
            pay_otherwise(session, part_id=part.id, provider=OFFLINE)
        move_part(
            session,
            part_id=part.id,
            to=RefundPartState.PENDING,
            actor=actor,
            reason=note,
            settled_at=None,
            error=None,
        )
    record(
        session,
        actor=actor,
        deed="refund.repeated",
        object_kind="refund",
        object_id=refund_id,
        detail={"number": refund.number, "by_other_means": by_other_means, "note": note},
    )
    enqueue(session, kind=SEND_REFUND, payload={"refund_id": str(refund_id)}, key=str(refund_id))


def decide_refund_part(
    session: Session,
    *,
    part_id: uuid.UUID,
    is_paid: bool,
    provider_ref: str,
    note: str,
    actor: Actor,
    policy: CompanyPolicy,
) -> RefundState:
    """A share that no question can settle counts as paid or as surely not paid; the note says why.

    Raises:
        NotFoundError: there is no such share.
        InvalidInputError: the note says nothing, or a paid share has no reference of the provider's.
        ConflictError: it is settled, or the provider is still being asked.
    """
    if not note.strip() or (is_paid and not provider_ref.strip()):
        raise InvalidInputError("Say how it is known; for a paid share give the provider's reference too.")
    refund_id = get_part(session, part_id=part_id).refund_id
    get_refund(session, refund_id=refund_id, lock=True)
    part = get_part(session, part_id=part_id, lock=True)
    if not part.needs_person:
        raise ConflictError(
            f"This share is {part.state}; only one that no question can settle is decided by a person.",
            state=part.state,
        )
    if is_paid:
        record_paid(session, part_id=part_id, provider_ref=provider_ref, actor=actor, reason=note)
    else:
        record_refused(session, part=part, reason=note, actor=actor)
    record(
        session,
        actor=actor,
        deed="refund.share_decided",
        object_kind="refund",
        object_id=refund_id,
        detail={"share": str(part_id), "is_paid": is_paid, "note": note},
    )
    return conclude_refund(session, refund_id=refund_id, actor=actor, policy=policy)
