"""A purchase the carrier confirms becomes the parcel's own, or is given up where the parcel needs it not."""

import uuid

from sqlmodel import Session

from fulfillment.core.job_kinds import FETCH_LABEL
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import ParcelState, PostageState
from fulfillment.flows.apply_tracking import apply_known_scans
from fulfillment.flows.give_up_postage import start_void, void_surplus
from fulfillment.shipping.carriers.protocol import Purchase
from fulfillment.shipping.parcel_moves import label_parcel
from fulfillment.shipping.parcels import get_parcel
from fulfillment.shipping.postage import PaidPostage, get_postage, note_bought
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.jobs import enqueue

OPEN = frozenset({PostageState.CALLING, PostageState.IN_DOUBT})


def adopt_purchase(
    session: Session, *, postage_id: uuid.UUID, purchase: Purchase, actor: Actor, policy: CompanyPolicy
) -> PostageState:
    """The purchase is the parcel's own, and its label is fetched next; returns where the postage stands.

    If the postage was settled otherwise in the meantime, the purchase is surplus; if the parcel was opened or
    cancelled, the purchase is ours and given up at once. Adopting the same purchase twice is once.
    """
    parcel_id = get_postage(session, postage_id=postage_id).parcel_id
    parcel = None if parcel_id is None else get_parcel(session, parcel_id=parcel_id, lock=True)
    postage = get_postage(session, postage_id=postage_id, lock=True)
    if postage.state not in OPEN:
        if postage.transaction_ref != purchase.transaction_id:
            void_surplus(session, beside=postage_id, purchase=purchase, actor=actor)
        return PostageState(postage.state)
    paid = PaidPostage(purchase.transaction_id, purchase.tracking_number, purchase.label_url)
    note_bought(session, postage_id=postage_id, paid=paid, actor=actor, now=read_now(session))
    record(
        session,
        actor=actor,
        deed="postage.bought",
        object_kind="postage",
        object_id=postage_id,
        detail={"transaction": paid.transaction_ref, "service": postage.service},
    )
    if parcel is not None and parcel.state != ParcelState.PACKED:
        reason = f"the parcel was {parcel.state} when its postage came"
        start_void(session, postage_id=postage_id, reason=reason, actor=actor)
        return PostageState.VOID_REQUESTED
    enqueue(session, kind=FETCH_LABEL, payload={"postage_id": str(postage_id)}, key=str(postage_id))
    if parcel is not None:
        label_parcel(
            session,
            parcel_id=parcel.id,
            carrier=postage.carrier,
            service=postage.service,
            tracking_number=paid.tracking_number,
            actor=actor,
        )
        apply_known_scans(session, postage_id=postage_id, actor=actor, policy=policy)
    return PostageState.BOUGHT
