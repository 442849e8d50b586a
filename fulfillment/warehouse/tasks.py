"""Pick tasks and their wave: written, added to, cancelled, finished."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.ids import new_id
from fulfillment.core.states import PICK_TASK, WAVE, PickTaskState, WaveState
from fulfillment.store.actors import Actor
from fulfillment.store.columns import table_of
from fulfillment.store.history import begin_history, move_state, move_states
from fulfillment.store.numbers import next_number
from fulfillment.warehouse.allocation import Take
from fulfillment.warehouse.claims import claimed_places, release_claims
from fulfillment.warehouse.pick_path import order_stops
from fulfillment.warehouse.tables import PickTask, Wave

WAVE_TABLE = table_of(Wave)
TASK = table_of(PickTask)


@dataclass(frozen=True)
class OpenedWave:
    """A wave as it was released."""

    wave_id: uuid.UUID
    number: str
    tasks: int


@dataclass(frozen=True)
class CancelledTask:
    """A pick task that will not be finished, with the units it still wanted."""

    task_id: uuid.UUID
    warehouse_code: str
    wave_id: uuid.UUID
    fulfillment_order_id: uuid.UUID
    line_id: uuid.UUID
    location_id: uuid.UUID
    sku: str
    lot: str
    qty: int


@dataclass(frozen=True)
class _Visit:
    """A take as the walk sees it."""

    take: Take

    @property
    def zone(self) -> str:
        return self.take.stock.zone

    @property
    def aisle(self) -> str:
        return self.take.stock.aisle

    @property
    def walk_rank(self) -> int:
        return self.take.stock.walk_rank

    @property
    def bin_code(self) -> str:
        return self.take.stock.bin_code


def open_wave(
    session: Session, *, warehouse_code: str, takes: Sequence[Take], actor: Actor, now: datetime
) -> OpenedWave:
    """The wave is on the floor, its tasks in walking order; the caller has claimed the bins."""
    wave_id, number = new_id(), next_number(session, "W")
    session.connection().execute(
        sa.insert(WAVE_TABLE).values(
            id=wave_id,
            number=number,
            warehouse_code=warehouse_code,
            state=WaveState.RELEASED,
            released_at=now,
            released_by=actor.name,
        )
    )
    begin_history(
        session, table=WAVE_TABLE, object_ids=[wave_id], state=WaveState.RELEASED, actor=actor, reason=""
    )
    write_tasks(session, wave_id=wave_id, takes=takes, first_sequence=1, actor=actor)
    return OpenedWave(wave_id, number, len(takes))


def write_tasks(
    session: Session, *, wave_id: uuid.UUID, takes: Sequence[Take], first_sequence: int, actor: Actor
) -> None:
    """A task stands in the wave for each take, in walking order from this number on."""
    rows: list[dict[str, Any]] = [
        {
            "id": new_id(),
            "wave_id": wave_id,
            "sequence": sequence,
            "fulfillment_order_id": visit.take.demand.fulfillment_order_id,
            "fulfillment_order_line_id": visit.take.demand.line_id,
            "location_id": visit.take.stock.location_id,
            "sku": visit.take.stock.sku,
            "lot": visit.take.stock.lot,
            "qty": visit.take.qty,
            "qty_picked": 0,
            "state": PickTaskState.OPEN,
            "is_located": False,
        }
        for sequence, visit in enumerate(order_stops([_Visit(take) for take in takes]), start=first_sequence)
    ]
    if rows:
        session.connection().execute(sa.insert(TASK), rows)
        begin_history(
            session,
            table=TASK,
            object_ids=[row["id"] for row in rows],
            state=PickTaskState.OPEN,
            actor=actor,
            reason="",
        )


def add_tasks(session: Session, *, wave_id: uuid.UUID, takes: Sequence[Take], actor: Actor) -> None:
    """Tasks are added at the end of a wave that is on the floor, and it is open again if it was done."""
    lock_wave(session, wave_id=wave_id)
    last = session.connection().execute(
        sa.select(sa.func.coalesce(sa.func.max(TASK.c.sequence), 0)).where(TASK.c.wave_id == wave_id)
    )
    write_tasks(session, wave_id=wave_id, takes=takes, first_sequence=last.scalar_one() + 1, actor=actor)
    reopen_wave(session, wave_id=wave_id, actor=actor, reason="tasks were added")


def cancel_tasks(
    session: Session,
    *,
    actor: Actor,
    reason: str,
    now: datetime,
    fulfillment_order_ids: Collection[uuid.UUID] | None = None,
    line_ids: Collection[uuid.UUID] | None = None,
    lot: tuple[str, str] | None = None,
    location_id: uuid.UUID | None = None,
) -> list[CancelledTask]:
    """The open tasks that match all of these are cancelled, their bins free; returns what they wanted.

    Picked units stay picked. `lot` is (SKU, lot). Waves without an open task left are done.
    """
    wanted = [TASK.c.state == PickTaskState.OPEN]
    if fulfillment_order_ids is not None:
        wanted.append(TASK.c.fulfillment_order_id.in_(list(fulfillment_order_ids)))
    if line_ids is not None:
        wanted.append(TASK.c.fulfillment_order_line_id.in_(list(line_ids)))
    if lot is not None:
        wanted.append(sa.and_(TASK.c.sku == lot[0], TASK.c.lot == lot[1]))
    if location_id is not None:
        wanted.append(TASK.c.location_id == location_id)
    return _cancel(session, wanted, actor=actor, reason=reason, now=now)


def _cancel(
    session: Session, wanted: Sequence[sa.ColumnElement[bool]], *, actor: Actor, reason: str, now: datetime
) -> list[CancelledTask]:
    found = (
        session.connection()
        .execute(
            sa.select(
                TASK.c.id,
                WAVE_TABLE.c.warehouse_code,
                TASK.c.wave_id,
                TASK.c.fulfillment_order_id,
                TASK.c.fulfillment_order_line_id,
                TASK.c.location_id,
                TASK.c.sku,
                TASK.c.lot,
                (TASK.c.qty - TASK.c.qty_picked).label("rest"),
            )
            .join(WAVE_TABLE, WAVE_TABLE.c.id == TASK.c.wave_id)
            .where(*wanted)
            .order_by(TASK.c.id)
            .with_for_update(of=TASK, key_share=True)
        )
        .all()
    )
    if not found:
        return []
    move_states(
        session,
        table=TASK,
        object_ids=[row.id for row in found],
        edges=PICK_TASK,
        to=PickTaskState.CANCELLED,
        actor=actor,
        reason=reason,
    )
    cancelled = [CancelledTask(*row) for row in found]
    claims = claimed_places([(task.location_id, task.sku, task.lot, task.qty) for task in cancelled])
    release_claims(session, claims=claims)
    for wave_id in sorted({task.wave_id for task in cancelled}):
        finish_wave(session, wave_id=wave_id, actor=actor, now=now)
    return cancelled


def lock_wave(session: Session, *, wave_id: uuid.UUID) -> str:
    """The wave's state, which nobody changes until the transaction ends."""
    query = sa.select(sa.cast(WAVE_TABLE.c.state, sa.Text)).where(WAVE_TABLE.c.id == wave_id)
    state: str = session.connection().execute(query.with_for_update(key_share=True)).scalar_one()
    return state


