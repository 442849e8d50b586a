"""Units stop being sellable: promises make room, the loss is booked, and pickers are sent to other bins."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from fulfillment.core.states import FulfillmentOrderState
from fulfillment.flows.advance_part import advance_parts
from fulfillment.flows.make_room import (
    ShortPart,
    ask_for_stock,
    make_room,
    send_back_part,
    still_wanted,
    take_out_units,
)
from fulfillment.flows.pick_demands import pick_demands
from fulfillment.orders.queries import OpenPart, OpenUnits
from fulfillment.store.actors import Actor
from fulfillment.warehouse.allocation import Take
from fulfillment.warehouse.claims import claim_bins
from fulfillment.warehouse.tasks import CancelledTask, add_tasks


@dataclass(frozen=True)
class Loss:
    """What a loss of stock did to orders: who lost units, and how many tasks went to other bins."""

    short: tuple[ShortPart, ...]
    replaced: int


def lose_stock(
    session: Session,
    *,
    warehouse_code: str,
    losses: Mapping[str, int],
    cancelled: Sequence[CancelledTask],
    book: Callable[[], object],
    actor: Actor,
    reason: str,
    now: datetime,
) -> Loss:
    """The loss is booked by `book`, and no order is promised units that are not there.

    `losses` are the sellable units that go, by SKU; `cancelled` the tasks that pointed at them, which the
    caller has cancelled. What was promised beyond what is left is backordered and named.
    """
    short = make_room(
        session, warehouse_code=warehouse_code, losses=losses, actor=actor, reason=reason, now=now
    )
    book()
    replaced, more = _replace_tasks(session, warehouse_code, cancelled, actor=actor, reason=reason, now=now)
    short.extend(more)
    # What is left of a fulfillment order may be in parcels already, and then nothing else would notice.
    advance_parts(session, part_ids={loser.fulfillment_order_id for loser in short}, actor=actor, now=now)
    ask_for_stock(session, losers=short)
    return Loss(tuple(short), replaced)


def _replace_tasks(
    session: Session,
    warehouse_code: str,
    cancelled: Sequence[CancelledTask],
    *,
    actor: Actor,
    reason: str,
    now: datetime,
) -> tuple[int, list[ShortPart]]:
    """What the cancelled tasks wanted is claimed in other bins, in the same waves."""
    wanted = still_wanted(session, cancelled=cancelled) if cancelled else []
    if not wanted:
        return 0, []
    allocation = claim_bins(
        session,
        warehouse_code=warehouse_code,
        demands=pick_demands(session, wanted=wanted, today=now.date()),
    )
    wave_of = {task.fulfillment_order_id: task.wave_id for task in cancelled}
    by_wave: dict[uuid.UUID, list[Take]] = {}
    for take in allocation.takes:
        by_wave.setdefault(wave_of[take.demand.fulfillment_order_id], []).append(take)
    for wave_id, takes in sorted(by_wave.items()):
        add_tasks(session, wave_id=wave_id, takes=takes, actor=actor)
    parts = {part.id: part for part, _, _ in wanted}
    losers = [
        _drop(session, parts[part_id], wanted, actor=actor, reason=reason, now=now)
        for part_id in sorted(allocation.missing)
    ]
    return len(allocation.takes), [loser for loser in losers if loser is not None]


def _drop(
    session: Session,
    part: OpenPart,
    wanted: Sequence[tuple[OpenPart, OpenUnits, int]],
    *,
    actor: Actor,
    reason: str,
    now: datetime,
) -> ShortPart | None:
    """The units without a bin leave their fulfillment order, which waits whole if nothing was picked."""
    if part.state is FulfillmentOrderState.RELEASED:
        return send_back_part(session, part=part, actor=actor, reason=reason, now=now)
    lines = [(units, rest) for owner, units, rest in wanted if owner.id == part.id]
    return take_out_units(
        session,
        part=part,
        units=[units for units, _ in lines],
        lost={units.line_id: rest for units, rest in lines},
        actor=actor,
        reason=reason,
        now=now,
    )
