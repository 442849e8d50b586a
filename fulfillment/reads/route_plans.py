"""The planner's runs as a person asks about them."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import NotFoundError
from fulfillment.orders.tables import RoutePlan
from fulfillment.store.columns import table_of

PLAN = table_of(RoutePlan)


def list_route_plans(
    session: Session, *, limit: int, after: tuple[datetime, uuid.UUID] | None = None
) -> Sequence[sa.Row[Any]]:
    """Runs of the planner, the newest first; `after` is the last (start, id) seen."""
    query = sa.select(PLAN).order_by(PLAN.c.started_at.desc(), PLAN.c.id.desc()).limit(limit)
    if after is not None:
        query = query.where(sa.tuple_(PLAN.c.started_at, PLAN.c.id) < sa.tuple_(*map(sa.literal, after)))
    return session.connection().execute(query).all()


def read_route_plan(session: Session, *, plan_id: uuid.UUID) -> sa.Row[Any]:
    """One run with its report.

    Raises:
        NotFoundError: there is none.
    """
    row = session.connection().execute(sa.select(PLAN).where(PLAN.c.id == plan_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no plan {plan_id}.")
    return row
