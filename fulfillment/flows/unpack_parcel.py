"""A closed parcel is opened again: its units are the packer's, its postage is given up."""

import uuid
from collections.abc import Sequence

from sqlmodel import Session

from fulfillment.core.errors import ConflictError
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import FulfillmentOrderState, ParcelState
from fulfillment.flows.give_up_postage import give_up_postage
from fulfillment.flows.pack_order import PackedOrder, pack_order
from fulfillment.orders.packing import add_packed, lock_parts, move_part
from fulfillment.shipping.packing import GivenParcel
from fulfillment.shipping.parcel_moves import cancel_parcel
from fulfillment.shipping.parcels import get_parcel, list_parcel_lines
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record

OPENABLE = frozenset({ParcelState.PACKED, ParcelState.LABELED})


def unpack_parcel(session: Session, *, parcel_id: uuid.UUID, reason: str, actor: Actor) -> uuid.UUID:
    """The parcel is cancelled, its units are picked and unpacked again, its postage is given up.

    Where the purchase of its postage is under way the parcel does not wait: what turns out to be bought is
    given up then. Returns the fulfillment order's id.

    Raises:
        NotFoundError: there is no such parcel.
        ConflictError: the carrier has the parcel, or it was opened before.
    """
    part_id: uuid.UUID = get_parcel(session, parcel_id=parcel_id).fulfillment_order_id
    part = lock_parts(session, part_ids=[part_id])[part_id]
    parcel = get_parcel(session, parcel_id=parcel_id, lock=True)
    if parcel.state not in OPENABLE:
        raise ConflictError(
            f"Parcel {parcel.number} is {parcel.state}; only a parcel that is still here can be opened.",
            state=parcel.state,
        )
    give_up_postage(session, parcel_id=parcel_id, reason=reason, actor=actor)
    cancel_parcel(session, parcel_id=parcel_id, actor=actor, reason=reason)
    back: dict[uuid.UUID, int] = {}
    for line in list_parcel_lines(session, parcel_ids=[parcel_id]):
        line_id = line.fulfillment_order_line_id
        back[line_id] = back.get(line_id, 0) - line.qty
    add_packed(session, units=back)
    if part.state == FulfillmentOrderState.PACKED:
        move_part(session, part_id=part_id, to=FulfillmentOrderState.PICKING, actor=actor, reason=reason)
    record(
        session,
        actor=actor,
        deed="parcel.unpacked",
        object_kind="parcel",
        object_id=parcel_id,
        detail={"number": parcel.number, "reason": reason},
    )
    return part_id


def repack_parcel(
    session: Session,
    *,
    parcel_id: uuid.UUID,
    parcels: Sequence[GivenParcel] | None,
    reason: str,
    actor: Actor,
    policy: CompanyPolicy,
    is_weight_confirmed: bool = False,
) -> PackedOrder:
    """The parcel's units are in other parcels, with other postage; everything else stays as it was.

    Raises:
        ConflictError: the carrier has the parcel; or as `pack_order`.
    """
    part_id = unpack_parcel(session, parcel_id=parcel_id, reason=reason, actor=actor)
    return pack_order(
        session,
        fulfillment_order_id=part_id,
        actor=actor,
        policy=policy,
        parcels=parcels,
        is_weight_confirmed=is_weight_confirmed,
    )
