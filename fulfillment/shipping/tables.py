"""Cartons and parcels, the postage bought for them, and rate cards."""

import uuid
from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from fulfillment.core.ids import new_public_id
from fulfillment.core.states import ParcelState, PostageState
from fulfillment.store.columns import (
    check,
    created_at_column,
    currency_column,
    date_column,
    enum_column,
    id_column,
    money_column,
    qty_column,
    text_column,
    utc_column,
    uuid_column,
)

LIVE_POSTAGE = ("intended", "calling", "in_doubt", "bought")
"""States in which a purchase is, or may turn out to be, paid and usable; a parcel has at most one."""


class Carton(SQLModel, table=True):
    """A box to pack in; inner sizes, and the weight it adds."""

    __tablename__ = "carton"
    __table_args__ = (
        check("measures", "length_mm > 0 AND width_mm > 0 AND height_mm > 0 AND weight_g >= 0"),
        check("max_weight", "max_weight_g > 0"),
    )

    code: str = text_column(primary_key=True)
    name: str = text_column()
    length_mm: int = qty_column()
    width_mm: int = qty_column()
    height_mm: int = qty_column()
    weight_g: int = qty_column()
    max_weight_g: int = qty_column()
    is_active: bool = Field(default=True)


class Parcel(SQLModel, table=True):
    """One packed box of one fulfillment order; the public id opens its tracking page.

    `problem` is a sentence about what only a person can set right; it is empty as long as all goes by itself.
    """

    __tablename__ = "parcel"
    __table_args__ = (
        check("measures", "weight_g > 0 AND length_mm > 0 AND width_mm > 0 AND height_mm > 0"),
        sa.Index(None, "fulfillment_order_id"),
        sa.Index(None, "order_id"),
        sa.Index(None, "tracking_number", "carrier"),
        sa.Index(None, "state"),
        sa.Index("ix_parcel_with_problem", "id", postgresql_where=sa.text("problem IS NOT NULL")),
    )

    id: uuid.UUID = id_column()
    number: str = text_column(unique=True)
    public_id: str = text_column(default=new_public_id, unique=True)
    order_id: uuid.UUID = uuid_column("customer_order.id")
    fulfillment_order_id: uuid.UUID = uuid_column("fulfillment_order.id")
    warehouse_code: str = text_column("warehouse.code")
    carton_code: str | None = text_column("carton.code", default=None)
    state: ParcelState = enum_column(ParcelState, default=ParcelState.PACKED)
    weight_g: int = qty_column()
    length_mm: int = qty_column()
    width_mm: int = qty_column()
    height_mm: int = qty_column()
    has_hazard: bool = Field(default=False)
    carrier: str | None = text_column(default=None)
    service: str | None = text_column(default=None)
    tracking_number: str | None = text_column(default=None)
    tracking_status: str = text_column(default="unknown")
    tracking_substatus: str | None = text_column(default=None)
    tracking_at: datetime | None = utc_column(default=None)
    tracking_checked_at: datetime | None = utc_column(default=None)
    due_on: date | None = date_column(default=None)
    eta_at: datetime | None = utc_column(default=None)
    problem: str | None = text_column(default=None)
    handover_id: uuid.UUID | None = uuid_column("handover.id", default=None, index=True)
    packed_at: datetime = utc_column()
    shipped_at: datetime | None = utc_column(default=None)
    delivered_at: datetime | None = utc_column(default=None)


class ParcelLine(SQLModel, table=True):
    """Units of one lot in one parcel: the end of the thread from lot to buyer."""

    __tablename__ = "parcel_line"
    __table_args__ = (
        check("qty", "qty > 0"),
        sa.UniqueConstraint("parcel_id", "fulfillment_order_line_id", "lot"),
        sa.Index(None, "fulfillment_order_line_id"),
        sa.Index(None, "sku", "lot"),
    )

    id: uuid.UUID = id_column()
    parcel_id: uuid.UUID = uuid_column("parcel.id")
    fulfillment_order_line_id: uuid.UUID = uuid_column("fulfillment_order_line.id")
    order_line_id: uuid.UUID = uuid_column("order_line.id", index=True)
    sku: str = text_column("product.sku")
    lot: str = text_column(default="")
    qty: int = qty_column()


class PostagePurpose(StrEnum):
    """Outbound postage carries goods to the buyer, return postage brings them back."""

    OUTBOUND = "outbound"
    RETURN = "return"


