"""A fulfillment order follows its parcels: packed, shipped, delivered, or out and not arrived."""

import uuid
from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session

from fulfillment.core.states import FulfillmentOrderState, ParcelState
from fulfillment.orders.packing import count_unpacked, lock_parts, move_part
from fulfillment.shipping.parcels import list_parcels
from fulfillment.store.actors import Actor

S = FulfillmentOrderState
WITH_CARRIER = frozenset(
    {
        ParcelState.SHIPPED,
        ParcelState.DELIVERED,
        ParcelState.RETURNING,
        ParcelState.RETURNED,
        ParcelState.LOST,
    }
)
NOT_ARRIVED = frozenset({ParcelState.RETURNING, ParcelState.RETURNED, ParcelState.LOST})


def advance_parts(
    session: Session, *, part_ids: Collection[uuid.UUID], actor: Actor, now: datetime
) -> dict[uuid.UUID, FulfillmentOrderState]:
    """Each fulfillment order is as far as its lines and parcels are; returns where they stand.

    Called after whatever may have been the last step: a parcel packed, shipped or delivered, or the rest of
    a short line taken elsewhere. Repeating it changes nothing.
    """
    return {
        part_id: _advance(session, part_id, FulfillmentOrderState(row.state), actor=actor, now=now)
        for part_id, row in lock_parts(session, part_ids=part_ids).items()
    }


def _advance(
    session: Session, part_id: uuid.UUID, state: FulfillmentOrderState, *, actor: Actor, now: datetime
) -> FulfillmentOrderState:
    parcels = list_parcels(session, fulfillment_order_id=part_id)
    states = {ParcelState(parcel.state) for parcel in parcels} - {ParcelState.CANCELLED}
    if not states:
        return state
    if state is S.PICKING and count_unpacked(session, part_id=part_id) == (0, 0):
        move_part(session, part_id=part_id, to=S.PACKED, actor=actor, reason="everything is in parcels")
        state = S.PACKED
    if state is S.PACKED and states <= WITH_CARRIER:
        reason = "the carrier has every parcel"
        move_part(session, part_id=part_id, to=S.SHIPPED, actor=actor, reason=reason, shipped_at=now)
        state = S.SHIPPED
    if state in {S.SHIPPED, S.UNDELIVERED} and states == {ParcelState.DELIVERED}:
        reason = "every parcel arrived"
        move_part(session, part_id=part_id, to=S.DELIVERED, actor=actor, reason=reason, delivered_at=now)
        return S.DELIVERED
    if state is S.SHIPPED and ParcelState.SHIPPED not in states and NOT_ARRIVED & states:
        reason = "a parcel is coming back or lost"
        move_part(session, part_id=part_id, to=S.UNDELIVERED, actor=actor, reason=reason)
        return S.UNDELIVERED
    return state
