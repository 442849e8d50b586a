"""One chunk of an autoship run's plan is carried out: due orders promised together, each of them whole."""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.states import AutoshipRunState
from fulfillment.flows.plan_autoship import PlannedDue, Units
from fulfillment.orders import autoship_chunks as chunks
from fulfillment.orders.autoship_kept import use_kept
from fulfillment.orders.autoship_runs import RUN, lock_dues, set_outcomes
from fulfillment.orders.kinds import DueOutcome
from fulfillment.orders.promises import NewPart, PartUnits, write_parts_of_many
from fulfillment.orders.tables import Order
from fulfillment.reads.dated_stock import read_dated_stock
from fulfillment.store.actors import Actor
from fulfillment.store.clock import read_now
from fulfillment.store.columns import table_of
from fulfillment.store.crash import crash_point
from fulfillment.warehouse.reservations import change_reserved, keep_back, lock_availability
from fulfillment.warehouse.shelf_life import class_needed

ORDER = table_of(Order)

TAKEN: Final = "taken"
"""Somebody else took the stock between the plan and the promise."""


class RunGoneError(Exception):
    """The run is not being planned any more; whoever works on it stops."""


def promise_chunk(
    session: Session, *, run_id: uuid.UUID, plan_no: int, round_no: int, number: int, actor: Actor
) -> None:
    """The chunk's orders are promised, in their turn, as far as their stock is still there.

    A chunk that is done is left alone.

    Raises:
        RunGoneError: somebody cancelled the run.
    """
    # Shared, so that two workers go on beside each other, and whoever cancels the run waits for one chunk.
    state = session.connection().execute(
        sa.select(RUN.c.state).where(RUN.c.id == run_id).with_for_update(read=True)
    )
    if state.scalar_one() is not AutoshipRunState.PLANNING:
        raise RunGoneError
    kept = chunks.take_chunk(session, run_id=run_id, plan_no=plan_no, round_no=round_no, number=number)
    if kept is None:
        return
    dues = [PlannedDue.of(values) for values in kept]
    still = set(lock_dues(session, order_ids=[due.order_id for due in dues], outcomes=[DueOutcome.WAITING]))
    now = read_now(session)
    fitting, taken = _reserve(session, [due for due in dues if due.order_id in still], now.date())
    used = use_kept(session, run_id=run_id, units=taken)
    keep_back(session, deltas={key: -qty for key, qty in used.items()})
    write_parts_of_many(
        session,
        parts=[(due.order_id, part) for due in fitting for part in _new_parts(due)],
        actor=actor,
        reason="promised by an autoship run",
        now=now,
    )
    promised = {due.order_id for due in fitting}
    set_outcomes(session, order_ids=promised, outcome=DueOutcome.PROMISED)
    chunks.explain_dues(session, reasons=dict.fromkeys(still - promised, (TAKEN, ())))
    chunks.end_chunk(
        session,
        run_id=run_id,
        plan_no=plan_no,
        round_no=round_no,
        number=number,
        promised=len(promised),
        skipped=len(still) - len(promised),
        now=now,
    )
    crash_point("autoship_chunk_written")


def _reserve(session: Session, dues: Sequence[PlannedDue], today: date) -> tuple[list[PlannedDue], Units]:
    """Those whose units are there and keep long enough, reserved; each judged on what those before left."""
    wants = [(due, _units_of(due)) for due in dues]
    levels = _classes_needed(session, dues)
    rows = lock_availability(session, keys={key for _, units in wants for key in units})
    free = {key: row.free_for_autoship for key, row in rows.items()}
    long_dated = {key for due, units in wants if levels[due.order_id] for key in units}
    dated = read_dated_stock(
        session, skus={sku for _, sku in long_dated}, today=today, warehouses={code for code, _ in long_dated}
    )
    fitting: list[PlannedDue] = []
    taken: Units = {}
    for due, units in wants:
        level = levels[due.order_id]
        if any(free.get(key, 0) < qty for key, qty in units.items()):
            continue
        if any(dated.free(key, each) < qty for key, qty in units.items() for each in range(1, level + 1)):
            continue
        fitting.append(due)
        for key, qty in units.items():
            free[key] -= qty
            dated.promise(key, level, qty)
            taken[key] = taken.get(key, 0) + qty
    change_reserved(session, deltas=taken, may_take_kept_back=True)
    return fitting, taken


def _classes_needed(session: Session, dues: Sequence[PlannedDue]) -> dict[uuid.UUID, int]:
    """The shelf-life class that each order needs, by its id."""
    query = sa.select(ORDER.c.id, ORDER.c.shelf_days).where(ORDER.c.id.in_([due.order_id for due in dues]))
    return {row.id: class_needed(row.shelf_days) for row in session.connection().execute(query)}


def _units_of(due: PlannedDue) -> Units:
    units: Units = {}
    for part in due.parts:
        for _, sku, qty in part.units:
            units[part.warehouse_code, sku] = units.get((part.warehouse_code, sku), 0) + qty
    return units


def _new_parts(due: PlannedDue) -> list[NewPart]:
    return [
        NewPart(
            part.warehouse_code,
            tuple(PartUnits(uuid.UUID(line), sku, qty) for line, sku, qty in part.units),
            cost_minor=part.cost_minor,
            reasons={"rule": "autoship"},
        )
        for part in due.parts
    ]
