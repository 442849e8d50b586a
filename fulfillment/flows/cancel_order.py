"""What has not left of an order is cancelled: promises, tasks, parcels and postage go back, and the money."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.commissions.ledger import reverse_line_units
from fulfillment.core.errors import ConflictError
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import (
    FULFILLMENT_ORDER,
    ORDER,
    PARCEL,
    FulfillmentOrderState,
    OrderState,
    ParcelState,
    PostageState,
)
from fulfillment.flows.refund_order import UnitsToRefund, propose_order_refund
from fulfillment.flows.give_up_postage import start_void
from fulfillment.notifications.messages import order_cancelled
from fulfillment.notifications.outbox import queue_notice
from fulfillment.orders.lines import cancel_line_units
from fulfillment.orders.queries import OpenPart, get_order, list_lines, list_parts
from fulfillment.orders.tables import FulfillmentOrder, Order
from fulfillment.reads.picked_units import list_picked_units
from fulfillment.reads.recipients import find_recipient
from fulfillment.shipping.parcels import list_parcels
from fulfillment.shipping.postage import PostageFor, find_live_postage
from fulfillment.shipping.tables import Parcel, PostagePurpose
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.history import move_state
from fulfillment.warehouse.ledger import post_movements
from fulfillment.warehouse.movements import Units, put_back
from fulfillment.warehouse.places import places_of
from fulfillment.warehouse.reservations import change_reserved
from fulfillment.warehouse.tasks import cancel_tasks

S = FulfillmentOrderState
STILL_HERE = (S.PROMISED, S.BACKORDERED, S.RELEASED, S.PICKING, S.PACKED)
RESERVING = (S.PROMISED, S.RELEASED, S.PICKING)
UNSETTLED = (PostageState.INTENDED, PostageState.CALLING, PostageState.IN_DOUBT)


@dataclass(frozen=True)
class CancelledOrder:
    """What was cancelled: units by order line, and the refund proposed for them, if any money is due."""

    units: dict[uuid.UUID, int]
    refund_id: uuid.UUID | None
    is_whole: bool


def cancel_order(
    session: Session, *, order_id: uuid.UUID, note: str, actor: Actor, policy: CompanyPolicy
) -> CancelledOrder:
    """Everything of the order that is still here is cancelled; what has left comes back by a return.

    Raises:
        NotFoundError: there is no such order.
        ConflictError: nothing of it is still here, or the outcome of a label purchase is not known yet.
    """
    order = get_order(session, order_id=order_id, lock=True)
    now = read_now(session)
    parts = list_parts(session, order_id=order_id, lock=True)
    here = [part for part in parts if part.state in STILL_HERE]
    gone = [part for part in parts if part.state not in (*STILL_HERE, S.CANCELLED)]
    was_promised = order.accepted_at is not None
    if order.state not in (OrderState.ACCEPTED, OrderState.HELD) or (was_promised and not here):
        raise ConflictError(
            f"Nothing of order {order.number} can be cancelled any more; authorize a return instead.",
            state=order.state,
        )
    for part in here:
        _cancel_part(session, part=part, note=note, actor=actor, now=now)
    units = _cancelled_units(session, order_id=order_id, here=here, is_whole=not gone)
    cancel_line_units(session, units=units)
    refund_id = _refund(
        session, order=order, units=units, is_whole=not gone, note=note, actor=actor, policy=policy
    )
    if refund_id is None:
        _reverse_volume(session, order_id=order_id, units=units, policy=policy, now=now)
    if not gone:
        move_state(
            session,
            table=Order,
            object_id=order_id,
            edges=ORDER,
            to=OrderState.CANCELLED,
            actor=actor,
            reason=note,
            values={"hold_code": None, "hold_note": None},
        )
    record(
        session,
        actor=actor,
        deed="order.cancelled",
        object_kind="customer_order",
        object_id=order_id,
        detail={"note": note, "units": sum(units.values()), "whole": not gone},
    )
    recipient = find_recipient(session, order=order)
    if recipient and not gone:
        notice = order_cancelled(number=order.number, order_id=order_id, reason=note)
        queue_notice(session, notice=notice, recipient=recipient, order_id=order_id)
    return CancelledOrder(units, refund_id, is_whole=not gone)


def _cancel_part(session: Session, *, part: OpenPart, note: str, actor: Actor, now: datetime) -> None:
    if part.state is S.PACKED or part.state is S.PICKING:
        _cancel_parcels(session, part=part, note=note, actor=actor)
    if part.state in (S.RELEASED, S.PICKING):
        cancel_tasks(session, fulfillment_order_ids=[part.id], actor=actor, reason=note, now=now)
    _put_back(session, part=part, actor=actor, now=now)
    if part.state in RESERVING:
        held: dict[tuple[str, str], int] = {}
        for units in part.units:
            assert part.warehouse_code is not None, "what reserves stands at a warehouse"
            key = (part.warehouse_code, units.sku)
            held[key] = held.get(key, 0) - (units.qty - units.qty_picked)
        change_reserved(session, deltas=held)
    move_state(
        session,
        table=FulfillmentOrder,
        object_id=part.id,
        edges=FULFILLMENT_ORDER,
        to=S.CANCELLED,
        actor=actor,
        reason=note,
    )


def _cancel_parcels(session: Session, *, part: OpenPart, note: str, actor: Actor) -> None:
    """Packed parcels are opened again; what was paid for their postage is asked back."""
    for parcel in list_parcels(session, fulfillment_order_id=part.id, lock=True):
        if parcel.state == ParcelState.CANCELLED:
            continue
        postage = find_live_postage(session, target=PostageFor(PostagePurpose.OUTBOUND, parcel.id), lock=True)
        if postage is not None and postage.state in UNSETTLED:
            raise ConflictError(
                f"The label of parcel {parcel.number} is being bought; cancel again in a few minutes.",
                parcel=parcel.number,
            )
        if postage is not None:
            start_void(session, postage_id=postage.id, reason="cancelled", actor=actor)
        move_state(
            session,
            table=Parcel,
            object_id=parcel.id,
            edges=PARCEL,
            to=ParcelState.CANCELLED,
            actor=actor,
            reason=note,
        )


def _put_back(session: Session, *, part: OpenPart, actor: Actor, now: datetime) -> None:
    """Picked units stand at the dock again, from where they are put away like received ones."""
    if part.warehouse_code is None:
        return
    places = places_of(part.warehouse_code)
    movements = [
        put_back(
            Units(picked.sku, picked.qty, picked.lot),
            put_back_id=str(picked.pick_task_id),
            subject=("fulfillment_order", str(part.id)),
            picked=places.picked,
            bin_id=places.receiving,
        )
        for picked in list_picked_units(session, fulfillment_order_id=part.id)
    ]
    post_movements(session, movements=movements, actor=actor, now=now)


def _cancelled_units(
    session: Session, *, order_id: uuid.UUID, here: Sequence[OpenPart], is_whole: bool
) -> dict[uuid.UUID, int]:
    """Units cancelled by order line: those of the parts, the kits they make, a whole order's services."""
    lines = list_lines(session, order_id=order_id)
    if is_whole:
        return {line.id: line.qty - line.qty_cancelled for line in lines if line.qty > line.qty_cancelled}
    units: dict[uuid.UUID, int] = {}
    for part in here:
        for unit in part.units:
            units[unit.order_line_id] = units.get(unit.order_line_id, 0) + unit.qty
    units = {line_id: qty for line_id, qty in units.items() if qty > 0}
    for line in lines:
        if line.is_kit:
            kits = _whole_kits(line, [part for part in lines if part.kit_line_id == line.id], units)
            if kits:
                units[line.id] = kits
    return units


