"""Promises that lost their stock are taken back, named, and sent to be promised elsewhere.

Orders that wait lose before orders that are being picked, and among them those that matter least and came
last. A fulfillment order that nobody has picked from goes back whole, so that kits and parcels stay
together; from one in picking only the units that lost their stock are taken out.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.job_kinds import FILL_BACKORDERS
from fulfillment.core.states import FULFILLMENT_ORDER, FulfillmentOrderState
from fulfillment.flows.ask_route import ask_route
from fulfillment.orders.promises import NewPart, PartUnits, write_parts
from fulfillment.orders.queries import OpenPart, OpenUnits, list_parts
from fulfillment.orders.tables import FulfillmentOrder, FulfillmentOrderLine, Order
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.columns import table_of
from fulfillment.store.history import move_states
from fulfillment.store.jobs import enqueue
from fulfillment.warehouse.reservations import change_reserved, lock_availability
from fulfillment.warehouse.tasks import CancelledTask, cancel_tasks

S = FulfillmentOrderState
PART = table_of(FulfillmentOrder)
PART_LINE = table_of(FulfillmentOrderLine)
ORDER = table_of(Order)

LOSERS_FIRST = (S.PROMISED, S.RELEASED, S.PICKING)


@dataclass(frozen=True)
class ShortPart:
    """A fulfillment order that lost units; they wait in `backorder_id`, which may be itself."""

    fulfillment_order_id: uuid.UUID
    number: str
    order_id: uuid.UUID
    units: Mapping[str, int]
    backorder_id: uuid.UUID


def make_room(
    session: Session,
    *,
    warehouse_code: str,
    losses: Mapping[str, int],
    actor: Actor,
    reason: str,
    now: datetime,
) -> list[ShortPart]:
    """So many promises are taken back that these units can stop being sellable; returns who lost what.

    The rows of `availability` stay locked, so that nobody promises the room away before it is used.
    """
    stock = lock_availability(session, keys={(warehouse_code, sku) for sku in losses})
    short = {
        sku: stock[warehouse_code, sku].reserved + losses[sku] - stock[warehouse_code, sku].sellable
        for sku in losses
        if (warehouse_code, sku) in stock
    }
    short = {sku: qty for sku, qty in short.items() if qty > 0}
    losers: list[ShortPart] = []
    if not short:
        return losers
    for part in _candidates(session, warehouse_code, sorted(short)):
        wanted = {sku for sku, qty in short.items() if qty > 0}
        if not wanted:
            break
        rest = [units for units in part.units if units.qty > units.qty_picked]
        if not any(units.sku in wanted for units in rest):
            continue
        loser: ShortPart | None
        if part.state is S.PICKING:
            hit = [units for units in rest if units.sku in wanted]
            loser = take_out_units(session, part=part, units=hit, actor=actor, reason=reason, now=now)
        else:
            loser = send_back_part(session, part=part, actor=actor, reason=reason, now=now)
        if loser is not None:
            losers.append(loser)
            for sku, qty in loser.units.items():
                short[sku] = short.get(sku, 0) - qty
    return losers


def send_back_part(
    session: Session, *, part: OpenPart, actor: Actor, reason: str, now: datetime
) -> ShortPart:
    """The promised or released fulfillment order waits as a backorder, with nothing reserved or claimed.

    The caller has locked it and nothing of it was picked.
    """
    if part.state is S.RELEASED:
        cancel_tasks(session, fulfillment_order_ids=[part.id], actor=actor, reason=reason, now=now)
        _move(session, part, S.PROMISED, actor=actor, reason=reason, values={"wave_id": None})
    values: dict[str, object] = {
        "warehouse_code": None,
        "wave_id": None,
        "promised_at": None,
        "cost_minor": 0,
        "plan_id": None,
    }
    values["reasons"] = {"rule": "stock_lost"}
    _move(session, part, S.BACKORDERED, actor=actor, reason=reason, values=values)
    units = _sum(part.units)
    _release(session, part, units)
    return _name_loser(session, part, units, backorder_id=part.id, actor=actor, reason=reason)


def take_out_units(
    session: Session,
    *,
    part: OpenPart,
    units: Sequence[OpenUnits],
    actor: Actor,
    reason: str,
    now: datetime,
    lost: Mapping[uuid.UUID, int] | None = None,
) -> ShortPart | None:
    """Unpicked units of these lines leave the fulfillment order and wait in a backorder of their own.

    `lost` says how many by line, by default all that is not picked; the lines' open tasks are cancelled
    only in that case. A fulfillment order that is left with nothing is cancelled. None when a picker was
    faster and nothing is left to take out.
    """
    if lost is None:
        line_ids = {u.line_id for u in units}
        cancel_tasks(session, line_ids=line_ids, actor=actor, reason=reason, now=now)
        # Read again: a pick may have been booked until the tasks were locked.
        (part,) = list_parts(session, part_ids=[part.id])
        units = [u for u in part.units if u.line_id in line_ids]
    taken = {u: u.qty - u.qty_picked if lost is None else lost[u.line_id] for u in units}
    taken = {u: qty for u, qty in taken.items() if qty}
    if not taken:
        return None
    summed: dict[str, int] = {}
    for u, qty in sorted(taken.items(), key=lambda item: item[0].line_id):
        summed[u.sku] = summed.get(u.sku, 0) + qty
        session.connection().execute(
            sa.update(PART_LINE).where(PART_LINE.c.id == u.line_id).values(qty=PART_LINE.c.qty - qty)
        )
    new = NewPart(
        None,
        tuple(PartUnits(u.order_line_id, u.sku, qty) for u, qty in taken.items()),
        reasons={"rule": "stock_lost", "from": part.number},
    )
    (written,) = write_parts(
        session, order_id=part.order_id, parts=[new], actor=actor, reason=reason, now=now
    )
    _release(session, part, summed)
    _cancel_if_empty(session, part, actor, reason)
    return _name_loser(
        session, part, summed, backorder_id=written.fulfillment_order_id, actor=actor, reason=reason
    )


def ask_for_stock(session: Session, *, losers: Sequence[ShortPart]) -> None:
    """The backorders are looked at as soon as this transaction commits."""
    if losers:
        enqueue(session, kind=FILL_BACKORDERS, payload={}, key="asked")
        ask_route(session, trigger="stock_lost")


def still_wanted(
    session: Session, *, cancelled: Sequence[CancelledTask]
) -> list[tuple[OpenPart, OpenUnits, int]]:
    """Of cancelled tasks, the lines that are still to be picked here, with units that have no task now."""
    parts = list_parts(session, part_ids={task.fulfillment_order_id for task in cancelled}, lock=True)
    lines = {task.line_id for task in cancelled}
    covered = _units_in_open_tasks(session, lines)
    wanted = []
    for part in parts:
        if part.state not in {S.RELEASED, S.PICKING}:
            continue
        for units in part.units:
            rest = units.qty - units.qty_picked - covered.get(units.line_id, 0)
            if units.line_id in lines and rest > 0:
                wanted.append((part, units, rest))
    return wanted


def _units_in_open_tasks(session: Session, line_ids: set[uuid.UUID]) -> dict[uuid.UUID, int]:
    rows = session.connection().execute(
        sa.text("""
            SELECT fulfillment_order_line_id AS line_id, CAST(sum(qty - qty_picked) AS integer) AS qty
            FROM pick_task
            WHERE state = 'open' AND fulfillment_order_line_id = ANY(CAST(:line_ids AS uuid[]))
            GROUP BY fulfillment_order_line_id
            """),
        {"line_ids": sorted(line_ids)},
    )
    return {row.line_id: row.qty for row in rows}


def _candidates(session: Session, warehouse_code: str, skus: Sequence[str]) -> list[OpenPart]:
    """Fulfillment orders that hold promises of these SKUs here, locked, the first to lose first."""
    rank = sa.case({state: place for place, state in enumerate(LOSERS_FIRST)}, value=PART.c.state)
    query = (
        sa.select(PART.c.id)
        .join(ORDER, ORDER.c.id == PART.c.order_id)
        .where(
            PART.c.warehouse_code == warehouse_code,
            PART.c.state.in_(LOSERS_FIRST),
            sa.exists().where(
                PART_LINE.c.fulfillment_order_id == PART.c.id,
                PART_LINE.c.sku.in_(skus),
                PART_LINE.c.qty > PART_LINE.c.qty_picked,
            ),
        )
        .order_by(rank, ORDER.c.priority.desc(), ORDER.c.promised_ship_by.desc(), PART.c.id.desc())
    )
    ids = session.connection().execute(query).scalars().all()
    place = {part_id: number for number, part_id in enumerate(ids)}
    parts = [p for p in list_parts(session, part_ids=ids, lock=True) if p.state in LOSERS_FIRST]
    return sorted(parts, key=lambda part: (LOSERS_FIRST.index(part.state), place[part.id]))


def _move(
    session: Session,
    part: OpenPart,
    to: FulfillmentOrderState,
    *,
    actor: Actor,
    reason: str,
    values: Mapping[str, object],
) -> None:
    moved = move_states(
        session,
        table=PART,
        object_ids=[part.id],
        edges=FULFILLMENT_ORDER,
        to=to,
        actor=actor,
        reason=reason,
        values=values,
    )
    assert moved, "the caller has locked the fulfillment order in a state that may move"


def _release(session: Session, part: OpenPart, units: Mapping[str, int]) -> None:
    assert part.warehouse_code is not None, "what is promised is promised at a warehouse"
    change_reserved(session, deltas={(part.warehouse_code, sku): -qty for sku, qty in units.items()})


def _sum(lines: Sequence[OpenUnits]) -> dict[str, int]:
    units: dict[str, int] = {}
    for line in lines:
        if line.qty > line.qty_picked:
            units[line.sku] = units.get(line.sku, 0) + line.qty - line.qty_picked
    return units


def _cancel_if_empty(session: Session, part: OpenPart, actor: Actor, reason: str) -> None:
    total = session.connection().execute(
        sa.select(sa.func.sum(PART_LINE.c.qty)).where(PART_LINE.c.fulfillment_order_id == part.id)
    )
    if total.scalar_one() == 0:
        _move(session, part, S.CANCELLED, actor=actor, reason=reason, values={})


def _name_loser(
    session: Session,
    part: OpenPart,
    units: Mapping[str, int],
    *,
    backorder_id: uuid.UUID,
    actor: Actor,
    reason: str,
) -> ShortPart:
    record(
        session,
        actor=actor,
        deed="fulfillment_order.short",
        object_kind="fulfillment_order",
        object_id=part.id,
        detail={"number": part.number, "units": dict(units), "reason": reason},
    )
    return ShortPart(part.id, part.number, part.order_id, units, backorder_id)
