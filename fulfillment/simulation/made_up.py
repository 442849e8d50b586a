"""What a made-up company consists of, as plain values; writing it down is somebody else's deed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from fulfillment.catalog.specifications import NewProduct
from fulfillment.distributors.membership import NewMember
from fulfillment.orders.requests import OrderRequest
from fulfillment.warehouse.layout import NewBin
from fulfillment.warehouse.setup import NewWarehouse


@dataclass(frozen=True)
class Article:
    """A product with what the hall and the demand have to know of it beside its own data."""

    product: NewProduct
    zone: str
    shelf_months: int
    parts: Mapping[str, int]


@dataclass(frozen=True)
class StockedUnits:
    """Units of one lot in one bin."""

    warehouse_code: str
    bin_code: str
    sku: str
    qty: int
    lot: str = ""
    expires_on: date | None = None


@dataclass(frozen=True)
class CartonSize:
    """A box to pack in, by its inner sizes."""

    code: str
    name: str
    length_mm: int
    width_mm: int
    height_mm: int
    weight_g: int
    max_weight_g: int


@dataclass(frozen=True)
class RateTable:
    """The prices of one service from a date on: `rows` are (zone, heaviest weight in grams, minor units)."""

    carrier: str
    service: str
    country: str
    currency: str
    valid_from: date
    source: str
    rows: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class DistanceBand:
    """A carrier's zone for distances up to a limit."""

    carrier: str
    country: str
    zone: int
    max_km: int
    transit_days: int


@dataclass(frozen=True)
class Divisor:
    """How a carrier turns volume into billable weight from a date on."""

    carrier: str
    valid_from: date
    cm3_per_kg: int
    applies_above_cm3: int
    source: str


@dataclass(frozen=True)
class ShippingTerms:
    """Cartons and tariffs."""

    cartons: tuple[CartonSize, ...]
    rates: tuple[RateTable, ...]
    bands: tuple[DistanceBand, ...]
    divisors: tuple[Divisor, ...]


@dataclass(frozen=True)
class MadeUpCompany:
    """All of it; the same seed and day give the same company."""

    articles: tuple[Article, ...]
    warehouses: tuple[NewWarehouse, ...]
    bins: Mapping[str, tuple[NewBin, ...]]
    stock: tuple[StockedUnits, ...]
    members: tuple[NewMember, ...]
    orders: tuple[OrderRequest, ...]
    shipping: ShippingTerms
