"""Promises of an autoship run are given back: not charged in time, declined, or the run cancelled."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core import job_kinds
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import (
    FULFILLMENT_ORDER,
    ORDER,
    AutoshipRunState,
    FulfillmentOrderState,
    OrderState,
)
from fulfillment.flows.keep_back_stock import release_kept_back
from fulfillment.orders.autoship_charging import cancel_lines
from fulfillment.orders.autoship_chunks import forget_chunks
from fulfillment.orders.autoship_runs import (
    BEFORE_CHARGE,
    DUE,
    RUN,
    count_outcomes,
    get_run,
    lock_dues,
    move_run,
    require_state,
    set_outcomes,
)
from fulfillment.orders.kinds import DueOutcome
from fulfillment.orders.queries import PART, list_parts
from fulfillment.orders.tables import FulfillmentOrder, Order
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.crash import crash_point
from fulfillment.store.history import move_states
from fulfillment.store.jobs import enqueue
from fulfillment.store.session import InTransaction
from fulfillment.warehouse.reservations import change_reserved

S = AutoshipRunState
ORDERS_A_CHUNK: Final = 100
OPEN: Final = (DueOutcome.WAITING, DueOutcome.PROMISED)
UNCHARGED: Final = (DueOutcome.SHORT, DueOutcome.GIVEN_BACK)
NOT_CHARGED: Final = "not charged in time"


@dataclass(frozen=True)
class Settled:
    """What a look at all runs came to."""

    given_back: int
    cancelled: int
    lapsed: int
    closed: int


def cancel_run(session: Session, *, run_id: uuid.UUID, note: str, actor: Actor) -> None:
    """The run is cancelled: no more is promised, and a job gives back what was; its keys are free again.

    Raises:
        NotFoundError: there is no such run.
        ConflictError: its orders are being charged, or it has ended.
    """
    run = get_run(session, run_id=run_id, lock=True)
    require_state(run, *BEFORE_CHARGE, deed="cancelling")
    move_run(
        session,
        run_id=run_id,
        to=S.CANCELLED,
        actor=actor,
        reason=note,
        values={"note": note, "progress": {}},
    )
    forget_chunks(session, run_id=run_id)
    enqueue(session, kind=job_kinds.SETTLE_AUTOSHIPS, payload={}, key="asked")
    record(
        session,
        actor=actor,
        deed="autoship.cancelled",
        object_kind="autoship_run",
        object_id=run_id,
        detail={"number": run.number, "note": note},
    )
    release_kept_back(session, run_id=run_id)


def give_back(session: Session, *, order_ids: Collection[uuid.UUID], actor: Actor, reason: str) -> None:
    """The orders' parts are cancelled and what they reserved is free; the caller locked the due orders."""
    query = sa.select(PART.c.id).where(
        PART.c.order_id.in_(list(order_ids)), PART.c.state != FulfillmentOrderState.CANCELLED
    )
    ids = session.connection().execute(query).scalars().all()
    parts = list_parts(session, part_ids=ids, lock=True) if ids else []
    held: dict[tuple[str, str], int] = {}
    for part in parts:
        if part.state is FulfillmentOrderState.PROMISED and part.warehouse_code is not None:
            for units in part.units:
                key = (part.warehouse_code, units.sku)
                held[key] = held.get(key, 0) - units.qty
    moved = move_states(
        session,
        table=FulfillmentOrder,
        object_ids=[part.id for part in parts],
        edges=FULFILLMENT_ORDER,
        to=FulfillmentOrderState.CANCELLED,
        actor=actor,
        reason=reason,
    )
    assert len(moved) == len(parts), "an order that is not accepted has no part in work"
    change_reserved(session, deltas=held)


