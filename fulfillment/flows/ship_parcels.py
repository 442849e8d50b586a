"""The carrier has parcels: their units leave the picked place of the ledger, and their buyers are told."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.policy import CompanyPolicy
from fulfillment.flows.advance_part import advance_parts
from fulfillment.notifications.messages import NoticeText, parcel_delivered, parcel_shipped
from fulfillment.notifications.outbox import queue_notice
from fulfillment.orders.packing import add_shipped, lock_parts
from fulfillment.orders.queries import get_order
from fulfillment.reads.recipients import find_recipient
from fulfillment.shipping.parcel_moves import take_parcels
from fulfillment.shipping.parcels import list_parcel_lines
from fulfillment.shipping.tables import Parcel
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.columns import table_of
from fulfillment.warehouse.ledger import post_movements
from fulfillment.warehouse.movements import NewMovement, Units, deliver, ship
from fulfillment.warehouse.places import places_of

PARCEL = table_of(Parcel)


def ship_parcels(
    session: Session,
    *,
    parcel_ids: Collection[uuid.UUID],
    handover_id: uuid.UUID | None,
    shipped_at: datetime,
    reason: str,
    actor: Actor,
    policy: CompanyPolicy,
) -> set[uuid.UUID]:
    """Those of the parcels that were labeled and here are with the carrier now; returns them.

    A parcel ships once, whoever says so first: hand-over, or acceptance scan. Each of its lines is posted
    from picked to shipped under the line's own key.
    """
    now = read_now(session)
    lock_parts(session, part_ids=_parts_of(session, parcel_ids))
    taken = take_parcels(
        session,
        parcel_ids=sorted(parcel_ids),
        handover_id=handover_id,
        shipped_at=shipped_at,
        actor=actor,
        reason=reason,
    )
    if not taken:
        return taken
    parcels = _rows(session, taken)
    post_movements(session, movements=_movements(session, parcels, is_delivery=False), actor=actor, now=now)
    add_shipped(session, units=_units_by_line(session, taken))
    part_ids = sorted({row.fulfillment_order_id for row in parcels})
    advance_parts(session, part_ids=part_ids, actor=actor, now=now)
    for parcel in parcels:
        tell_buyer(session, parcel=parcel, policy=policy, is_delivery=False)
        record(
            session,
            actor=actor,
            deed="parcel.shipped",
            object_kind="parcel",
            object_id=parcel.id,
            detail={"number": parcel.number, "how": reason},
        )
    return taken


def post_delivery(session: Session, *, parcel: sa.Row[Any], actor: Actor, policy: CompanyPolicy) -> None:
    """The customer has the units of a parcel that was just found delivered; the buyer is told."""
    now = read_now(session)
    post_movements(session, movements=_movements(session, [parcel], is_delivery=True), actor=actor, now=now)
    tell_buyer(session, parcel=parcel, policy=policy, is_delivery=True)
    record(
        session,
        actor=actor,
        deed="parcel.delivered",
        object_kind="parcel",
        object_id=parcel.id,
        detail={"number": parcel.number},
    )


def tell_buyer(session: Session, *, parcel: sa.Row[Any], policy: CompanyPolicy, is_delivery: bool) -> None:
    """The buyer will hear of the parcel once, if there is an address to write to."""
    order = get_order(session, order_id=parcel.order_id)
    recipient = find_recipient(session, order=order)
    if recipient:
        notice = _notice(parcel, order.number, policy, is_delivery=is_delivery)
        queue_notice(session, notice=notice, recipient=recipient, order_id=order.id)


def tracking_url(policy: CompanyPolicy, public_id: str) -> str:
    """The address of a parcel's public page."""
    return f"{policy.public_url.rstrip('/')}/t/{public_id}"


def _notice(parcel: sa.Row[Any], number: str, policy: CompanyPolicy, *, is_delivery: bool) -> NoticeText:
    url = tracking_url(policy, parcel.public_id)
    if is_delivery:
        return parcel_delivered(number=number, parcel_id=parcel.id, tracking_url=url)
    carrier = (parcel.carrier or "the carrier").upper()
    return parcel_shipped(number=number, parcel_id=parcel.id, carrier=carrier, tracking_url=url)


def _parts_of(session: Session, parcel_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    query = sa.select(PARCEL.c.fulfillment_order_id).where(PARCEL.c.id.in_(list(parcel_ids)))
    return set(session.connection().execute(query).scalars())


def _rows(session: Session, parcel_ids: Collection[uuid.UUID]) -> Sequence[sa.Row[Any]]:
    query = sa.select(PARCEL).where(PARCEL.c.id.in_(list(parcel_ids))).order_by(PARCEL.c.id)
    return session.connection().execute(query).all()


def _movements(session: Session, parcels: Sequence[sa.Row[Any]], *, is_delivery: bool) -> list[NewMovement]:
    """One movement a parcel line, in the ledger's order of locks."""
    warehouses = {parcel.id: parcel.warehouse_code for parcel in parcels}
    lines = list_parcel_lines(session, parcel_ids=list(warehouses))
    movements = []
    for line in sorted(lines, key=lambda line: (warehouses[line.parcel_id], line.sku, line.lot, line.id)):
        places, units = places_of(warehouses[line.parcel_id]), Units(line.sku, line.qty, line.lot)
        if is_delivery:
            movement = deliver(
                units, parcel_line_id=line.id, shipped=places.shipped, customer=places.customer
            )
        else:
            movement = ship(units, parcel_line_id=line.id, picked=places.picked, shipped=places.shipped)
        movements.append(movement)
    return movements


def _units_by_line(session: Session, parcel_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    units: dict[uuid.UUID, int] = {}
    for line in list_parcel_lines(session, parcel_ids=list(parcel_ids)):
        line_id = line.fulfillment_order_line_id
        units[line_id] = units.get(line_id, 0) + line.qty
    return units
