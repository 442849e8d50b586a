"""Parcels, labels, hand-overs and scans as the API answers with them."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import Field

from fulfillment.core.states import FulfillmentOrderState, ParcelState, PostageState
from fulfillment.reads.parcel_documents import HandoverDocument, ParcelDocument
from fulfillment.shipping.custody_tables import ManifestState
from fulfillment.shipping.packing import Contents, GivenParcel
from fulfillment.shipping.tables import PostagePurpose
from fulfillment.web.models import ApiModel, PageOut

Millimeters = Annotated[int, Field(ge=1, le=5_000)]


class RowModel(ApiModel):
    """A model made from a row, of which it takes the columns it names."""

    @classmethod
    def of_row(cls, row: Any, **more: Any) -> Self:  # noqa: ANN401 - rows have the columns of their query
        """The answer for a row; `more` is what no column says."""
        named: Mapping[str, Any] = row._mapping  # noqa: SLF001 - SQLAlchemy's documented name
        return cls(**{**{name: named[name] for name in cls.model_fields if name in named}, **more})


class ContentsIn(ApiModel):
    """Units in a parcel; the lot may stay out where only one was picked."""

    sku: Annotated[str, Field(min_length=1, max_length=48)]
    qty: Annotated[int, Field(ge=1, le=100_000)]
    lot: Annotated[str, Field(max_length=60)] | None = None


class ParcelIn(ApiModel):
    """A box as it was closed: its carton or its sides, and its weight by the scale."""

    contents: Annotated[list[ContentsIn], Field(min_length=1, max_length=500)]
    carton_code: Annotated[str, Field(min_length=1, max_length=40)] | None = None
    weight_g: Annotated[int, Field(ge=1, le=100_000)] | None = None
    length_mm: Millimeters | None = None
    width_mm: Millimeters | None = None
    height_mm: Millimeters | None = None

    def as_given(self) -> GivenParcel:
        """The box as the packing flow takes it."""
        size = None
        if self.length_mm and self.width_mm and self.height_mm:
            size = (self.length_mm, self.width_mm, self.height_mm)
        contents = tuple(Contents(each.sku, each.qty, each.lot) for each in self.contents)
        return GivenParcel(contents, self.carton_code, self.weight_g, size)


class PackIn(ApiModel):
    """A fulfillment order at the packing bench; without parcels it is packed as planned."""

    fulfillment_order_id: uuid.UUID
    parcels: Annotated[list[ParcelIn], Field(min_length=1, max_length=500)] | None = None
    is_weight_confirmed: bool = False


class RepackIn(ApiModel):
    """What goes in which box instead, and why; without parcels it is planned."""

    reason: Annotated[str, Field(min_length=1, max_length=200)]
    parcels: Annotated[list[ParcelIn], Field(min_length=1, max_length=500)] | None = None
    is_weight_confirmed: bool = False


class ReasonIn(ApiModel):
    """Why, for the history."""

    reason: Annotated[str, Field(min_length=1, max_length=200)]


class PlannedContentsOut(ApiModel):
    """Units that go in a planned parcel."""

    sku: str
    qty: int
    lot: str


class PlannedParcelOut(ApiModel):
    """A box to use; no carton means that the article travels in its own packaging."""

    carton_code: str | None
    contents: list[PlannedContentsOut]


class PackingPlanOut(ApiModel):
    """The boxes for what is picked and in no parcel yet."""

    fulfillment_order_id: uuid.UUID
    parcels: list[PlannedParcelOut]


class ParcelLineOut(RowModel):
    """Units of one lot in the parcel."""

    id: uuid.UUID
    order_line_id: uuid.UUID
    sku: str
    name: str
    lot: str
    qty: int


class CarrierScanOut(RowModel):
    """One scan; `happened_at` is the carrier's time, `received_at` ours."""

    happened_at: datetime
    received_at: datetime
    status: str
    substatus: str | None
    details: str
    place: str
    source: str


class LabelOut(RowModel):
    """One purchase of postage; `has_file` says whether its label can be downloaded."""

    id: uuid.UUID
    purpose: PostagePurpose
    parcel_id: uuid.UUID | None
    parcel_number: str | None
    return_id: uuid.UUID | None
    state: PostageState
    is_surplus: bool
    carrier: str
    service: str
    tracking_number: str | None
    transaction_ref: str | None
    quoted_minor: int
    charged_minor: int | None
    currency: str
    bought_at: datetime | None
    error: str | None
    has_file: bool
    media_type: str | None
    sha256: str | None

    @classmethod
    def of_label(cls, row: Any) -> Self:  # noqa: ANN401 - a row of the label query
        """The answer for a purchase with its file's facts."""
        return cls.of_row(row, has_file=row.sha256 is not None)