def cancel_due_orders(
    session: Session,
    *,
    order_ids: Collection[uuid.UUID],
    outcome: DueOutcome,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    """The due orders are cancelled with all their lines, and promise nothing; nobody paid for them."""
    if not order_ids:
        return
    set_outcomes(session, order_ids=order_ids, outcome=outcome, reason=reason, settled_at=now)
    cancel_lines(session, order_ids=order_ids)
    move_states(
        session,
        table=Order,
        object_ids=sorted(order_ids),
        edges=ORDER,
        to=OrderState.CANCELLED,
        actor=actor,
        reason=reason or outcome.value,
        expected=OrderState.RECEIVED,
    )
    give_back(session, order_ids=order_ids, actor=actor, reason=reason or outcome.value)


def settle_runs(in_transaction: InTransaction, *, actor: Actor, policy: CompanyPolicy) -> Settled:
    """What no money came for is given back, what a cancelled run promised too, and ended runs are closed.

    Each chunk is a transaction of its own; repeating goes on where it stopped.
    """
    given_back = cancelled = lapsed = closed = 0
    for run in in_transaction(_list_unsettled):
        if run.state is S.CANCELLED:
            cancelled += _chunk_by_chunk(
                in_transaction,
                run,
                (*OPEN, *UNCHARGED),
                partial(_end, outcome=DueOutcome.CANCELLED, reason=run.note, actor=actor),
            )
            continue
        now = in_transaction(read_now)
        if run.charge_by is not None and run.charge_by <= now:
            given_back += _chunk_by_chunk(
                in_transaction, run, (DueOutcome.PROMISED,), partial(_give_back, actor=actor)
            )
            if run.charge_by + timedelta(days=policy.autoship_late_days) <= now:
                lapsed += _chunk_by_chunk(
                    in_transaction,
                    run,
                    UNCHARGED,
                    partial(_end, outcome=DueOutcome.LAPSED, reason=NOT_CHARGED, actor=actor),
                )
        closed += in_transaction(partial(_close, run_id=run.id, actor=actor))
    return Settled(given_back, cancelled, lapsed, closed)


def _list_unsettled(session: Session) -> Sequence[sa.Row[Any]]:
    """Runs that may have something to give back or to close."""
    unsettled = sa.exists().where(DUE.c.run_id == RUN.c.id, DUE.c.outcome.in_([*OPEN, *UNCHARGED]))
    query = (
        sa.select(RUN)
        .where(
            sa.or_(
                RUN.c.state.in_([S.PROMISED, S.CHARGING]),
                sa.and_(RUN.c.state.in_([S.CANCELLED, S.CLOSED]), unsettled),
            )
        )
        .order_by(RUN.c.id)
    )
    return session.connection().execute(query).all()


Deed = partial[None]


def _chunk_by_chunk(
    in_transaction: InTransaction, run: sa.Row[Any], outcomes: Collection[DueOutcome], deed: Deed
) -> int:
    """The deed is done to every due order of the run that has one of these outcomes; returns how many."""

    def work(session: Session) -> int:
        query = sa.select(DUE.c.order_id).where(DUE.c.run_id == run.id, DUE.c.outcome.in_(list(outcomes)))
        found = session.connection().execute(query.order_by(DUE.c.order_id).limit(ORDERS_A_CHUNK))
        ids = lock_dues(session, order_ids=found.scalars().all(), outcomes=outcomes)
        if ids:
            deed(session, ids)
        return len(ids)

    done = 0
    while count := in_transaction(work):
        crash_point("autoship_chunk_given_back")
        done += count
    return done


def _end(
    session: Session, ids: Collection[uuid.UUID], *, outcome: DueOutcome, reason: str, actor: Actor
) -> None:
    cancel_due_orders(
        session, order_ids=ids, outcome=outcome, reason=reason, actor=actor, now=read_now(session)
    )


def _give_back(session: Session, ids: Collection[uuid.UUID], *, actor: Actor) -> None:
    set_outcomes(
        session,
        order_ids=ids,
        outcome=DueOutcome.GIVEN_BACK,
        reason=NOT_CHARGED,
        settled_at=read_now(session),
    )
    give_back(session, order_ids=ids, actor=actor, reason=NOT_CHARGED)


def _close(session: Session, *, run_id: uuid.UUID, actor: Actor) -> bool:
    """The run is closed if nothing of it waits for money any more."""
    run = get_run(session, run_id=run_id, lock=True)
    if run.state not in (S.PROMISED, S.CHARGING):
        return False
    counts = count_outcomes(session, run_ids=[run_id])[run_id]
    is_late = run.charge_by is not None and run.charge_by <= read_now(session)
    waits = [*OPEN] if is_late else [*OPEN, DueOutcome.SHORT]
    if any(counts.get(outcome) for outcome in waits):
        return False
    move_run(
        session,
        run_id=run_id,
        to=S.CLOSED,
        actor=actor,
        reason="nothing waits for its charge any more",
        values={"closed_at": read_now(session)},
    )
    return True
