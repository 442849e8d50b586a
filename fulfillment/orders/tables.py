"""Orders with their lines and tenders, and the fulfillment orders they become."""

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from fulfillment.core.states import FulfillmentOrderState, OrderState
from fulfillment.orders.kinds import (
    DisputeState,
    OnShortage,
    OrderKind,
    TenderKind,
)
from fulfillment.store.columns import (
    check,
    created_at_column,
    currency_column,
    date_column,
    enum_column,
    id_column,
    json_column,
    money_column,
    qty_column,
    text_column,
    utc_column,
    uuid_column,
)


class Order(SQLModel, table=True):
    """One order as it was accepted; what is frozen here is what returns and refunds go by.

    `shelf_days` is how much longer than the product's own minimum its goods have to keep.
    """

    __tablename__ = "customer_order"
    __table_args__ = (
        check("totals", "goods_minor >= 0 AND shipping_minor >= 0 AND tax_minor >= 0"),
        check("total", "total_minor = goods_minor + shipping_minor + tax_minor"),
        check("held_with_reason", "(state = 'held') = (hold_code IS NOT NULL)"),
        check("priority", "priority BETWEEN 0 AND 9"),
        check("shelf_days", "shelf_days BETWEEN 0 AND 365"),
        sa.Index("uq_customer_order_source_ref", "source", "source_ref", unique=True),
        sa.Index(None, "member_id"),
        sa.Index(None, "state", "ordered_at"),
        sa.Index(None, "source_ref"),
        sa.Index("ix_customer_order_email_search", sa.text("lower(ship_to->>'email')")),
        sa.Index("ix_customer_order_name_search", sa.text("lower(ship_to->>'name') text_pattern_ops")),
    )

    id: uuid.UUID = id_column()
    number: str = text_column(unique=True)
    source: str = text_column(default="api")
    source_ref: str = text_column()
    kind: OrderKind = enum_column(OrderKind, default=OrderKind.STANDARD)
    state: OrderState = enum_column(OrderState, default=OrderState.RECEIVED)
    on_shortage: OnShortage = enum_column(OnShortage, default=OnShortage.BACKORDER)
    ships_complete: bool = Field(default=False)
    priority: int = qty_column(default=5)
    market: str = text_column(default="US")
    member_id: uuid.UUID | None = uuid_column("member.id", default=None)
    buyer_role: str = text_column(default="retail")
    ship_to: dict[str, Any] = json_column()
    currency: str = currency_column()
    goods_minor: int = money_column()
    shipping_minor: int = money_column(default=0)
    tax_minor: int = money_column(default=0)
    total_minor: int = money_column()
    hold_code: str | None = text_column(default=None)
    hold_note: str | None = text_column(default=None)
    refusal_code: str | None = text_column(default=None)
    pinned_warehouse_code: str | None = text_column("warehouse.code", default=None)
    ordered_at: datetime = utc_column()
    accepted_at: datetime | None = utc_column(default=None)
    promised_ship_by: datetime | None = utc_column(default=None)
    due_on: date | None = date_column(default=None)
    shelf_days: int = qty_column(default=0)
    details: dict[str, Any] = json_column(default=dict)
    created_at: datetime = created_at_column()


class OrderLine(SQLModel, table=True):
    """One line; a kit's parts are lines of their own that name the kit's line and carry its money."""

    __tablename__ = "order_line"
    __table_args__ = (
        check("qty", "qty > 0 AND qty_cancelled >= 0 AND qty_cancelled <= qty"),
        check(
            "money",
            "unit_price_minor >= 0 AND net_paid_minor >= 0 AND tax_minor >= 0 AND tax_base_minor >= 0",
        ),
        sa.UniqueConstraint("order_id", "line_no"),
        sa.Index(None, "sku"),
        sa.Index(None, "kit_line_id"),
    )

    id: uuid.UUID = id_column()
    order_id: uuid.UUID = uuid_column("customer_order.id")
    line_no: int = qty_column()
    sku: str = text_column("product.sku")
    is_kit: bool = Field(default=False)
    kit_line_id: uuid.UUID | None = uuid_column("order_line.id", default=None)
    qty: int = qty_column()
    qty_cancelled: int = qty_column(default=0)
    unit_price_minor: int = money_column()
    net_paid_minor: int = money_column()
    tax_minor: int = money_column(default=0)
    tax_base_minor: int = money_column(default=0)
    tax_by_authority: dict[str, int] = json_column(default=dict)
    volumes: dict[str, int] = json_column(default=dict)
    disclosures: list[str] = json_column(default=list)