def _whole_kits(kit: sa.Row[Any], parts: Sequence[sa.Row[Any]], units: dict[uuid.UUID, int]) -> int:
    return min((units.get(part.id, 0) // (part.qty // kit.qty) for part in parts), default=0)


def _refund(
    session: Session,
    *,
    order: Order,
    units: dict[uuid.UUID, int],
    is_whole: bool,
    note: str,
    actor: Actor,
    policy: CompanyPolicy,
) -> uuid.UUID | None:
    """All of what was paid for the cancelled units goes back, with the shipping if nothing was sent."""
    paid_lines = {line.id for line in list_lines(session, order_id=order.id) if line.kit_line_id is None}
    return propose_order_refund(
        session,
        order_id=order.id,
        return_id=None,
        units=[
            UnitsToRefund(line_id, None, qty, 100, ("cancelled before it was sent",))
            for line_id, qty in units.items()
            if line_id in paid_lines
        ],
        with_shipping=is_whole,
        reason=f"cancelled: {note}",
        pay_by=None,
        actor=actor,
        policy=policy,
    )


def _reverse_volume(
    session: Session,
    *,
    order_id: uuid.UUID,
    units: dict[uuid.UUID, int],
    policy: CompanyPolicy,
    now: datetime,
) -> None:
    """Where no money goes back the volume does at once; otherwise it follows the refund."""
    for line_id, qty in units.items():
        reverse_line_units(
            session,
            order_line_id=line_id,
            units=qty,
            cause_kind="cancellation",
            cause_id=f"{order_id}:{line_id}",
            time_zone=policy.time_zone,
            now=now,
        )
