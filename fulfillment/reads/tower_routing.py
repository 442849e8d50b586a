"""The planner's last runs as the tower shows them."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.orders.tables import Order, RoutePlan
from fulfillment.store.columns import table_of

PLAN = table_of(RoutePlan)
ORDER = table_of(Order)


def list_plans(session: Session, *, limit: int) -> Sequence[sa.Row[Any]]:
    """The last plans, the newest first."""
    query = sa.select(PLAN).order_by(PLAN.c.started_at.desc(), PLAN.c.id.desc()).limit(limit)
    return session.connection().execute(query).all()


def find_order_numbers(session: Session, *, order_ids: Sequence[str]) -> Mapping[str, str]:
    """The numbers people call these orders by, by their ids as a plan's report writes them."""
    query = sa.select(ORDER.c.id, ORDER.c.number).where(
        ORDER.c.id.in_([uuid.UUID(text) for text in order_ids])
    )
    return {str(row.id): row.number for row in session.connection().execute(query)}
