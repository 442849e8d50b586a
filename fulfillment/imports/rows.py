"""The rows of a file after mapping: one dataclass for each kind of file, the same for every profile.

Amounts are whole minor units of the row's currency, volumes hundredths of points for one unit, instants
aware and in UTC. A field the file leaves blank is None in a header and its neutral value elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from fulfillment.imports.outcomes import FileKind


class CellKind(StrEnum):
    """How the text of a cell is read."""

    TEXT = "text"
    WHOLE = "whole"
    DECIMAL = "decimal"
    MONEY = "money"
    VOLUME = "volume"
    INSTANT = "instant"
    DAY = "day"
    FLAG = "flag"


VOLUME_PREFIX = "volume_"
"""A profile maps the volume BV by a field called `volume_bv`."""

Value = str | int | float | bool | datetime | date


@dataclass(frozen=True)
class OrderHeader:
    """What an order's lines share. A file may repeat it on each line or give it on the first only."""

    kind: str | None = None
    status: str | None = None
    on_shortage: str | None = None
    market: str | None = None
    priority: int | None = None
    ships_complete: bool | None = None
    warehouse: str | None = None
    member: str | None = None
    buyer_role: str | None = None
    name: str | None = None
    company: str | None = None
    street1: str | None = None
    street2: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    country: str | None = None
    phone: str | None = None
    email: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    ordered_at: datetime | None = None
    due_on: date | None = None
    paid: int | None = None
    tender_kind: str | None = None
    provider: str | None = None
    provider_ref: str | None = None
    order_shipping: int | None = None
    order_tax: int | None = None
    order_discount: int | None = None
    returns_order_ref: str | None = None


@dataclass(frozen=True)
class OrderRow:
    """One line of an order file. `qty` keeps the file's sign; `freight` is for the whole line."""

    line_no: int
    order_ref: str
    sku: str
    qty: int
    unit_price: int
    currency: str
    line_tax: int = 0
    line_discount: int = 0
    freight: int = 0
    volumes: Mapping[str, int] | None = None
    header: OrderHeader = field(default_factory=OrderHeader)


@dataclass(frozen=True)
class ProductRow:
    """One article."""

    line_no: int
    sku: str
    name: str
    weight_g: int
    length_mm: int
    width_mm: int
    height_mm: int
    price: int
    currency: str
    gtin: str = ""
    kind: str = "goods"
    category: str = ""
    volumes: Mapping[str, int] = field(default_factory=dict)
    is_lot_tracked: bool = False
    is_supplement: bool = False
    hazard_class: str = ""
    is_limited_quantity: bool = False
    min_remaining_days: int = 0
    origin_country: str = ""


@dataclass(frozen=True)
class StockRow:
    """Units of one lot of one SKU in one warehouse, on hand."""

    line_no: int
    warehouse: str
    sku: str
    qty: int
    bin: str = ""
    lot: str = ""
    expires_on: date | None = None


@dataclass(frozen=True)
class MemberRow:
    """One distributor or customer; sponsor and enroller are numbers of other members."""

    line_no: int
    number: str
    name: str
    joined_on: date
    kind: str = "distributor"
    sponsor: str = ""
    enroller: str = ""
    email: str = ""
    phone: str = ""
    street1: str = ""
    street2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = "US"
    market: str = "US"
    locale: str = "en"


@dataclass(frozen=True)
class WarehouseRow:
    """One warehouse and where it is."""

    line_no: int
    code: str
    name: str
    country: str
    zip: str
    latitude: float | None = None
    longitude: float | None = None
    time_zone: str = ""
    street1: str = ""
    city: str = ""
    state: str = ""
    daily_parcel_capacity: int = 100_000
    handling: int = 0
    currency: str = "USD"


@dataclass(frozen=True)
class ZoneRow:
    """A carrier's zone between two areas; an area is the first three characters of its postcodes."""

    line_no: int
    carrier: str
    origin: str
    destination: str
    zone: int
    country: str = "US"


ImportedRow = OrderRow | ProductRow | StockRow | MemberRow | WarehouseRow | ZoneRow

