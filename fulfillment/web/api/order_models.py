"""Orders as the API answers with them."""

import uuid
from datetime import date, datetime
from typing import Any, Self, TypeVar

from fulfillment.core.states import FulfillmentOrderState, OrderState, ParcelState
from fulfillment.orders.kinds import OnShortage, OrderKind, TenderKind
from fulfillment.orders.lifecycle import OrderProgress
from fulfillment.reads.order_documents import OrderDocument, OrderSummary, PartDocument
from fulfillment.web.models import ApiModel, PageOut

Model = TypeVar("Model", bound=ApiModel)


class OrderPath(ApiModel):
    """Which order."""

    order_id: uuid.UUID


class OrderLineOut(ApiModel):
    """A line as it was accepted; `volumes` are hundredths of points for the whole line."""

    id: uuid.UUID
    line_no: int
    sku: str
    name: str
    is_kit: bool
    kit_line_id: uuid.UUID | None
    qty: int
    qty_cancelled: int
    unit_price_minor: int
    net_paid_minor: int
    tax_minor: int
    volumes: dict[str, int]


class TenderOut(ApiModel):
    """What was captured, and what has gone back of it or is promised to."""

    id: uuid.UUID
    kind: TenderKind
    provider: str
    provider_id: str | None
    captured_minor: int
    refunded_minor: int
    disputed_minor: int
    currency: str


class PartLineOut(ApiModel):
    """Units of an order line in one fulfillment order."""

    order_line_id: uuid.UUID
    sku: str
    qty: int
    qty_picked: int
    qty_packed: int
    qty_shipped: int


class FulfillmentOrderOut(ApiModel):
    """One warehouse's part of the order; `reasons` says why this warehouse."""

    id: uuid.UUID
    number: str
    state: FulfillmentOrderState
    warehouse_code: str | None
    wave_id: uuid.UUID | None
    reasons: dict[str, Any]
    lines: list[PartLineOut]


class OrderParcelOut(ApiModel):
    """A parcel of the order."""

    id: uuid.UUID
    number: str
    state: ParcelState
    carrier: str | None
    service: str | None
    tracking_number: str | None
    tracking_status: str
    public_id: str


class OrderOut(ApiModel):
    """An order, whole. `progress` sums up its fulfillment orders; money is in minor units."""

    id: uuid.UUID
    number: str
    source: str
    source_ref: str
    kind: OrderKind
    state: OrderState
    progress: OrderProgress
    on_shortage: OnShortage
    ships_complete: bool
    priority: int
    hold_code: str | None
    hold_note: str | None
    member_number: str | None
    ship_to: dict[str, Any]
    currency: str
    goods_minor: int
    shipping_minor: int
    tax_minor: int
    total_minor: int
    ordered_at: datetime
    accepted_at: datetime | None
    promised_ship_by: datetime | None
    due_on: date | None
    lines: list[OrderLineOut]
    tenders: list[TenderOut]
    fulfillment_orders: list[FulfillmentOrderOut]
    parcels: list[OrderParcelOut]

    @classmethod
    def of_document(cls, document: OrderDocument) -> Self:
        """The answer for an order as it was read."""
        order = document.order
        own = {
            name: getattr(order, name)
            for name in cls.model_fields
            if name not in {"progress", "lines", "tenders", "fulfillment_orders", "parcels"}
        }
        return cls(
            **own,
            progress=document.progress,
            lines=[_pick(OrderLineOut, row) for row in document.lines],
            tenders=[_pick(TenderOut, row, provider_id=row.provider_ref) for row in document.tenders],
            fulfillment_orders=[_part(part) for part in document.parts],
            parcels=[_pick(OrderParcelOut, row) for row in document.parcels],
        )


class OrderSummaryOut(ApiModel):
    """An order in a list."""

    id: uuid.UUID
    number: str
    source_ref: str
    state: OrderState
    progress: OrderProgress
    name: str
    member_number: str | None
    total_minor: int
    currency: str
    ordered_at: datetime


class OrderPage(PageOut):
    """Some orders."""

    items: list[OrderSummaryOut]


def summary_of(summary: OrderSummary) -> OrderSummaryOut:
    """The answer for an order in a list."""
    return _pick(OrderSummaryOut, summary)


def _part(part: PartDocument) -> FulfillmentOrderOut:
    return _pick(FulfillmentOrderOut, part.head, lines=[_pick(PartLineOut, line) for line in part.lines])


def _pick(model: type[Model], row: object, **given: object) -> Model:
    """The model filled from the members of the same names, unless they are given."""
    names = (name for name in model.model_fields if name not in given)
    return model.model_validate({**{name: getattr(row, name) for name in names}, **given})
