"""Return rules as data, authorizations, inspections, and refunds with their shares by tender."""

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from fulfillment.core.states import RefundPartState, RefundState, ReturnState
from fulfillment.returns.kinds import Disposition, Grade, RefundCause, ReturnReason
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


class ReturnRule(SQLModel, table=True):
    """One rule about returns as data: every rule that matches is read, the best for the returner holds.

    `policy` is the company policy it belongs to, `pack` the file it came from, which is switched as a whole.
    """

    __tablename__ = "return_rule"
    __table_args__ = (
        check("percent", "percent BETWEEN 0 AND 100"),
        check("window", "window_days IS NULL OR window_months IS NULL"),
        sa.Index(None, "policy"),
    )

    code: str = text_column(primary_key=True)
    policy: str = text_column()
    pack: str = text_column(index=True)
    jurisdiction: str = text_column(default="*")
    role: str = text_column(default="*")
    event: str = text_column(default="return")
    window_days: int | None = qty_column(default=None)
    window_months: int | None = qty_column(default=None)
    window_from: str = text_column(default="purchase")
    calendar: str = text_column(default="calendar_days")
    percent: int = qty_column()
    is_marketable_only: bool = Field(default=False)
    allows_opened: bool = Field(default=False)
    refunds_shipping: bool = Field(default=False)
    freight_payer: str = text_column(default="returner")
    pay_within_days: int | None = qty_column(default=None)
    pay_calendar: str = text_column(default="working_days")
    pay_from: str = text_column(default="receipt")
    conditions: dict[str, Any] = json_column(default=dict)
    valid_from: date = date_column()
    valid_to: date | None = date_column(default=None)
    source: str = text_column()
    verification: str = text_column(default="seen")
    is_active: bool = Field(default=True)


class ReturnAuthorization(SQLModel, table=True):
    """A return from the request to its refund; the decision keeps the rules it was made by."""

    __tablename__ = "return_authorization"
    __table_args__ = (
        sa.Index(None, "order_id"),
        sa.Index(None, "member_id"),
        sa.Index(None, "state"),
        sa.Index(None, "tracking_number"),
    )

    id: uuid.UUID = id_column()
    number: str = text_column(unique=True)
    order_id: uuid.UUID = uuid_column("customer_order.id")
    member_id: uuid.UUID | None = uuid_column("member.id", default=None)
    state: ReturnState = enum_column(ReturnState, default=ReturnState.REQUESTED)
    reason: ReturnReason = enum_column(ReturnReason)
    note: str = text_column(default="")
    warehouse_code: str = text_column("warehouse.code")
    returned_parcel_id: uuid.UUID | None = uuid_column("parcel.id", default=None, unique=True)
    jurisdiction: str = text_column(default="US")
    requested_at: datetime = utc_column()
    authorized_at: datetime | None = utc_column(default=None)
    expires_at: datetime | None = utc_column(default=None)
    received_at: datetime | None = utc_column(default=None)
    decided_at: datetime | None = utc_column(default=None)
    pay_by: date | None = date_column(default=None)
    freight_payer: str = text_column(default="returner")
    tracking_number: str | None = text_column(default=None)
    decision: dict[str, Any] = json_column(default=dict)
    requested_by: str = text_column()


class ReturnLine(SQLModel, table=True):
    """Units of one order line that may come back."""

    __tablename__ = "return_line"
    __table_args__ = (
        check("qty", "qty_requested > 0 AND qty_received >= 0 AND qty_received <= qty_requested"),
        check("inspected", "qty_inspected >= 0 AND qty_inspected <= qty_received"),
        check("refunded", "qty_refunded >= 0 AND qty_refunded <= qty_received"),
        sa.UniqueConstraint("return_id", "order_line_id"),
        sa.Index(None, "order_line_id"),
    )

    id: uuid.UUID = id_column()
    return_id: uuid.UUID = uuid_column("return_authorization.id")
    order_line_id: uuid.UUID = uuid_column("order_line.id")
    sku: str = text_column("product.sku")
    qty_requested: int = qty_column()
    qty_received: int = qty_column(default=0)
    qty_inspected: int = qty_column(default=0)
    qty_refunded: int = qty_column(default=0)
    percent: int = qty_column(default=0)
    rules: list[str] = json_column(default=list)


class ReturnReceiptScan(SQLModel, table=True):
    """Units of a return line scanned in at the dock; the scan's id is the device's own."""

    __tablename__ = "return_receipt_scan"
    __table_args__ = (check("qty", "qty > 0"), sa.Index(None, "return_line_id"))

    scan_id: uuid.UUID = uuid_column(primary_key=True)
    return_line_id: uuid.UUID = uuid_column("return_line.id")
    lot: str = text_column(default="")
    qty: int = qty_column()
    actor: str = text_column()
    scanned_at: datetime = utc_column()


