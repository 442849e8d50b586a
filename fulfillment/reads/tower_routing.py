"""Plans as the control tower shows them: runs, moves, places, and the orders they name."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session

from fulfillment.core.job_kinds import ROUTE_ORDERS, TRY_ROUTE
from fulfillment.orders.kinds import RouteMoveOutcome, RoutePlanState
from fulfillment.orders.route_tables import RouteMove, RoutePlan
from fulfillment.orders.tables import Order
from fulfillment.store.columns import JSON_TYPE, table_of
from fulfillment.store.jobs import LIVE
from fulfillment.store.tables import Job
from fulfillment.warehouse.tables import Warehouse

ORDER = table_of(Order)
PLAN = table_of(RoutePlan)
MOVE = table_of(RouteMove)
JOB = table_of(Job)
WAREHOUSE = table_of(Warehouse)

ROWS_AT_ONCE = 1_000
MoveKey = tuple[bool, int, uuid.UUID]

WAITING_PART = sa.literal([{"warehouse": None}], JSON_TYPE)
MAKES_WAIT = sa.and_(MOVE.c.to_parts.contains(WAITING_PART), ~MOVE.c.from_parts.contains(WAITING_PART))
"""Whether a move takes a promise from units and lets them wait."""


@dataclass(frozen=True)
class MoveFilter:
    """Which moves of a plan: what became of them, a warehouse they leave or join, the start of a number."""

    outcome: RouteMoveOutcome | None = None
    warehouse: str = ""
    number: str = ""


def find_order_numbers(session: Session, *, order_ids: Sequence[str]) -> Mapping[str, str]:
    """The numbers people call these orders by, by their ids as a plan's report writes them."""
    query = sa.select(ORDER.c.id, ORDER.c.number).where(
        ORDER.c.id.in_([uuid.UUID(text) for text in order_ids])
    )
    return {str(row.id): row.number for row in session.connection().execute(query)}


def list_moves(
    session: Session,
    *,
    plan_id: uuid.UUID,
    wanted: MoveFilter,
    limit: int,
    after: MoveKey | None = None,
) -> Sequence[sa.Row[Any]]:
    """The plan's moves with their orders' numbers, what saves most first.

    What makes units wait comes last, because sending nothing is no saving. `after` is the last
    (whether it makes units wait, saved, id).
    """
    query = (
        sa.select(MOVE, ORDER.c.number, MAKES_WAIT.label("makes_wait"))
        .join(ORDER, ORDER.c.id == MOVE.c.order_id)
        .where(MOVE.c.plan_id == plan_id, *_conditions(wanted))
        .order_by(MAKES_WAIT, MOVE.c.saved_minor.desc(), MOVE.c.id)
        .limit(limit)
    )
    if after is not None:
        makes_wait, saved, last = after
        key = sa.tuple_(MAKES_WAIT, -MOVE.c.saved_minor, MOVE.c.id)
        query = query.where(key > sa.tuple_(sa.literal(makes_wait), sa.literal(-saved), sa.literal(last)))
    return session.connection().execute(query).all()


def every_move(session: Session, *, plan_id: uuid.UUID) -> Iterator[sa.Row[Any]]:
    """All moves of the plan, as `list_moves` gives them, a page of rows at a time."""
    after: MoveKey | None = None
    while True:
        rows = list_moves(session, plan_id=plan_id, wanted=MoveFilter(), limit=ROWS_AT_ONCE, after=after)
        yield from rows
        if len(rows) < ROWS_AT_ONCE:
            return
        after = (rows[-1].makes_wait, rows[-1].saved_minor, rows[-1].id)


def _conditions(wanted: MoveFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.outcome is not None:
        yield MOVE.c.outcome == wanted.outcome
    if wanted.warehouse:
        part = sa.literal([{"warehouse": wanted.warehouse}], JSON_TYPE)
        yield sa.or_(MOVE.c.from_parts.contains(part), MOVE.c.to_parts.contains(part))
    if wanted.number:
        yield ORDER.c.number.istartswith(wanted.number, autoescape=True)


def count_moves(session: Session, *, plan_id: uuid.UUID) -> dict[RouteMoveOutcome, int]:
    """How many moves of the plan came to what."""
    query = (
        sa.select(MOVE.c.outcome, sa.func.count()).where(MOVE.c.plan_id == plan_id).group_by(MOVE.c.outcome)
    )
    found = {RouteMoveOutcome(outcome): count for outcome, count in session.connection().execute(query)}
    return {outcome: found.get(outcome, 0) for outcome in RouteMoveOutcome}


def list_sites(session: Session) -> Sequence[sa.Row[Any]]:
    """All warehouses, closed ones too, by code."""
    return session.connection().execute(sa.select(WAREHOUSE).order_by(WAREHOUSE.c.code)).all()


def find_latest_applied(session: Session) -> sa.Row[Any] | None:
    """The plan that orders stand by now; None before the first."""
    query = (
        sa.select(PLAN)
        .where(PLAN.c.state == RoutePlanState.APPLIED, ~PLAN.c.is_trial)
        .order_by(PLAN.c.started_at.desc(), PLAN.c.id.desc())
        .limit(1)
    )
    return session.connection().execute(query).first()


def is_planner_called(session: Session) -> bool:
    """Whether a run waits for a worker or is under way."""
    has_job = sa.exists().where(
        JOB.c.kind == ROUTE_ORDERS, JOB.c.state.in_(LIVE), JOB.c.due_at <= sa.func.now()
    )
    is_running = sa.exists().where(PLAN.c.state == RoutePlanState.RUNNING)
    return bool(session.connection().execute(sa.select(sa.or_(has_job, is_running))).scalar_one())


def find_trial_job(session: Session, *, plan_id: uuid.UUID) -> sa.Row[Any] | None:
    """The job that was asked for this trial, which has no plan before it begins."""
    query = sa.select(JOB).where(JOB.c.kind == TRY_ROUTE, JOB.c.key == str(plan_id)).order_by(JOB.c.id.desc())
    return session.connection().execute(query.limit(1)).first()