class Postage(SQLModel, table=True):
    """One purchase from a carrier, written down before the call is made.

    Its id travels as the purchase's metadata, so that a purchase whose answer was lost can be found again.
    `is_surplus` marks a purchase that was found beside the adopted one and has to be voided.
    """

    __tablename__ = "postage"
    __table_args__ = (
        sa.Index(
            "uq_postage_one_live_per_parcel",
            "parcel_id",
            "purpose",
            unique=True,
            postgresql_where=sa.text(
                "state IN ('intended', 'calling', 'in_doubt', 'bought') AND NOT is_surplus"
            ),
        ),
        sa.Index(
            "uq_postage_one_live_per_return",
            "return_id",
            unique=True,
            postgresql_where=sa.text(
                "state IN ('intended', 'calling', 'in_doubt', 'bought') AND NOT is_surplus"
            ),
        ),
        sa.Index(None, "parcel_id"),
        sa.Index(None, "return_id"),
        sa.Index(None, "carrier", "tracking_number"),
        sa.Index(
            "ix_postage_unsettled",
            "state",
            postgresql_where=sa.text("state IN ('intended', 'calling', 'in_doubt', 'void_requested')"),
        ),
        check("belongs", "(purpose = 'outbound') = (return_id IS NULL)"),
    )

    id: uuid.UUID = id_column()
    purpose: PostagePurpose = enum_column(PostagePurpose, default=PostagePurpose.OUTBOUND)
    parcel_id: uuid.UUID | None = uuid_column("parcel.id", default=None)
    return_id: uuid.UUID | None = uuid_column("return_authorization.id", default=None)
    state: PostageState = enum_column(PostageState, default=PostageState.INTENDED)
    is_surplus: bool = Field(default=False)
    carrier: str = text_column()
    service: str = text_column()
    carrier_account: str = text_column(default="")
    shipment_ref: str = text_column(default="")
    rate_ref: str = text_column(index=True)
    quoted_minor: int = money_column()
    charged_minor: int | None = money_column(default=None)
    currency: str = currency_column()
    transaction_ref: str | None = text_column(default=None, unique=True)
    refund_ref: str | None = text_column(default=None)
    tracking_number: str | None = text_column(default=None)
    label_url: str | None = text_column(default=None)
    lookups: int = qty_column(default=0)
    called_at: datetime | None = utc_column(default=None)
    settle_after: datetime | None = utc_column(default=None)
    bought_at: datetime | None = utc_column(default=None)
    error: str | None = text_column(default=None)
    created_at: datetime = created_at_column()


class PostageDocument(SQLModel, table=True):
    """The label as the carrier gave it; bytes, because the carrier's address for it expires."""

    __tablename__ = "postage_document"

    postage_id: uuid.UUID = uuid_column("postage.id", primary_key=True)
    media_type: str = text_column()
    sha256: str = text_column()
    content: bytes = Field(sa_type=sa.LargeBinary)
    created_at: datetime = created_at_column()


class RateCard(SQLModel, table=True):
    """The prices of one carrier's service from a date on; the latest card that has begun is in force."""

    __tablename__ = "rate_card"
    __table_args__ = (sa.UniqueConstraint("carrier", "service", "valid_from"),)

    id: uuid.UUID = id_column()
    carrier: str = text_column()
    service: str = text_column()
    currency: str = currency_column()
    country: str = text_column(default="US")
    valid_from: date = date_column()
    source: str = text_column()


class RateCardRow(SQLModel, table=True):
    """The price of a parcel to a zone up to a billable weight."""

    __tablename__ = "rate_card_row"
    __table_args__ = (check("row", "max_weight_g > 0 AND price_minor >= 0 AND zone >= 0"),)

    rate_card_id: uuid.UUID = uuid_column("rate_card.id", primary_key=True)
    zone: int = Field(primary_key=True, sa_type=sa.Integer)
    max_weight_g: int = Field(primary_key=True, sa_type=sa.Integer)
    price_minor: int = money_column()


class ZoneBand(SQLModel, table=True):
    """A carrier's zone for distances up to a limit; distance gives the real zone in 86 % of pairs."""

    __tablename__ = "zone_band"
    __table_args__ = (check("band", "max_km > 0 AND zone > 0"),)

    carrier: str = text_column(primary_key=True)
    country: str = text_column(primary_key=True)
    zone: int = Field(primary_key=True, sa_type=sa.Integer)
    max_km: int = qty_column()
    transit_days: int = qty_column(default=1)


class ZonePair(SQLModel, table=True):
    """A carrier's zone between two areas, by its own chart; it goes before the zone by distance."""

    __tablename__ = "zone_pair"
    __table_args__ = (
        check("zone", "zone > 0"),
        sa.Index(None, "origin_area", "destination_area"),
    )

    carrier: str = text_column(primary_key=True)
    country: str = text_column(primary_key=True)
    origin_area: str = text_column(primary_key=True)
    destination_area: str = text_column(primary_key=True)
    zone: int = qty_column()


class DimensionalDivisor(SQLModel, table=True):
    """How a carrier turns volume into billable weight from a date on."""

    __tablename__ = "dimensional_divisor"
    __table_args__ = (check("divisor", "cm3_per_kg > 0 AND applies_above_cm3 >= 0"),)

    carrier: str = text_column(primary_key=True)
    valid_from: date = Field(primary_key=True, sa_type=sa.Date)
    cm3_per_kg: int = qty_column()
    applies_above_cm3: int = qty_column(default=0)
    source: str = text_column()
