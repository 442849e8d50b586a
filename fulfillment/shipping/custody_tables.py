"""Who has a parcel and since when: hand-overs with their manifests, the carrier's messages, and its scans."""

import uuid
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from fulfillment.store.columns import (
    created_at_column,
    date_column,
    enum_column,
    id_column,
    number_column,
    qty_column,
    text_column,
    utc_column,
    uuid_column,
)


class Handover(SQLModel, table=True):
    """Parcels one carrier took from one warehouse on one day: the carrier's possession begins here."""

    __tablename__ = "handover"
    __table_args__ = (sa.Index(None, "warehouse_code", "carrier", "handed_over_on"),)

    id: uuid.UUID = id_column()
    number: str = text_column(unique=True)
    warehouse_code: str = text_column("warehouse.code")
    carrier: str = text_column()
    handed_over_on: date = date_column()
    handed_over_at: datetime = utc_column()
    parcels: int = qty_column()
    signed_by: str = text_column(default="")
    actor: str = text_column()


class ManifestState(StrEnum):
    """Where a close-out list is; the parcels are with the carrier whatever becomes of its paper."""

    REQUESTED = "requested"
    MADE = "made"
    REFUSED = "refused"


class Manifest(SQLModel, table=True):
    """The close-out list of a hand-over for one account at the carrier."""

    __tablename__ = "manifest"
    __table_args__ = (sa.UniqueConstraint("handover_id", "carrier_account"),)

    id: uuid.UUID = id_column()
    handover_id: uuid.UUID = uuid_column("handover.id")
    carrier_account: str = text_column()
    state: ManifestState = enum_column(ManifestState, default=ManifestState.REQUESTED)
    manifest_ref: str | None = text_column(default=None)
    error: str | None = text_column(default=None)
    created_at: datetime = created_at_column()


class ManifestDocument(SQLModel, table=True):
    """One file of a manifest; carriers split long lists."""

    __tablename__ = "manifest_document"

    manifest_id: uuid.UUID = uuid_column("manifest.id", primary_key=True)
    place: int = Field(primary_key=True, sa_type=sa.Integer)
    media_type: str = text_column()
    sha256: str = text_column()
    content: bytes = Field(sa_type=sa.LargeBinary)


class CarrierWebhook(SQLModel, table=True):
    """A carrier's message byte for byte as it arrived; stored first, applied by a job, kept."""

    __tablename__ = "carrier_webhook"

    id: uuid.UUID = id_column()
    sha256: str = text_column(unique=True)
    is_signed: bool = Field(default=False)
    body: bytes = Field(sa_type=sa.LargeBinary)
    received_at: datetime = utc_column()
    applied_at: datetime | None = utc_column(default=None)
    outcome: str | None = text_column(default=None)


class TrackingEvent(SQLModel, table=True):
    """One scan by a carrier, in its own time; late ones are kept and never move a parcel backward."""

    __tablename__ = "tracking_event"
    __table_args__ = (
        sa.UniqueConstraint("carrier", "tracking_number", "event_key"),
        sa.Index(None, "parcel_id"),
    )

    number: int | None = number_column()
    parcel_id: uuid.UUID | None = uuid_column("parcel.id", default=None)
    carrier: str = text_column()
    tracking_number: str = text_column()
    event_key: str = text_column()
    status: str = text_column()
    substatus: str | None = text_column(default=None)
    details: str = text_column(default="")
    place: str = text_column(default="")
    happened_at: datetime = utc_column()
    received_at: datetime = utc_column()
    source: str = text_column()
