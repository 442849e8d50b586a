"""The planner's runs as a person asks about them."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import NotFoundError
from fulfillment.orders.route_tables import RouteMove, RoutePlan, RowPrice
from fulfillment.store.columns import table_of

PLAN = table_of(RoutePlan)
MOVE = table_of(RouteMove)
PRICE = table_of(RowPrice)


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


def list_route_moves(
    session: Session, *, plan_id: uuid.UUID, limit: int, after: uuid.UUID | None = None
) -> Sequence[sa.Row[Any]]:
    """Moves of a plan in the order they were made; `after` is the id of the last one seen.

    Raises:
        NotFoundError: there is no such plan.
    """
    read_route_plan(session, plan_id=plan_id)
    query = sa.select(MOVE).where(MOVE.c.plan_id == plan_id).order_by(MOVE.c.id).limit(limit)
    if after is not None:
        query = query.where(MOVE.c.id > after)
    return session.connection().execute(query).all()


def list_row_prices(session: Session) -> Sequence[sa.Row[Any]]:
    """The scarce rows of the last applied plan, the dearest first."""
    query = sa.select(PRICE).order_by(
        PRICE.c.price_minor.desc(), PRICE.c.warehouse_code, PRICE.c.sku, PRICE.c.shelf_class
    )
    return session.connection().execute(query).all()
