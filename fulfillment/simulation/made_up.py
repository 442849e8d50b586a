"""What a made-up company consists of, as plain values; writing it down is somebody else's deed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from fulfillment.catalog.specifications import NewProduct
from fulfillment.distributors.membership import NewMember
from fulfillment.orders.requests import OrderRequest
from fulfillment.shipping.terms import CartonSize, DistanceBand, Divisor, RateTable
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
