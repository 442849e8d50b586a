"""A person set right what kept a parcel from its postage: it is tried again."""

import uuid

from sqlmodel import Session

from fulfillment.core.errors import ConflictError
from fulfillment.core.job_kinds import BUY_POSTAGE, FETCH_LABEL, SETTLE_POSTAGE
from fulfillment.core.states import ParcelState, PostageState
from fulfillment.shipping.parcel_moves import note_problem
from fulfillment.shipping.parcels import get_parcel
from fulfillment.shipping.postage import PostageFor, find_live_postage, get_postage
from fulfillment.shipping.tables import PostagePurpose
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.jobs import enqueue


def try_postage_again(session: Session, *, parcel_id: uuid.UUID, actor: Actor) -> None:
    """A job buys postage for the parcel, or settles the purchase that is in doubt; its problem is cleared.

    Raises:
        NotFoundError: there is no such parcel.
        ConflictError: it has postage, or it is not here.
    """
    parcel = get_parcel(session, parcel_id=parcel_id, lock=True)
    if parcel.state != ParcelState.PACKED:
        raise ConflictError(
            f"Parcel {parcel.number} is {parcel.state}; only a packed parcel needs postage.",
            state=parcel.state,
        )
    note_problem(session, parcel_id=parcel_id, problem=None)
    live = find_live_postage(session, target=PostageFor(PostagePurpose.OUTBOUND, parcel_id))
    if live is not None and live.state == PostageState.IN_DOUBT:
        enqueue(session, kind=SETTLE_POSTAGE, payload={"postage_id": str(live.id)}, due_at=live.settle_after)
    else:
        enqueue(session, kind=BUY_POSTAGE, payload={"parcel_id": str(parcel_id)}, key=str(parcel_id))
    record(
        session,
        actor=actor,
        deed="postage.tried_again",
        object_kind="parcel",
        object_id=parcel_id,
        detail={"number": parcel.number},
    )


def fetch_label_again(session: Session, *, postage_id: uuid.UUID, actor: Actor) -> None:
    """A job fetches the label's file once more.

    Raises:
        NotFoundError: there is no such postage.
        ConflictError: it is not bought.
    """
    postage = get_postage(session, postage_id=postage_id)
    if postage.state != PostageState.BOUGHT:
        raise ConflictError(
            f"This postage is {postage.state}; there is no label to fetch.", state=postage.state
        )
    enqueue(session, kind=FETCH_LABEL, payload={"postage_id": str(postage_id)}, key=str(postage_id))
    record(
        session,
        actor=actor,
        deed="label.fetched_again",
        object_kind="postage",
        object_id=postage_id,
    )
