"""Postage that no parcel will use is given up: its money is asked back, and it is never stuck on anything."""

import uuid

from sqlmodel import Session

from fulfillment.core.job_kinds import VOID_POSTAGE
from fulfillment.core.states import ParcelState, PostageState
from fulfillment.shipping.carriers.protocol import Purchase
from fulfillment.shipping.parcel_moves import unlabel_parcel
from fulfillment.shipping.parcels import get_parcel
from fulfillment.shipping.postage import (
    PaidPostage,
    PostageFor,
    find_live_postage,
    get_postage,
    note_not_bought,
    request_void,
)
from fulfillment.shipping.surplus_postage import write_surplus
from fulfillment.shipping.tables import PostagePurpose
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.jobs import enqueue


def give_up_postage(session: Session, *, parcel_id: uuid.UUID, reason: str, actor: Actor) -> None:
    """The parcel's postage will not be used; the caller has locked the parcel.

    What is not asked for yet will not be, what is bought is voided, and what is being bought or in doubt is
    voided by whoever learns that it was bought, because the parcel is not packed any more then.
    """
    target = PostageFor(PostagePurpose.OUTBOUND, parcel_id)
    live = find_live_postage(session, target=target, lock=True)
    if live is None:
        return
    if live.state == PostageState.INTENDED:
        note_not_bought(session, postage_id=live.id, reason=reason, actor=actor)
    elif live.state == PostageState.BOUGHT:
        start_void(session, postage_id=live.id, reason=reason, actor=actor)


def start_void(session: Session, *, postage_id: uuid.UUID, reason: str, actor: Actor) -> None:
    """The postage is given up: its parcel has no label any more, and a job asks the carrier for the money.

    Raises:
        NotFoundError: there is no such postage.
        NotAllowedEdgeError: it is not bought, its void is under way, or the carrier has the parcel.
    """
    found = get_postage(session, postage_id=postage_id)
    if found.parcel_id is not None and not found.is_surplus and found.state == PostageState.BOUGHT:
        parcel = get_parcel(session, parcel_id=found.parcel_id, lock=True)
        if parcel.state not in {ParcelState.PACKED, ParcelState.CANCELLED}:
            unlabel_parcel(session, parcel_id=parcel.id, actor=actor, reason=reason)
    request_void(session, postage_id=postage_id, reason=reason, actor=actor)
    enqueue(session, kind=VOID_POSTAGE, payload={"postage_id": str(postage_id)}, key=str(postage_id))
    record(
        session,
        actor=actor,
        deed="postage.void_requested",
        object_kind="postage",
        object_id=postage_id,
        detail={"reason": reason},
    )


def void_surplus(session: Session, *, beside: uuid.UUID, purchase: Purchase, actor: Actor) -> bool:
    """A purchase that no parcel uses stands in our books and is voided; whether it was new to them."""
    postage = get_postage(session, postage_id=beside)
    paid = PaidPostage(purchase.transaction_id, purchase.tracking_number, purchase.label_url)
    surplus_id = write_surplus(session, of=postage, paid=paid, actor=actor, now=read_now(session))
    if surplus_id is None:
        return False
    start_void(session, postage_id=surplus_id, reason="surplus", actor=actor)
    return True
