"""The history of plans: when each ran, what it moved, and what it would have cost to leave things alone."""

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.orders.kinds import RoutePlanState
from fulfillment.orders.tables import RoutePlan
from fulfillment.store.columns import table_of

PLAN = table_of(RoutePlan)


def begin_plan(session: Session, *, plan_id: uuid.UUID, trigger: str, orders: int, now: datetime) -> None:
    """The plan stands in the history as running."""
    session.connection().execute(
        sa.insert(PLAN).values(
            id=plan_id, state=RoutePlanState.RUNNING, trigger=trigger, orders=orders, started_at=now
        )
    )


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
        .where(PLAN.c.id == plan_id, PLAN.c.state == RoutePlanState.RUNNING)
        .values(state=state, finished_at=now, report=dict(report), **figures)
    )
