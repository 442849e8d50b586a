"""What has not left of an order is cancelled: promises, tasks, parcels and postage, volume and money."""

import uuid
from collections.abc import Mapping, Sequence
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
    FulfillmentOrderState,
    OrderState,
    ParcelState,
)
from fulfillment.flows.give_up_postage import give_up_postage
from fulfillment.flows.refund_order import RefundRequest, UnitsToRefund, propose_order_refund
from fulfillment.notifications.messages import order_cancelled
from fulfillment.notifications.outbox import queue_notice
from fulfillment.orders.lines import cancel_line_units
from fulfillment.orders.queries import OpenPart, get_order, list_lines, list_parts
from fulfillment.orders.tables import FulfillmentOrder, Order
from fulfillment.reads.recipients import find_recipient
from fulfillment.returns.kinds import RefundCause
from fulfillment.shipping.parcel_moves import cancel_parcel
from fulfillment.shipping.parcels import list_parcels
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.history import move_state
from fulfillment.warehouse.reservations import change_reserved
from fulfillment.warehouse.tasks import cancel_tasks

S = FulfillmentOrderState
STILL_HERE = (S.PROMISED, S.BACKORDERED, S.RELEASED, S.PICKING, S.PACKED)
RESERVING = (S.PROMISED, S.RELEASED, S.PICKING)
WITH_TASKS = (S.RELEASED, S.PICKING)
WITH_PARCELS = (S.PICKING, S.PACKED)
IN_THE_HOUSE = (ParcelState.PACKED, ParcelState.LABELED, ParcelState.CANCELLED)


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

    Cancelled units lose their volume at once, and what was paid for them is proposed as a refund. Picked
    units stay among the picked ones until they are carried back to their bins. A label that is being bought
    is given up by whoever learns that it was.

    Raises:
        NotFoundError: there is no such order.
        ConflictError: nothing of it is still here.
    """
    order = get_order(session, order_id=order_id, lock=True)
    parts = list_parts(session, order_id=order_id, lock=True)
    here = [part for part in parts if part.state in STILL_HERE and not _has_left(session, part)]
    gone = [part for part in parts if part.state is not S.CANCELLED and part not in here]
    if order.state is OrderState.RECEIVED:
        raise ConflictError(
            f"Order {order.number} is due in an autoship run and not paid; send its charge as declined to "
            "cancel it.",
            state=order.state,
        )
    was_promised = order.accepted_at is not None
    if order.state not in (OrderState.ACCEPTED, OrderState.HELD) or (was_promised and not here):
        raise ConflictError(
            f"Nothing of order {order.number} can be cancelled any more; authorize a return instead.",
            state=order.state,
        )
    for part in here:
        _cancel_part(session, part=part, note=note, actor=actor, now=read_now(session))
    lines = list_lines(session, order_id=order_id)
    units = _cancelled_units(lines, here, is_whole=not gone)
    cancel_line_units(session, units=units)
    _reverse_volume(session, lines, units, policy)
    refund_id = _refund(
        session, order, lines, units, is_whole=not gone, note=note, actor=actor, policy=policy
    )
    if not gone:
        _close(session, order, note=note, actor=actor)
    record(
        session,
        actor=actor,
        deed="order.cancelled",
        object_kind="customer_order",
        object_id=order_id,
        detail={"note": note, "units": sum(units.values()), "whole": not gone},
    )
    return CancelledOrder(units, refund_id, is_whole=not gone)


def _has_left(session: Session, part: OpenPart) -> bool:
    """Whether the carrier has a parcel of it: then all of it counts as sent, as its buyer was told."""
    parcels = list_parcels(session, fulfillment_order_id=part.id, lock=True)
    return any(parcel.state not in IN_THE_HOUSE for parcel in parcels)


def _cancel_part(session: Session, *, part: OpenPart, note: str, actor: Actor, now: datetime) -> None:
    if part.state in WITH_PARCELS:
        _cancel_parcels(session, part=part, note=note, actor=actor)
    if part.state in WITH_TASKS:
        cancel_tasks(session, fulfillment_order_ids=[part.id], actor=actor, reason=note, now=now)
        # Read again: a pick may have been booked until the tasks were locked.
        (part,) = list_parts(session, part_ids=[part.id])
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
    """Closed parcels are opened again; what was paid for their postage is asked back."""
    for parcel in list_parcels(session, fulfillment_order_id=part.id, lock=True):
        if parcel.state == ParcelState.CANCELLED:
            continue
        give_up_postage(session, parcel_id=parcel.id, reason="cancelled", actor=actor)
        cancel_parcel(session, parcel_id=parcel.id, actor=actor, reason=note)


def _cancelled_units(
    lines: Sequence[sa.Row[Any]], here: Sequence[OpenPart], *, is_whole: bool
) -> dict[uuid.UUID, int]:
    """Units cancelled by order line: those of the parts, the kits they make, a whole order's services."""
    if is_whole:
        return {line.id: line.qty - line.qty_cancelled for line in lines if line.qty > line.qty_cancelled}
    units: dict[uuid.UUID, int] = {}
    for part in here:
        for unit in part.units:
            if unit.qty:
                units[unit.order_line_id] = units.get(unit.order_line_id, 0) + unit.qty
    for line in lines:
        kits = _whole_kits(line, lines, units) if line.is_kit else 0
        if kits:
            units[line.id] = kits
    return units


def _whole_kits(kit: sa.Row[Any], lines: Sequence[sa.Row[Any]], units: Mapping[uuid.UUID, int]) -> int:
    parts = [line for line in lines if line.kit_line_id == kit.id]
    return min((units.get(part.id, 0) // (part.qty // kit.qty) for part in parts), default=0)


def _refund(
    session: Session,
    order: Order,
    lines: Sequence[sa.Row[Any]],
    units: Mapping[uuid.UUID, int],
    *,
    is_whole: bool,
    note: str,
    actor: Actor,
    policy: CompanyPolicy,
) -> uuid.UUID | None:
    """All of what was paid for the cancelled units goes back, with the shipping if nothing was sent."""
    paid_lines = {line.id for line in lines if line.kit_line_id is None}
    request = RefundRequest(
        order_id=order.id,
        cause=RefundCause.CANCELLATION,
        units=[
            UnitsToRefund(line_id, None, qty, 100, ("cancelled before it was sent",))
            for line_id, qty in units.items()
            if line_id in paid_lines
        ],
        reason=f"cancelled: {note}",
        with_shipping=is_whole,
    )
    return propose_order_refund(session, request=request, actor=actor, policy=policy)


def _reverse_volume(
    session: Session, lines: Sequence[sa.Row[Any]], units: Mapping[uuid.UUID, int], policy: CompanyPolicy
) -> None:
    """The sale of these units never was; a line cancelled in two steps has two causes."""
    for line in sorted(lines, key=lambda line: line.id):
        if line.id in units:
            reverse_line_units(
                session,
                order_line_id=line.id,
                units=units[line.id],
                cause_kind="cancellation",
                cause_id=f"{line.id}:{line.qty_cancelled}",
                time_zone=policy.time_zone,
                now=read_now(session),
            )


def _close(session: Session, order: Order, *, note: str, actor: Actor) -> None:
    move_state(
        session,
        table=Order,
        object_id=order.id,
        edges=ORDER,
        to=OrderState.CANCELLED,
        actor=actor,
        reason=note,
        values={"hold_code": None, "hold_note": None},
    )
    recipient = find_recipient(session, order=order)
    if recipient:
        notice = order_cancelled(number=order.number, order_id=order.id, reason=note)
        queue_notice(session, notice=notice, recipient=recipient, order_id=order.id)
