"""Promises become work: fulfillment orders are released to the floor as one wave of pick tasks."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import InvalidInputError
from fulfillment.core.states import FULFILLMENT_ORDER, FulfillmentOrderState, OrderState
from fulfillment.flows.expire_lots import expire_lots
from fulfillment.flows.make_room import ShortPart, ask_for_stock, send_back_part
from fulfillment.flows.pick_demands import pick_demands
from fulfillment.orders.queries import list_parts
from fulfillment.orders.tables import FulfillmentOrder, Order
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.columns import table_of
from fulfillment.store.history import move_states
from fulfillment.warehouse.allocation import Allocation, Demand
from fulfillment.warehouse.claims import claim_bins
from fulfillment.warehouse.setup import require_warehouse
from fulfillment.warehouse.tasks import open_wave

PART = table_of(FulfillmentOrder)
ORDER = table_of(Order)

MAX_ORDERS = 500


@dataclass(frozen=True)
class ReleasedWave:
    """A wave on the floor, and the fulfillment orders that found no stock for it and wait again."""

    wave_id: uuid.UUID | None
    number: str | None
    orders: int
    tasks: int
    short: tuple[ShortPart, ...]


def release_wave(
    session: Session,
    *,
    warehouse_code: str,
    actor: Actor,
    max_orders: int = 60,
    fulfillment_order_ids: Sequence[uuid.UUID] | None = None,
) -> ReleasedWave:
    """The most urgent promised fulfillment orders, or those named, are being picked as one wave.

    Orders on hold and those that another wave takes at the same moment are left alone. Lots whose time has
    come are expired first, and an order whose units are not to be had is backordered and named.

    Raises:
        NotFoundError: there is no such warehouse.
        InvalidInputError: `max_orders` is out of range.
    """
    if not 1 <= max_orders <= MAX_ORDERS:
        raise InvalidInputError(f"A wave of {max_orders} orders cannot be released; give 1 to {MAX_ORDERS}.")
    require_warehouse(session, code=warehouse_code)
    now = read_now(session)
    expire_lots(session, actor=actor)
    ids = _pick_parts(session, warehouse_code, max_orders, fulfillment_order_ids)
    allocation = claim_bins(
        session, warehouse_code=warehouse_code, demands=_demands(session, ids, today=now.date())
    )
    served = [part_id for part_id in ids if part_id not in allocation.missing]
    wave = (
        open_wave(session, warehouse_code=warehouse_code, takes=allocation.takes, actor=actor, now=now)
        if served
        else None
    )
    if wave is not None:
        _release(session, served, wave.wave_id, wave.number, actor)
        record(
            session,
            actor=actor,
            deed="wave.released",
            object_kind="wave",
            object_id=wave.wave_id,
            detail={"number": wave.number, "orders": len(served), "tasks": wave.tasks},
        )
    short = _send_back(session, allocation, actor, now)
    return ReleasedWave(
        wave.wave_id if wave else None,
        wave.number if wave else None,
        len(served),
        wave.tasks if wave else 0,
        tuple(short),
    )


def _pick_parts(
    session: Session, warehouse_code: str, max_orders: int, wanted: Sequence[uuid.UUID] | None
) -> list[uuid.UUID]:
    """Promised fulfillment orders of accepted orders, locked, the most urgent first."""
    query = (
        sa.select(PART.c.id)
        .join(ORDER, ORDER.c.id == PART.c.order_id)
        .where(
            PART.c.warehouse_code == warehouse_code,
            PART.c.state == FulfillmentOrderState.PROMISED,
            ORDER.c.state == OrderState.ACCEPTED,
        )
        .order_by(ORDER.c.priority, ORDER.c.promised_ship_by, PART.c.id)
        .limit(max_orders)
        .with_for_update(of=PART, skip_locked=True, key_share=True)
    )
    if wanted is not None:
        query = query.where(PART.c.id.in_(list(wanted)))
    locked = session.connection().execute(query).scalars().all()
    # Asked again after the lock: an order may have been held between the look and the lock.
    allowed = (
        sa.select(PART.c.id)
        .join(ORDER, ORDER.c.id == PART.c.order_id)
        .where(PART.c.id.in_(locked), ORDER.c.state == OrderState.ACCEPTED)
    )
    still = set(session.connection().execute(allowed).scalars())
    return [part_id for part_id in locked if part_id in still]


def _demands(session: Session, ids: Sequence[uuid.UUID], *, today: date) -> list[Demand]:
    """What the fulfillment orders were promised, in their order of urgency."""
    rank = {part_id: place for place, part_id in enumerate(ids)}
    parts = sorted(list_parts(session, part_ids=ids), key=lambda part: rank[part.id])
    wanted = [
        (part, units, units.qty - units.qty_picked)
        for part in parts
        for units in part.units
        if units.qty > units.qty_picked
    ]
    return pick_demands(session, wanted=wanted, today=today)


def _release(
    session: Session, ids: Sequence[uuid.UUID], wave_id: uuid.UUID, number: str, actor: Actor
) -> None:
    moved = move_states(
        session,
        table=PART,
        object_ids=ids,
        edges=FULFILLMENT_ORDER,
        to=FulfillmentOrderState.RELEASED,
        actor=actor,
        reason=f"wave {number}",
        values={"wave_id": wave_id},
    )
    assert len(moved) == len(ids), "the promised fulfillment orders are locked"


def _send_back(session: Session, allocation: Allocation, actor: Actor, now: datetime) -> list[ShortPart]:
    if not allocation.missing:
        return []
    parts = list_parts(session, part_ids=allocation.missing)
    short = [
        send_back_part(session, part=part, actor=actor, reason="its units are not in any bin", now=now)
        for part in parts
    ]
    ask_for_stock(session, losers=short)
    return short
