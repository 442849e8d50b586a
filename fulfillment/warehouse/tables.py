"""Warehouses and bins, the stock ledger with its balances, what can be promised, and the work of picking."""

import uuid
from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from fulfillment.core.states import PickTaskState, ReceiptState, WaveState
from fulfillment.store.columns import (
    check,
    created_at_column,
    currency_column,
    date_column,
    enum_column,
    id_column,
    json_column,
    money_column,
    number_column,
    qty_column,
    text_column,
    utc_column,
    uuid_column,
)
from fulfillment.warehouse.kinds import NO_LOT, LocationKind, LotState, MovementReason


class Warehouse(SQLModel, table=True):
    """One distribution centre; capacity counts parcels a day, the cut-off is local time."""

    __tablename__ = "warehouse"
    __table_args__ = (
        check("capacity", "daily_parcel_capacity >= 0"),
        check("handling", "handling_minor >= 0"),
        check("place", "latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180"),
    )

    code: str = text_column(primary_key=True)
    name: str = text_column()
    address: dict[str, Any] = json_column()
    country: str = text_column()
    latitude: float = Field()
    longitude: float = Field()
    time_zone: str = text_column()
    daily_parcel_capacity: int = qty_column(default=100_000)
    cutoff_at: time = Field(default=time(14, 0))
    handling_minor: int = money_column(default=0)
    currency: str = currency_column(default="USD")
    is_active: bool = Field(default=True)
    created_at: datetime = created_at_column()