def finish_wave(session: Session, *, wave_id: uuid.UUID, actor: Actor, now: datetime) -> bool:
    """Whether the wave is done now, because none of its tasks is open.

    The wave is locked before its tasks are looked at: of two pickers who finish the last two tasks at the
    same moment, the second then sees the first one's.
    """
    state = lock_wave(session, wave_id=wave_id)
    if state not in {WaveState.RELEASED, WaveState.PICKING}:
        return state == WaveState.DONE
    open_task = sa.select(TASK.c.id).where(TASK.c.wave_id == wave_id, TASK.c.state == PickTaskState.OPEN)
    if session.connection().execute(open_task.limit(1)).one_or_none() is not None:
        return False
    _move_wave(session, wave_id, WaveState.DONE, actor=actor, reason="no task is open", closed_at=now)
    return True


def reopen_wave(session: Session, *, wave_id: uuid.UUID, actor: Actor, reason: str) -> None:
    """A wave that was done is on the floor again; the caller has locked it and opened a task."""
    if lock_wave(session, wave_id=wave_id) == WaveState.DONE:
        _move_wave(session, wave_id, WaveState.PICKING, actor=actor, reason=reason, closed_at=None)


def _move_wave(
    session: Session,
    wave_id: uuid.UUID,
    to: WaveState,
    *,
    actor: Actor,
    reason: str,
    closed_at: datetime | None,
) -> None:
    move_state(
        session,
        table=WAVE_TABLE,
        object_id=wave_id,
        edges=WAVE,
        to=to,
        actor=actor,
        reason=reason,
        values={"closed_at": closed_at},
    )
