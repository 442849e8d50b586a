"""Plans of the router: what each would move and why, the prices it left, and its blocks for workers."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from fulfillment.orders.kinds import (
    RouteMoveOutcome,
    RoutePlanState,
)
from fulfillment.store.columns import (
    check,
    created_at_column,
    enum_column,
    id_column,
    json_column,
    money_column,
    qty_column,
    text_column,
    utc_column,
    uuid_column,
)


class RoutePlan(SQLModel, table=True):
    """One run of the planner over all unreleased orders.

    A trial moves nothing: it answers what a plan would cost after `changes`, such as a closed warehouse.
    `progress` is what the planner last said while it ran: stage, seconds, cost and bound. `beat_at` is its
    last sign of life, in the database's own time.
    """

    __tablename__ = "route_plan"
    __table_args__ = (
        sa.Index(None, "started_at"),
        sa.Index("ix_route_plan_running", "state", postgresql_where=sa.text("state = 'running'")),
    )

    id: uuid.UUID = id_column()
    state: RoutePlanState = enum_column(RoutePlanState, default=RoutePlanState.RUNNING)
    trigger: str = text_column()
    is_trial: bool = Field(default=False)
    changes: list[dict[str, Any]] = json_column(default=list)
    started_at: datetime = utc_column()
    finished_at: datetime | None = utc_column(default=None)
    stop_asked_at: datetime | None = utc_column(default=None)
    progress: dict[str, Any] = json_column(default=dict)
    beat_at: datetime | None = utc_column(default=None)
    orders: int = qty_column(default=0)
    moved: int = qty_column(default=0)
    skipped: int = qty_column(default=0)
    cost_before_minor: int = money_column(default=0)
    cost_after_minor: int = money_column(default=0)
    bound_minor: int = money_column(default=0)
    report: dict[str, Any] = json_column(default=dict)


class RouteMove(SQLModel, table=True):
    """One order that a plan would place elsewhere, why, and what became of it.

    `from_parts` and `to_parts` are lists of {"warehouse": code or None, "units": [{"sku", "qty"}]}. A move
    may cost its own order more (`saved_minor` below zero) where that frees what others need; `detail` then
    names the row.
    """

    __tablename__ = "route_move"
    __table_args__ = (sa.UniqueConstraint("plan_id", "order_id"), sa.Index(None, "order_id"))

    id: uuid.UUID = id_column()
    plan_id: uuid.UUID = uuid_column("route_plan.id")
    order_id: uuid.UUID = uuid_column("customer_order.id")
    outcome: RouteMoveOutcome = enum_column(RouteMoveOutcome)
    from_parts: list[dict[str, Any]] = json_column()
    to_parts: list[dict[str, Any]] = json_column()
    saved_minor: int = money_column(default=0)
    reason: str = text_column()
    detail: dict[str, Any] = json_column(default=dict)


class RowPrice(SQLModel, table=True):
    """What one more unit of a scarce row is worth, as the last applied plan found it; single orders pay it.

    An empty SKU stands for the warehouse's parcels of the day.
    """

    __tablename__ = "row_price"
    __table_args__ = (check("price", "price_minor >= 0"),)

    warehouse_code: str = text_column("warehouse.code", primary_key=True)
    sku: str = text_column(primary_key=True)
    shelf_class: int = qty_column(primary_key=True)
    price_minor: int = money_column()
    used: int = qty_column()
    available: int = qty_column()
    plan_id: uuid.UUID = uuid_column("route_plan.id")


class RouteBlock(SQLModel, table=True):
    """One block of a plan that any worker may solve; the arrays travel as bytes, the answer comes back so.

    No answer is of use after `until`, in the database's own time; one without bytes found nothing better.
    """

    __tablename__ = "route_block"

    plan_id: uuid.UUID = uuid_column("route_plan.id", primary_key=True)
    number: int = qty_column(primary_key=True)
    task: bytes = Field(sa_type=sa.LargeBinary)
    until: datetime | None = utc_column(default=None)
    answer: bytes | None = Field(default=None, sa_type=sa.LargeBinary)
    answered_at: datetime | None = utc_column(default=None)
    created_at: datetime = created_at_column()
