"""The history of plans: when each ran, what it moved and why, and what leaving things alone would cost.

A plan shows that it lives by a beat about once a second, in the database's own time; the business clock may
be moved while a plan runs. What has been silent for long is dead, and the next run says so.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, NotFoundError
from fulfillment.core.ids import new_id
from fulfillment.orders.kinds import RouteMoveOutcome, RoutePlanState
from fulfillment.orders.route_tables import RouteBlock, RouteMove, RoutePlan, RowPrice
from fulfillment.store.columns import table_of

PLAN = table_of(RoutePlan)
MOVE = table_of(RouteMove)
PRICE = table_of(RowPrice)
BLOCK = table_of(RouteBlock)

SILENCE: Final = timedelta(seconds=60)
"""A plan that has not shown a sign of life for so long was left by its worker."""

SILENT: Final = (
    "The worker that made this plan died or lost its connection. What it had applied stands, and every other "
    "order kept its promise."
)
APPLYING: Final = "applying"
"""The stage from which a plan can no longer be stopped."""

PRICES_LOCK: Final = 5_113_002_029
"""The advisory lock of the one plan that replaces the prices."""

ROWS_AT_ONCE: Final = 2_000
CLOCK: Final = sa.func.clock_timestamp()


@dataclass(frozen=True)
class NewMove:
    """One order's move as the history keeps it; parts are as `RouteMove` says."""

    order_id: uuid.UUID
    outcome: RouteMoveOutcome
    from_parts: Sequence[Mapping[str, Any]]
    to_parts: Sequence[Mapping[str, Any]]
    saved_minor: int
    reason: str
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class NewPrice:
    """What one more unit of a scarce row is worth; an empty SKU stands for the warehouse's parcels."""

    warehouse_code: str
    sku: str
    shelf_class: int
    price_minor: int
    used: int
    available: int


def begin_plan(
    session: Session,
    *,
    plan_id: uuid.UUID,
    trigger: str,
    orders: int,
    now: datetime,
    is_trial: bool = False,
    changes: Sequence[Mapping[str, Any]] = (),
) -> None:
    """The plan stands in the history as running."""
    session.connection().execute(
        sa.insert(PLAN).values(
            id=plan_id,
            state=RoutePlanState.RUNNING,
            trigger=trigger,
            orders=orders,
            started_at=now,
            is_trial=is_trial,
            changes=[dict(change) for change in changes],
            beat_at=CLOCK,
        )
    )


def note_progress(session: Session, *, plan_id: uuid.UUID, progress: Mapping[str, Any]) -> bool:
    """The plan has shown that it lives; returns whether it should go on.

    It should not where somebody asked it to stop, or where it was given up as dead.
    """
    statement = (
        sa.update(PLAN)
        .where(PLAN.c.id == plan_id, PLAN.c.state == RoutePlanState.RUNNING)
        .values(progress=dict(progress), beat_at=CLOCK)
        .returning(PLAN.c.stop_asked_at)
    )
    row = session.connection().execute(statement).one_or_none()
    return row is not None and row.stop_asked_at is None


def begin_applying(session: Session, *, plan_id: uuid.UUID, progress: Mapping[str, Any]) -> bool:
    """The plan is carried out from now on and cannot be stopped; false where it was stopped before."""
    statement = (
        sa.update(PLAN)
        .where(PLAN.c.id == plan_id, PLAN.c.state == RoutePlanState.RUNNING, PLAN.c.stop_asked_at.is_(None))
        .values(progress={**progress, "stage": APPLYING}, beat_at=CLOCK)
    )
    return session.connection().execute(statement).rowcount == 1


def ask_stop(session: Session, *, plan_id: uuid.UUID, now: datetime) -> bool:
    """The plan stops within a second or two and moves nothing; false where that had been asked before.

    Raises:
        NotFoundError: there is no such plan.
        ConflictError: it has ended, or its moves are being carried out.
    """
    row = session.connection().execute(sa.select(PLAN).where(PLAN.c.id == plan_id).with_for_update()).first()
    if row is None:
        raise NotFoundError(f"There is no plan {plan_id}.")
    if row.state is not RoutePlanState.RUNNING:
        raise ConflictError(f"Plan {plan_id} is {row.state.value}; only a running plan can be stopped.")
    if row.progress.get("stage") == APPLYING:
        raise ConflictError(f"Plan {plan_id} is being applied already; it can no longer be stopped.")
    if row.stop_asked_at is not None:
        return False
    session.connection().execute(sa.update(PLAN).where(PLAN.c.id == plan_id).values(stop_asked_at=now))
    return True