class ParcelSummaryOut(RowModel):
    """A parcel in a list; `problem` is a sentence about what only a person can set right."""

    id: uuid.UUID
    number: str
    public_id: str
    order_id: uuid.UUID
    order_number: str
    fulfillment_order_id: uuid.UUID
    fulfillment_order_number: str
    warehouse_code: str
    carton_code: str | None
    state: ParcelState
    weight_g: int
    length_mm: int
    width_mm: int
    height_mm: int
    has_hazard: bool
    carrier: str | None
    service: str | None
    tracking_number: str | None
    tracking_status: str
    tracking_substatus: str | None
    due_on: date | None
    eta_at: datetime | None
    problem: str | None
    handover_id: uuid.UUID | None
    packed_at: datetime
    shipped_at: datetime | None
    delivered_at: datetime | None


class ParcelOut(ParcelSummaryOut):
    """A parcel, whole."""

    lines: list[ParcelLineOut]
    labels: list[LabelOut]
    scans: list[CarrierScanOut]

    @classmethod
    def of_document(cls, document: ParcelDocument) -> Self:
        """The answer for a parcel as it was read."""
        return cls.of_row(
            document.parcel,
            lines=[ParcelLineOut.of_row(row) for row in document.lines],
            labels=[LabelOut.of_label(row) for row in document.postage],
            scans=[CarrierScanOut.of_row(row) for row in document.scans],
        )


class PackedOut(ApiModel):
    """What was packed, and where the fulfillment order stands."""

    fulfillment_order_state: FulfillmentOrderState
    parcels: list[ParcelOut]


class ParcelPage(PageOut):
    """Parcels, the newest first."""

    items: list[ParcelSummaryOut]


class LabelPage(PageOut):
    """Labels, the newest first."""

    items: list[LabelOut]


class TrackingOut(ApiModel):
    """Where a parcel is by its carrier, with every scan."""

    parcel_id: uuid.UUID
    number: str
    state: ParcelState
    carrier: str | None
    tracking_number: str | None
    tracking_status: str
    tracking_substatus: str | None
    eta_at: datetime | None
    tracking_url: str
    scans: list[CarrierScanOut]


class ManifestOut(RowModel):
    """The close-out list for one account at the carrier."""

    id: uuid.UUID
    carrier_account: str
    state: ManifestState
    error: str | None
    files: int


class ShipmentOut(RowModel):
    """A hand-over: the parcels one carrier took from one warehouse at once."""

    id: uuid.UUID
    number: str
    warehouse_code: str
    carrier: str
    handed_over_on: date
    handed_over_at: datetime
    parcels: int
    signed_by: str


class ShipmentDetailOut(ShipmentOut):
    """A hand-over with its parcels and close-out lists."""

    items: list[ParcelSummaryOut]
    manifests: list[ManifestOut]
    kept_back: list[str] = Field(
        default_factory=list, description="parcels that stayed and why; only in the answer to the hand-over"
    )

    @classmethod
    def of_document(cls, document: HandoverDocument, *, kept_back: list[str] | None = None) -> Self:
        """The answer for a hand-over as it was read."""
        return cls.of_row(
            document.handover,
            items=[ParcelSummaryOut.of_row(row) for row in document.parcels],
            manifests=[ManifestOut.of_row(row) for row in document.manifests],
            kept_back=kept_back or [],
        )


class ShipmentPage(PageOut):
    """Hand-overs, the latest first."""

    items: list[ShipmentOut]


class ShipmentIn(ApiModel):
    """The driver is here. Without parcels, all that wait for the carrier go."""

    warehouse_code: Annotated[str, Field(min_length=1, max_length=20)]
    carrier: Annotated[str, Field(pattern="^[a-z0-9_]{2,40}$")]
    parcel_ids: Annotated[list[uuid.UUID], Field(min_length=1, max_length=10_000)] | None = None
    signed_by: Annotated[str, Field(max_length=100)] = ""
    wants_manifest: bool = True
