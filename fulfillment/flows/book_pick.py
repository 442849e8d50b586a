"""An accepted pick is booked: the task, the order line, the wave and the ledger move together."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError
from fulfillment.core.states import FULFILLMENT_ORDER, WAVE, FulfillmentOrderState, WaveState
from fulfillment.orders.tables import FulfillmentOrder
from fulfillment.store.actors import Actor
from fulfillment.store.history import move_states
from fulfillment.warehouse.ledger import post_movements
from fulfillment.warehouse.movements import Units, pick
from fulfillment.warehouse.picking import TaskAtHand, advance_task
from fulfillment.warehouse.places import places_of
from fulfillment.warehouse.scanning import Verdict
from fulfillment.warehouse.tables import Wave
from fulfillment.warehouse.tasks import finish_wave

# The line counts the units only while its fulfillment order is being picked, so that a cancellation at the
# same moment comes wholly before or wholly after.
_COUNT_PICKED = sa.text("""
    UPDATE fulfillment_order_line n SET qty_picked = n.qty_picked + :units
    FROM fulfillment_order f
    WHERE n.id = :line_id AND f.id = n.fulfillment_order_id AND f.state IN ('released', 'picking')
        AND n.qty_picked + :units <= n.qty
    RETURNING f.state
    """)


def book_pick(
    session: Session,
    *,
    task: TaskAtHand,
    scan_id: uuid.UUID,
    verdict: Verdict,
    actor: Actor,
    claim_s: int,
    now: datetime,
) -> bool:
    """The units of an accepted verdict leave their bin for the order; says whether the wave is done by it.

    The caller has locked the task. The hottest rows are changed last.

    Raises:
        ConflictError: the order left the floor at the same moment; nothing is booked.
    """
    state = advance_task(
        session,
        task_id=task.task_id,
        units=verdict.units,
        actor=actor,
        claim_s=claim_s,
        now=now,
    )
    assert state is not None, "the task is locked and the verdict counted its units"
    values = {"line_id": task.line_id, "units": verdict.units}
    part_state = session.connection().execute(_COUNT_PICKED, values).scalar_one_or_none()
    if part_state is None:
        raise ConflictError(
            f"The order of {task.sku} in {task.bin_code} left the floor; put the unit back.",
            task_id=str(task.task_id),
        )
    if part_state == FulfillmentOrderState.RELEASED:
        _begin_picking(session, task, actor)
    if task.wave_state == WaveState.RELEASED:
        _begin_wave(session, task, actor)
    is_done = state == "done" and finish_wave(session, wave_id=task.wave_id, actor=actor, now=now)
    movement = pick(
        Units(task.sku, verdict.units, task.lot, verdict.serials),
        scan_id=scan_id,
        pick_task_id=task.task_id,
        bin_id=task.location_id,
        picked=places_of(task.warehouse_code).picked,
    )
    post_movements(session, movements=[movement], actor=actor, now=now)
    return is_done


def _begin_picking(session: Session, task: TaskAtHand, actor: Actor) -> None:
    # Nothing moves when two pickers make the first two picks at once: the other one has moved it.
    move_states(
        session,
        table=FulfillmentOrder,
        object_ids=[task.fulfillment_order_id],
        edges=FULFILLMENT_ORDER,
        to=FulfillmentOrderState.PICKING,
        actor=actor,
        reason="first pick",
        expected=FulfillmentOrderState.RELEASED,
    )


def _begin_wave(session: Session, task: TaskAtHand, actor: Actor) -> None:
    move_states(
        session,
        table=Wave,
        object_ids=[task.wave_id],
        edges=WAVE,
        to=WaveState.PICKING,
        actor=actor,
        reason="first pick",
        expected=WaveState.RELEASED,
    )