def end_plan(
    session: Session,
    *,
    plan_id: uuid.UUID,
    state: RoutePlanState,
    now: datetime,
    figures: Mapping[str, int],
    report: Mapping[str, Any],
) -> None:
    """The plan has ended; `figures` are columns of `route_plan`, the report is what a person may ask for."""
    session.connection().execute(
        sa.update(PLAN)
        .where(PLAN.c.id == plan_id)
        .values(state=state, finished_at=now, report=dict(report), beat_at=CLOCK, **figures)
    )
    session.connection().execute(sa.delete(BLOCK).where(BLOCK.c.plan_id == plan_id))


def fail_silent_plans(session: Session, *, now: datetime) -> list[uuid.UUID]:
    """Plans whose worker is gone have failed, and say so; returns their ids."""
    statement = (
        sa.update(PLAN)
        .where(
            PLAN.c.state == RoutePlanState.RUNNING,
            sa.func.coalesce(PLAN.c.beat_at < CLOCK - SILENCE, sa.true()),
        )
        .values(state=RoutePlanState.FAILED, finished_at=now, report={"note": SILENT})
        .returning(PLAN.c.id)
    )
    found = list(session.connection().execute(statement).scalars())
    session.connection().execute(sa.delete(BLOCK).where(BLOCK.c.plan_id.in_(found)))
    return found


def is_plan_alive(session: Session) -> bool:
    """Whether a run that will be applied is under way."""
    statement = sa.select(
        sa.exists().where(
            PLAN.c.state == RoutePlanState.RUNNING, ~PLAN.c.is_trial, PLAN.c.beat_at >= CLOCK - SILENCE
        )
    )
    return bool(session.connection().execute(statement).scalar_one())


def write_moves(session: Session, *, plan_id: uuid.UUID, moves: Sequence[NewMove]) -> None:
    """Every move stands in the history with its reason and what became of it."""
    for start in range(0, len(moves), ROWS_AT_ONCE):
        rows = [
            {"id": new_id(), "plan_id": plan_id, **asdict(move)}
            for move in moves[start : start + ROWS_AT_ONCE]
        ]
        session.connection().execute(sa.insert(MOVE), rows)


def replace_prices(session: Session, *, plan_id: uuid.UUID, prices: Sequence[NewPrice]) -> bool:
    """Single orders pay these prices from now on; false where a plan begun later has set them already."""
    connection = session.connection()
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(PRICES_LOCK)))
    own = sa.select(PLAN.c.started_at).where(PLAN.c.id == plan_id).scalar_subquery()
    later = sa.exists().where(PLAN.c.state == RoutePlanState.APPLIED, PLAN.c.started_at > own)
    if connection.execute(sa.select(later)).scalar_one():
        return False
    connection.execute(sa.delete(PRICE))
    for start in range(0, len(prices), ROWS_AT_ONCE):
        rows = [{"plan_id": plan_id, **asdict(price)} for price in prices[start : start + ROWS_AT_ONCE]]
        connection.execute(sa.insert(PRICE), rows)
    return True


def last_fingerprint(session: Session) -> str | None:
    """What the last plan that was applied in full had before it; None where something was skipped."""
    statement = (
        sa.select(PLAN.c.report["fingerprint"].astext)
        .where(PLAN.c.state == RoutePlanState.APPLIED)
        .order_by(PLAN.c.started_at.desc(), PLAN.c.id.desc())
        .limit(1)
    )
    found: str | None = session.connection().execute(statement).scalar_one_or_none()
    return found


def forget_old_plans(session: Session, *, before: datetime) -> int:
    """The moves and blocks of plans that ended before are gone; returns how many moves. The plans stay."""
    old = sa.select(PLAN.c.id).where(PLAN.c.finished_at < before)
    session.connection().execute(sa.delete(BLOCK).where(BLOCK.c.plan_id.in_(old)))
    return session.connection().execute(sa.delete(MOVE).where(MOVE.c.plan_id.in_(old))).rowcount
