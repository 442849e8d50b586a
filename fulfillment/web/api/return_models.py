"""Returns, inspections and refunds as the API takes and answers with them."""

import uuid
from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import Field

from fulfillment.core.states import RefundPartState, RefundState, ReturnState
from fulfillment.reads.return_documents import RefundDocument, ReturnDocument
from fulfillment.returns.kinds import Disposition, Grade, RefundCause, ReturnReason
from fulfillment.web.models import ApiModel, PageOut, PageQuery

MAX_RETURN_LINES = 500
Units = Annotated[int, Field(ge=1, le=100_000)]
Note = Annotated[str, Field(max_length=500)]
Why = Annotated[str, Field(min_length=1, max_length=500, description="why, for the history")]
Sku = Annotated[str, Field(min_length=1, max_length=48)]
Lot = Annotated[
    str, Field(max_length=40, description="empty where the goods have none, or it cannot be read")
]


class ReturnPath(ApiModel):
    """Which return."""

    return_id: uuid.UUID


class RefundPath(ApiModel):
    """Which refund."""

    refund_id: uuid.UUID


class RefundPartPath(ApiModel):
    """Which share of a refund."""

    part_id: uuid.UUID


class WantedLineIn(ApiModel):
    """Units of one order line; a kit is named by its own line."""

    order_line_id: uuid.UUID
    units: Units


class ReturnIn(ApiModel):
    """What is to come back, and why."""

    order_id: uuid.UUID
    reason: ReturnReason
    note: Note = ""
    lines: Annotated[list[WantedLineIn], Field(min_length=1, max_length=MAX_RETURN_LINES)]


class WhyIn(ApiModel):
    """Why."""

    note: Why


class PostedIn(ApiModel):
    """The goods were given to a carrier."""

    tracking_number: Annotated[str, Field(min_length=1, max_length=60)] | None = None


class ReceiptScanIn(ApiModel):
    """Units of the return that came in with one scan; the scan's id is made on the device."""

    scan_id: uuid.UUID
    sku: Sku
    lot: Lot = ""
    qty: Units


class ReceivedOut(ApiModel):
    """What came in; `waiting` units of this line are still to come, `is_repeat` says it was known."""

    return_line_id: uuid.UUID
    sku: str
    qty: int
    waiting: int
    is_repeat: bool


class ParcelBackIn(ApiModel):
    """The parcel or tracking number on a parcel the carrier could not deliver."""

    parcel: Annotated[str, Field(min_length=1, max_length=60)]


class LooseUnitsOut(ApiModel):
    """Units of a kit that is not whole in the parcel; they stand in quarantine."""

    sku: str
    lot: str
    qty: int


class ParcelBackOut(ApiModel):
    """The return the parcel became; none where it held no whole unit."""

    return_id: uuid.UUID | None
    return_number: str | None
    loose: list[LooseUnitsOut]


class ReturnLineOut(ApiModel):
    """Units of an order line in the return; `percent` and `rules` are what was promised for them."""

    id: uuid.UUID
    order_line_id: uuid.UUID
    sku: str
    name: str
    qty_requested: int
    qty_received: int
    qty_inspected: int
    qty_refunded: int
    percent: int
    rules: list[str]


class InspectionOut(ApiModel):
    """What an inspector found, and where the units went."""

    id: uuid.UUID
    return_id: uuid.UUID
    return_line_id: uuid.UUID
    sku: str
    lot: str
    qty: int
    grade: Grade
    disposition: Disposition
    note: str
    inspected_by: str
    inspected_at: datetime


class ReturnOut(ApiModel):
    """A return, whole. `decision` keeps what the rules said, and what the inspected units were due."""

    id: uuid.UUID
    number: str
    order_id: uuid.UUID
    order_number: str
    member_number: str | None
    state: ReturnState
    reason: ReturnReason
    note: str
    warehouse_code: str
    jurisdiction: str
    freight_payer: str
    tracking_number: str | None
    requested_at: datetime
    expires_at: datetime | None
    received_at: datetime | None
    decided_at: datetime | None
    pay_by: date | None
    decision: dict[str, Any]
    lines: list[ReturnLineOut]
    inspections: list[InspectionOut]

    @classmethod
    def of_document(cls, document: ReturnDocument) -> Self:
        """The answer for a return as it was read."""
        own = {name: getattr(document.head, name) for name in _own(cls, "lines", "inspections")}
        return cls(
            **own,
            lines=[ReturnLineOut.of(line) for line in document.lines],
            inspections=[InspectionOut.of(row) for row in document.inspections],
        )


class ReturnPage(PageOut):
    """Some returns."""

    items: list[ReturnOut]


class ReturnQuery(PageQuery):
    """Which returns."""

    state: ReturnState | None = None
    order_id: uuid.UUID | None = None
    member_number: Annotated[str, Field(max_length=60)] | None = None


class ReturnableOut(ApiModel):
    """A line of an order with the units that can still come back; a kit only as a whole."""

    order_line_id: uuid.UUID
    sku: str
    name: str
    qty: int
    shipped: int
    in_returns: int
    returnable: int
    delivered_at: datetime | None


class ReturnableList(ApiModel):
    """All lines of an order that can come back as a whole."""

    items: list[ReturnableOut]


class RefundLineOut(ApiModel):
    """Units of an order line and what goes back for them."""

    order_line_id: uuid.UUID
    return_line_id: uuid.UUID | None
    units: int
    percent: int
    goods_minor: int
    tax_minor: int
    rules: list[str]


class RefundPartOut(ApiModel):
    """The share that goes back to one tender; its id is the provider's key for ever."""

    id: uuid.UUID
    tender_id: uuid.UUID
    tender_kind: str
    provider: str
    provider_ref: str | None
    state: RefundPartState
    amount_minor: int
    needs_person: bool
    error: str | None
    sent_at: datetime | None
    settled_at: datetime | None


class RefundOut(ApiModel):
    """A refund, whole; money in minor units."""

    id: uuid.UUID
    number: str
    order_id: uuid.UUID
    order_number: str
    return_id: uuid.UUID | None
    cause: RefundCause
    state: RefundState
    reason: str
    goods_minor: int
    tax_minor: int
    shipping_minor: int
    set_off_minor: int
    amount_minor: int
    currency: str
    needs_second_person: bool
    pay_by: date | None
    proposed_by: str
    proposed_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    paid_at: datetime | None
    lines: list[RefundLineOut]
    parts: list[RefundPartOut]

    @classmethod
    def of_document(cls, document: RefundDocument) -> Self:
        """The answer for a refund as it was read."""
        own = {name: getattr(document.head, name) for name in _own(cls, "lines", "parts")}
        return cls(
            **own,
            lines=[RefundLineOut.of(line) for line in document.lines],
            parts=[RefundPartOut.of(part) for part in document.parts],
        )


class RefundPage(PageOut):
    """Some refunds."""

    items: list[RefundOut]


def _own(model: type[ApiModel], *nested: str) -> list[str]:
    return [name for name in model.model_fields if name not in nested]
