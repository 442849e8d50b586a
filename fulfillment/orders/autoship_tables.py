"""Autoship runs: their due orders, the plan while it is carried out, and the stock kept back for them."""

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from fulfillment.core.states import AutoshipRunState
from fulfillment.orders.kinds import DueOutcome
from fulfillment.store.columns import (
    check,
    created_at_column,
    date_column,
    enum_column,
    id_column,
    json_column,
    qty_column,
    text_column,
    utc_column,
    uuid_column,
)


class AutoshipRun(SQLModel, table=True):
    """The due orders of one period from one shop, promised together before anyone is charged.

    `progress` is what the planner last said; `report` is what the last plan came to.
    """

    __tablename__ = "autoship_run"
    __table_args__ = (sa.Index(None, "state"), sa.Index(None, "source", "period"))

    id: uuid.UUID = id_column()
    number: str = text_column(unique=True)
    source: str = text_column()
    period: str = text_column()
    state: AutoshipRunState = enum_column(AutoshipRunState, default=AutoshipRunState.COLLECTING)
    due_on: date = date_column()
    plans: int = qty_column(default=0)
    planned_at: datetime | None = utc_column(default=None)
    promised_at: datetime | None = utc_column(default=None)
    charge_by: datetime | None = utc_column(default=None)
    closed_at: datetime | None = utc_column(default=None)
    note: str = text_column(default="")
    progress: dict[str, Any] = json_column(default=dict)
    report: dict[str, Any] = json_column(default=dict)
    created_at: datetime = created_at_column()


class AutoshipOrder(SQLModel, table=True):
    """One due order: an ordinary order, received but not accepted until the shop says that it was paid.

    A subscription is due once a period: (source, subscription, period) is the key under which a due order may
    be sent again, until its run is cancelled. `place` counts the orders of a run as they came.
    """

    __tablename__ = "autoship_order"
    __table_args__ = (
        check("place", "place >= 0"),
        sa.Index(
            "uq_autoship_order_key",
            "source",
            "subscription",
            "period",
            unique=True,
            postgresql_where=sa.text("outcome <> 'cancelled'"),
        ),
        sa.UniqueConstraint("run_id", "place"),
        sa.Index(None, "run_id", "outcome"),
    )

    order_id: uuid.UUID = uuid_column("customer_order.id", primary_key=True)
    run_id: uuid.UUID = uuid_column("autoship_run.id")
    source: str = text_column()
    subscription: str = text_column()
    period: str = text_column()
    place: int = qty_column()
    subscribed_on: date | None = date_column(default=None)
    fingerprint: str = text_column()
    outcome: DueOutcome = enum_column(DueOutcome, default=DueOutcome.WAITING)
    reason: str = text_column(default="")
    skus: list[str] = json_column(default=list)
    settled_at: datetime | None = utc_column(default=None)


class AutoshipChunk(SQLModel, table=True):
    """Some orders of a plan that are promised in one transaction; what is done is not done again."""

    __tablename__ = "autoship_chunk"

    run_id: uuid.UUID = uuid_column("autoship_run.id", primary_key=True)
    plan_no: int = qty_column(primary_key=True)
    round_no: int = qty_column(primary_key=True)
    number: int = qty_column(primary_key=True)
    orders: list[Any] = json_column()
    promised: int = qty_column(default=0)
    skipped: int = qty_column(default=0)
    done_at: datetime | None = utc_column(default=None)


class AutoshipKept(SQLModel, table=True):
    """Units that a booked run has kept back at one warehouse; `availability.kept_back` is their sum."""

    __tablename__ = "autoship_kept"
    __table_args__ = (check("qty", "qty >= 0"), sa.Index(None, "warehouse_code", "sku"))

    run_id: uuid.UUID = uuid_column("autoship_run.id", primary_key=True)
    warehouse_code: str = text_column("warehouse.code", primary_key=True)
    sku: str = text_column("product.sku", primary_key=True)
    qty: int = qty_column()