_TEXT, _WHOLE, _MONEY = CellKind.TEXT, CellKind.WHOLE, CellKind.MONEY

HEADER_CELLS: Mapping[str, CellKind] = {
    **dict.fromkeys(
        (
            "kind", "status", "on_shortage", "market", "warehouse", "member", "buyer_role", "name", "company",
            "street1", "street2", "city", "state", "zip", "country", "phone", "email", "tender_kind",
            "provider", "provider_ref", "returns_order_ref",
        ),
        _TEXT,
    ),
    **dict.fromkeys(("paid", "order_shipping", "order_tax", "order_discount"), _MONEY),
    "priority": _WHOLE,
    "ships_complete": CellKind.FLAG,
    "latitude": CellKind.DECIMAL,
    "longitude": CellKind.DECIMAL,
    "ordered_at": CellKind.INSTANT,
    "due_on": CellKind.DAY,
}  # fmt: skip

CELLS: Mapping[FileKind, Mapping[str, CellKind]] = {
    FileKind.ORDERS: {
        "currency": _TEXT,
        "order_ref": _TEXT,
        "line_ref": _TEXT,
        "sku": _TEXT,
        "qty": _WHOLE,
        "unit_price": _MONEY,
        "line_tax": _MONEY,
        "line_discount": _MONEY,
        "freight": _MONEY,
        **HEADER_CELLS,
    },
    FileKind.PRODUCTS: {
        **dict.fromkeys(
            ("currency", "sku", "name", "gtin", "kind", "category", "hazard_class", "origin_country"), _TEXT
        ),
        **dict.fromkeys(("weight_g", "length_mm", "width_mm", "height_mm", "min_remaining_days"), _WHOLE),
        **dict.fromkeys(("is_lot_tracked", "is_supplement", "is_limited_quantity"), CellKind.FLAG),
        "price": _MONEY,
    },
    FileKind.STOCK: {
        **dict.fromkeys(("warehouse", "sku", "bin", "lot"), _TEXT),
        "qty": _WHOLE,
        "expires_on": CellKind.DAY,
    },
    FileKind.DISTRIBUTORS: {
        **dict.fromkeys(
            (
                "number", "name", "kind", "sponsor", "enroller", "email", "phone", "street1", "street2",
                "city", "state", "zip", "country", "market", "locale",
            ),
            _TEXT,
        ),
        "joined_on": CellKind.DAY,
    },
    FileKind.WAREHOUSES: {
        **dict.fromkeys(
            ("currency", "code", "name", "country", "zip", "time_zone", "street1", "city", "state"), _TEXT
        ),
        "latitude": CellKind.DECIMAL,
        "longitude": CellKind.DECIMAL,
        "daily_parcel_capacity": _WHOLE,
        "handling": _MONEY,
    },
    FileKind.ZONES: {**dict.fromkeys(("carrier", "country", "origin", "destination"), _TEXT), "zone": _WHOLE},
}  # fmt: skip

REQUIRED: Mapping[FileKind, tuple[str, ...]] = {
    FileKind.ORDERS: ("order_ref", "sku", "qty", "unit_price", "currency"),
    FileKind.PRODUCTS: (
        "sku", "name", "weight_g", "length_mm", "width_mm", "height_mm", "price", "currency"
    ),
    FileKind.STOCK: ("warehouse", "sku", "qty"),
    FileKind.DISTRIBUTORS: ("number", "name", "joined_on"),
    FileKind.WAREHOUSES: ("code", "name", "country", "zip"),
    FileKind.ZONES: ("carrier", "origin", "destination", "zone"),
}  # fmt: skip

KEY: Mapping[FileKind, tuple[str, ...]] = {
    FileKind.ORDERS: ("order_ref",),
    FileKind.PRODUCTS: ("sku",),
    FileKind.STOCK: ("warehouse", "bin", "sku", "lot"),
    FileKind.DISTRIBUTORS: ("number",),
    FileKind.WAREHOUSES: ("code",),
    FileKind.ZONES: ("carrier", "country", "origin", "destination"),
}
"""The fields whose values name what a row is about."""