class Tender(SQLModel, table=True):
    """Money given for an order; refunds go back to it and never above what it captured."""

    __tablename__ = "tender"
    __table_args__ = (
        check("captured", "captured_minor >= 0 AND refunded_minor >= 0 AND disputed_minor >= 0"),
        check("never_refunded_above_captured", "refunded_minor + disputed_minor <= captured_minor"),
        sa.UniqueConstraint("order_id", "tender_no"),
        sa.Index(
            "uq_tender_provider_ref",
            "provider",
            "provider_ref",
            unique=True,
            postgresql_where=sa.text("provider_ref IS NOT NULL AND provider <> 'offline'"),
        ),
    )

    id: uuid.UUID = id_column()
    order_id: uuid.UUID = uuid_column("customer_order.id")
    tender_no: int = qty_column()
    kind: TenderKind = enum_column(TenderKind)
    provider: str = text_column(default="offline")
    provider_ref: str | None = text_column(default=None)
    captured_minor: int = money_column()
    refunded_minor: int = money_column(default=0)
    disputed_minor: int = money_column(default=0)
    currency: str = currency_column()


class Dispute(SQLModel, table=True):
    """A card holder took money back through the bank; the bank's word, which cannot be refused.

    `counted_minor` is what it takes from the tender's room for refunds; what is beyond was refunded before.
    """

    __tablename__ = "dispute"
    __table_args__ = (
        check("amount", "amount_minor > 0 AND counted_minor BETWEEN 0 AND amount_minor"),
        sa.Index(None, "tender_id"),
    )

    id: uuid.UUID = id_column()
    tender_id: uuid.UUID = uuid_column("tender.id")
    provider_ref: str = text_column(unique=True)
    state: DisputeState = enum_column(DisputeState, default=DisputeState.OPEN)
    amount_minor: int = money_column()
    counted_minor: int = money_column()
    reason: str = text_column(default="")
    opened_at: datetime = utc_column()
    closed_at: datetime | None = utc_column(default=None)


class FulfillmentOrder(SQLModel, table=True):
    """One warehouse's part of an order. While backordered it has no warehouse and promises nothing."""

    __tablename__ = "fulfillment_order"
    __table_args__ = (
        check(
            "backorders_have_no_warehouse",
            "state = 'cancelled' OR (state = 'backordered') = (warehouse_code IS NULL)",
        ),
        check("cost", "cost_minor >= 0"),
        sa.Index(None, "order_id"),
        sa.Index(None, "wave_id"),
        sa.Index(None, "warehouse_code", "state"),
        sa.Index(
            "ix_fulfillment_order_unreleased",
            "state",
            postgresql_where=sa.text("state IN ('promised', 'backordered')"),
        ),
    )

    id: uuid.UUID = id_column()
    number: str = text_column(unique=True)
    order_id: uuid.UUID = uuid_column("customer_order.id")
    warehouse_code: str | None = text_column("warehouse.code", default=None)
    state: FulfillmentOrderState = enum_column(FulfillmentOrderState)
    wave_id: uuid.UUID | None = uuid_column("wave.id", default=None)
    cost_minor: int = money_column(default=0)
    reasons: dict[str, Any] = json_column(default=dict)
    plan_id: uuid.UUID | None = uuid_column("route_plan.id", default=None)
    promised_at: datetime | None = utc_column(default=None)
    shipped_at: datetime | None = utc_column(default=None)
    delivered_at: datetime | None = utc_column(default=None)
    created_at: datetime = created_at_column()


class FulfillmentOrderLine(SQLModel, table=True):
    """Units of one order line that one warehouse sends.

    qty is what is promised here; `qty - qty_picked` of a promised, released or picking fulfillment order is
    exactly what `availability.reserved` counts.
    """

    __tablename__ = "fulfillment_order_line"
    __table_args__ = (
        check("qty", "qty >= 0"),
        check(
            "steps",
            "qty_shipped BETWEEN 0 AND qty_packed AND qty_packed <= qty_picked AND qty_picked <= qty",
        ),
        sa.UniqueConstraint("fulfillment_order_id", "order_line_id"),
        sa.Index(None, "order_line_id"),
        sa.Index(None, "sku"),
    )

    id: uuid.UUID = id_column()
    fulfillment_order_id: uuid.UUID = uuid_column("fulfillment_order.id")
    order_line_id: uuid.UUID = uuid_column("order_line.id")
    sku: str = text_column("product.sku")
    qty: int = qty_column()
    qty_picked: int = qty_column(default=0)
    qty_packed: int = qty_column(default=0)
    qty_shipped: int = qty_column(default=0)
