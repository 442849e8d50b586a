"""A picker found too few units: the rest comes from another bin, or is promised elsewhere."""

import uuid
from functools import partial

from sqlmodel import Session

from fulfillment.core.errors import ConflictError, NotFoundError
from fulfillment.core.states import PICK_TASK, PickTaskState
from fulfillment.flows.lose_stock import Loss, lose_stock
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.history import move_state
from fulfillment.warehouse.claims import release_claims
from fulfillment.warehouse.counting import lock_stand, open_count
from fulfillment.warehouse.ledger import post_movements
from fulfillment.warehouse.movements import Units, transfer
from fulfillment.warehouse.picking import TaskAtHand, find_task
from fulfillment.warehouse.places import places_of
from fulfillment.warehouse.tables import PickTask
from fulfillment.warehouse.tasks import CancelledTask, cancel_tasks, finish_wave


def short_pick(
    session: Session, *, wave_id: uuid.UUID, task_id: uuid.UUID, actor: Actor, is_bin_empty: bool = True
) -> Loss:
    """The task ends with what was picked, and nobody is promised what its bin does not hold.

    The units that were not found stand as missing until the bin is counted. Who finds too few has as a rule
    emptied the bin, so these are all units the ledger has there, and the other tasks that want them move to
    other bins too. With `is_bin_empty=False` only the rest of this task is missing, as with damaged units.

    Raises:
        NotFoundError: the wave has no such task.
        ConflictError: the task is not open, or another picker is at it.
    """
    task = find_task(session, wave_id=wave_id, actor=actor, task_id=task_id)
    if task is None:
        raise NotFoundError(f"The wave has no pick task {task_id}.")
    if task.state != PickTaskState.OPEN or task.is_taken:
        what = "another picker's now" if task.is_taken else f"{task.state} already"
        raise ConflictError(
            f"The task for {task.sku} in {task.bin_code} is {what}; nothing was reported short."
        )
    return report_short(session, task=task, actor=actor, is_bin_empty=is_bin_empty)


def report_short(session: Session, *, task: TaskAtHand, actor: Actor, is_bin_empty: bool) -> Loss:
    """`short_pick` for a task that is open, locked and the picker's own."""
    now = read_now(session)
    rest = task.qty - task.qty_picked
    reason = f"short pick in {task.bin_code}"
    move_state(
        session,
        table=PickTask,
        object_id=task.task_id,
        edges=PICK_TASK,
        to=PickTaskState.SHORT,
        actor=actor,
        reason=reason,
    )
    release_claims(session, claims={(task.location_id, task.sku, task.lot): rest})
    cancelled = [_cancelled(task, rest)]
    if is_bin_empty:
        cancelled += cancel_tasks(
            session,
            lot=(task.sku, task.lot),
            location_id=task.location_id,
            actor=actor,
            reason=reason,
            now=now,
        )
    stand = lock_stand(session, location_id=task.location_id, sku=task.sku, lot=task.lot)
    missing = stand.qty if is_bin_empty else rest
    movement = transfer(
        Units(task.sku, missing, task.lot),
        transfer_id=f"missing:{task.task_id}",
        subject=("pick_task", str(task.task_id)),
        origin=task.location_id,
        target=places_of(task.warehouse_code).missing,
    )
    loss = lose_stock(
        session,
        warehouse_code=task.warehouse_code,
        losses={task.sku: missing} if stand.is_sellable else {},
        cancelled=cancelled,
        book=partial(post_movements, session, movements=[movement], actor=actor, now=now),
        actor=actor,
        reason=reason,
        now=now,
    )
    open_count(
        session, location_id=task.location_id, sku=task.sku, lot=task.lot, reason="short pick", actor=actor
    )
    finish_wave(session, wave_id=task.wave_id, actor=actor, now=now)
    record(
        session,
        actor=actor,
        deed="pick_task.short",
        object_kind="pick_task",
        object_id=task.task_id,
        detail={"sku": task.sku, "lot": task.lot, "bin": task.bin_code, "missing": missing, "rest": rest},
    )
    return loss


def _cancelled(task: TaskAtHand, rest: int) -> CancelledTask:
    return CancelledTask(
        task_id=task.task_id,
        warehouse_code=task.warehouse_code,
        wave_id=task.wave_id,
        fulfillment_order_id=task.fulfillment_order_id,
        line_id=task.line_id,
        location_id=task.location_id,
        sku=task.sku,
        lot=task.lot,
        qty=rest,
    )