class Inspection(SQLModel, table=True):
    """What an inspector found in units of a return line, and where they went. Never changed."""

    __tablename__ = "inspection"
    __table_args__ = (check("qty", "qty > 0"), sa.Index(None, "return_line_id"))

    id: uuid.UUID = id_column()
    return_line_id: uuid.UUID = uuid_column("return_line.id")
    lot: str = text_column(default="")
    qty: int = qty_column()
    grade: Grade = enum_column(Grade)
    disposition: Disposition = enum_column(Disposition)
    note: str = text_column(default="")
    inspected_by: str = text_column()
    inspected_at: datetime = utc_column()


class QualityDecision(SQLModel, table=True):
    """A qualified person's word on quarantined units of a lot: salvage or destroy. Never changed."""

    __tablename__ = "quality_decision"
    __table_args__ = (check("qty", "qty > 0"), sa.Index(None, "sku", "lot"))

    id: uuid.UUID = id_column()
    inspection_id: uuid.UUID | None = uuid_column("inspection.id", default=None, index=True)
    warehouse_code: str = text_column("warehouse.code")
    sku: str = text_column("product.sku")
    lot: str = text_column(default="")
    qty: int = qty_column()
    disposition: Disposition = enum_column(Disposition)
    reason: str = text_column()
    decided_by: str = text_column()
    decided_at: datetime = utc_column()


class Refund(SQLModel, table=True):
    """Money to give back for an order; who proposed it and who approved it differ above a limit."""

    __tablename__ = "refund"
    __table_args__ = (
        check("amount", "amount_minor > 0"),
        check("sums", "amount_minor = goods_minor + tax_minor + shipping_minor - set_off_minor"),
        sa.Index(None, "order_id"),
        sa.Index(None, "return_id"),
        sa.Index(None, "state"),
    )

    id: uuid.UUID = id_column()
    number: str = text_column(unique=True)
    order_id: uuid.UUID = uuid_column("customer_order.id")
    return_id: uuid.UUID | None = uuid_column("return_authorization.id", default=None)
    cause: RefundCause = enum_column(RefundCause)
    state: RefundState = enum_column(RefundState, default=RefundState.PROPOSED)
    reason: str = text_column()
    goods_minor: int = money_column(default=0)
    tax_minor: int = money_column(default=0)
    shipping_minor: int = money_column(default=0)
    set_off_minor: int = money_column(default=0)
    amount_minor: int = money_column()
    currency: str = currency_column()
    needs_second_person: bool = Field(default=False)
    pay_by: date | None = date_column(default=None)
    proposed_by: str = text_column()
    proposed_at: datetime = utc_column()
    approved_by: str | None = text_column(default=None)
    approved_at: datetime | None = utc_column(default=None)
    paid_at: datetime | None = utc_column(default=None)
    created_at: datetime = created_at_column()


class RefundLine(SQLModel, table=True):
    """Units of one order line a refund gives money back for."""

    __tablename__ = "refund_line"
    __table_args__ = (
        check("units", "units > 0"),
        check("money", "goods_minor >= 0 AND tax_minor >= 0"),
        sa.UniqueConstraint("refund_id", "order_line_id", "percent"),
        sa.Index(None, "order_line_id"),
    )

    id: uuid.UUID = id_column()
    refund_id: uuid.UUID = uuid_column("refund.id")
    order_line_id: uuid.UUID = uuid_column("order_line.id")
    return_line_id: uuid.UUID | None = uuid_column("return_line.id", default=None)
    units: int = qty_column()
    percent: int = qty_column(default=100)
    goods_minor: int = money_column()
    tax_minor: int = money_column()
    rules: list[str] = json_column(default=list)


class RefundPart(SQLModel, table=True):
    """The share of a refund that goes back to one tender; its id is the provider's key for ever.

    `needs_person` marks a share whose outcome no further question can settle.
    """

    __tablename__ = "refund_part"
    __table_args__ = (
        check("amount", "amount_minor > 0"),
        sa.UniqueConstraint("refund_id", "tender_id"),
        sa.Index(None, "tender_id"),
    )

    id: uuid.UUID = id_column()
    refund_id: uuid.UUID = uuid_column("refund.id")
    tender_id: uuid.UUID = uuid_column("tender.id")
    state: RefundPartState = enum_column(RefundPartState, default=RefundPartState.PENDING)
    amount_minor: int = money_column()
    currency: str = currency_column()
    provider: str = text_column()
    provider_ref: str | None = text_column(default=None)
    sent_at: datetime | None = utc_column(default=None)
    settled_at: datetime | None = utc_column(default=None)
    lookups: int = qty_column(default=0)
    needs_person: bool = Field(default=False)
    error: str | None = text_column(default=None)