class Location(SQLModel, table=True):
    """One place stock can be: a bin has a zone, an aisle, and its place along it from the front."""

    __tablename__ = "location"
    __table_args__ = (
        sa.Index(
            "uq_location_warehouse_code",
            "warehouse_code",
            "code",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        sa.Index("uq_location_barcode", "barcode", unique=True),
        check("only_bins_are_sellable", "NOT is_sellable OR kind = 'bin'"),
    )

    id: uuid.UUID = id_column()
    warehouse_code: str | None = text_column("warehouse.code", default=None)
    kind: LocationKind = enum_column(LocationKind)
    code: str = text_column()
    barcode: str = text_column()
    zone: str = text_column(default="")
    aisle: str = text_column(default="")
    walk_rank: int = qty_column(default=0)
    is_sellable: bool = Field(default=False)
    is_blocked: bool = Field(default=False)


class Lot(SQLModel, table=True):
    """Units of one SKU made together; the unnamed lot stands for goods that are not lot-tracked."""

    __tablename__ = "lot"
    __table_args__ = (sa.Index(None, "expires_on"),)

    sku: str = text_column("product.sku", primary_key=True)
    lot: str = text_column(primary_key=True)
    expires_on: date | None = date_column(default=None)
    state: LotState = enum_column(LotState, default=LotState.SELLABLE)
    created_at: datetime = created_at_column()


class Balance(SQLModel, table=True):
    """Units of one lot at one location: the running sum of its movements.

    `claimed` is what open pick tasks will take from it.
    """

    __tablename__ = "balance"
    __table_args__ = (
        sa.ForeignKeyConstraint(["sku", "lot"], ["lot.sku", "lot.lot"]),
        check("claimed", "claimed >= 0"),
        check("claimed_is_there", "claimed <= qty OR claimed = 0"),
        check("outside_may_go_negative", "is_outside OR qty >= 0"),
        sa.Index(None, "sku", "lot"),
    )

    location_id: uuid.UUID = uuid_column("location.id", primary_key=True)
    sku: str = text_column(primary_key=True)
    lot: str = text_column(primary_key=True)
    is_outside: bool = Field(default=False)
    qty: int = qty_column(default=0)
    claimed: int = qty_column(default=0)


class Movement(SQLModel, table=True):
    """One posting of the ledger: units of a lot left one location for another. Never changed."""

    __tablename__ = "movement"
    __table_args__ = (
        check("qty", "qty > 0"),
        check("two_places", "from_location_id <> to_location_id"),
        sa.ForeignKeyConstraint(["sku", "lot"], ["lot.sku", "lot.lot"]),
        sa.Index(None, "sku", "lot"),
        sa.Index(None, "subject_kind", "subject_id"),
    )

    number: int | None = number_column()
    moved_at: datetime = utc_column()
    sku: str = text_column()
    lot: str = text_column()
    qty: int = qty_column()
    from_location_id: uuid.UUID = uuid_column("location.id", index=True)
    to_location_id: uuid.UUID = uuid_column("location.id", index=True)
    reason: MovementReason = enum_column(MovementReason)
    subject_kind: str = text_column()
    subject_id: str = text_column()
    posting_key: str = text_column(unique=True)
    reverses: int | None = Field(
        default=None, sa_type=sa.BigInteger, foreign_key="movement.number", unique=True
    )
    actor: str = text_column()
    serials: list[str] = json_column(default=list)


class Availability(SQLModel, table=True):
    """What one warehouse can promise of one SKU: `sellable - reserved - kept_back` units, never below zero.

    Units kept back wait for booked autoships: only a run may take them. Where stock was lost they may be more
    than is left.
    """

    __tablename__ = "availability"
    __table_args__ = (
        check("never_oversold", "0 <= reserved AND reserved <= sellable"),
        check("kept_back", "kept_back >= 0"),
    )

    warehouse_code: str = text_column("warehouse.code", primary_key=True)
    sku: str = text_column("product.sku", primary_key=True)
    sellable: int = qty_column(default=0)
    reserved: int = qty_column(default=0)
    kept_back: int = qty_column(default=0)


class Wave(SQLModel, table=True):
    """Fulfillment orders released to the floor together."""

    __tablename__ = "wave"
    __table_args__ = (sa.Index(None, "warehouse_code", "state"),)

    id: uuid.UUID = id_column()
    number: str = text_column(unique=True)
    warehouse_code: str = text_column("warehouse.code")
    state: WaveState = enum_column(WaveState, default=WaveState.RELEASED)
    released_at: datetime = utc_column()
    released_by: str = text_column()
    closed_at: datetime | None = utc_column(default=None)


class PickTask(SQLModel, table=True):
    """Take `qty` units of one lot from one bin for one fulfillment order's line.

    `is_located` says that the picker has scanned the bin.
    """

    __tablename__ = "pick_task"
    __table_args__ = (
        check("qty", "qty > 0 AND qty_picked >= 0 AND qty_picked <= qty"),
        sa.ForeignKeyConstraint(["sku", "lot"], ["lot.sku", "lot.lot"]),
        sa.UniqueConstraint("wave_id", "sequence"),
        sa.Index(None, "fulfillment_order_line_id"),
        sa.Index(None, "fulfillment_order_id"),
    )

    id: uuid.UUID = id_column()
    wave_id: uuid.UUID = uuid_column("wave.id")
    sequence: int = qty_column()
    fulfillment_order_id: uuid.UUID = uuid_column("fulfillment_order.id")
    fulfillment_order_line_id: uuid.UUID = uuid_column("fulfillment_order_line.id")
    location_id: uuid.UUID = uuid_column("location.id")
    sku: str = text_column()
    lot: str = text_column()
    qty: int = qty_column()
    qty_picked: int = qty_column(default=0)
    state: PickTaskState = enum_column(PickTaskState, default=PickTaskState.OPEN)
    is_located: bool = Field(default=False)
    tote: str | None = text_column(default=None)
    picker_id: str | None = text_column(default=None)
    claimed_until: datetime | None = utc_column(default=None)


class PickScan(SQLModel, table=True):
    """One scan as the device made it, with what was answered; its id is the device's own."""

    __tablename__ = "pick_scan"

    scan_id: uuid.UUID = uuid_column(primary_key=True)
    pick_task_id: uuid.UUID | None = uuid_column("pick_task.id", default=None, index=True)
    wave_id: uuid.UUID | None = uuid_column("wave.id", default=None, index=True)
    device_id: str = text_column(default="")
    device_sequence: int = Field(default=0, sa_type=sa.BigInteger)
    scanned: str = text_column()
    fingerprint: str = text_column()
    outcome: str = text_column()
    answer: dict[str, Any] = json_column()
    actor: str = text_column()
    scanned_at: datetime = utc_column()
    received_at: datetime = created_at_column()


class Receipt(SQLModel, table=True):
    """Goods coming in, expected or as they stand at the dock."""

    __tablename__ = "receipt"

    id: uuid.UUID = id_column()
    number: str = text_column(unique=True)
    warehouse_code: str = text_column("warehouse.code")
    supplier: str = text_column(default="")
    supplier_ref: str = text_column(default="")
    state: ReceiptState = enum_column(ReceiptState, default=ReceiptState.EXPECTED)
    expected_on: date | None = date_column(default=None)
    closed_at: datetime | None = utc_column(default=None)
    created_at: datetime = created_at_column()


class ReceiptLine(SQLModel, table=True):
    """Units of one lot expected and received."""

    __tablename__ = "receipt_line"
    __table_args__ = (
        check("qty", "qty_expected >= 0 AND qty_received >= 0"),
        sa.UniqueConstraint("receipt_id", "sku", "lot"),
    )

    id: uuid.UUID = id_column()
    receipt_id: uuid.UUID = uuid_column("receipt.id")
    sku: str = text_column("product.sku")
    lot: str = text_column(default=NO_LOT)
    expires_on: date | None = date_column(default=None)
    qty_expected: int = qty_column(default=0)
    qty_received: int = qty_column(default=0)


class CountTask(SQLModel, table=True):
    """Count one lot in one bin: by plan, or because a picker found less than the ledger says."""

    __tablename__ = "count_task"
    __table_args__ = (
        sa.ForeignKeyConstraint(["sku", "lot"], ["lot.sku", "lot.lot"]),
        check("counted", "(qty_counted IS NULL) = (counted_at IS NULL) AND qty_counted >= 0"),
        sa.Index(
            "uq_count_task_open",
            "location_id",
            "sku",
            "lot",
            unique=True,
            postgresql_where=sa.text("counted_at IS NULL"),
        ),
    )

    id: uuid.UUID = id_column()
    location_id: uuid.UUID = uuid_column("location.id")
    sku: str = text_column()
    lot: str = text_column()
    reason: str = text_column()
    qty_expected: int = qty_column()
    qty_counted: int | None = Field(default=None)
    opened_by: str = text_column()
    counted_by: str | None = text_column(default=None)
    counted_at: datetime | None = utc_column(default=None)
    created_at: datetime = created_at_column()
