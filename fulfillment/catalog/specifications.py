"""A product as it is handed in, and whether it can be stocked, sold and labeled."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from fulfillment.catalog.kinds import HazardClass, ProductKind
from fulfillment.core.barcodes import parse_gtin, require_code_128
from fulfillment.core.errors import InvalidInputError

MAX_NAME_LENGTH = 200
MAX_WEIGHT_G = 1_000_000
MAX_LENGTH_MM = 10_000
MAX_PRICE_MINOR = 10**12
MAX_REMAINING_DAYS = 3650


@dataclass(frozen=True)
class NewProduct:
    """One article; weights and sizes are those of the packed unit, `volumes` hundredths of points."""

    sku: str
    name: str
    price_minor: int
    currency: str
    kind: ProductKind = ProductKind.GOODS
    gtin: str | None = None
    category: str = ""
    weight_g: int = 0
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0
    volumes: Mapping[str, int] = field(default_factory=dict)
    is_lot_tracked: bool = False
    is_serial_tracked: bool = False
    is_supplement: bool = False
    min_remaining_days: int = 0
    hazard_class: HazardClass | None = None
    is_limited_quantity: bool = False
    origin_country: str | None = None
    tariff_code: str | None = None
    is_active: bool = True
    details: Mapping[str, str] = field(default_factory=dict)


def check_product(product: NewProduct) -> NewProduct:
    """The product as it is stored: its GTIN in plain digits, everything else as given.

    Raises:
        InvalidInputError: a barcode cannot carry the SKU, the GTIN does not check, goods weigh nothing, or
            a measure or price is out of range.
    """
    require_code_128(product.sku, what="SKU")
    if not 1 <= len(product.name.strip()) <= MAX_NAME_LENGTH:
        raise InvalidInputError(
            f"Product {product.sku} needs a name of 1 to {MAX_NAME_LENGTH} characters.", sku=product.sku
        )
    _require_range(product, "weight_g", product.weight_g, MAX_WEIGHT_G)
    for name in "length_mm", "width_mm", "height_mm":
        _require_range(product, name, getattr(product, name), MAX_LENGTH_MM)
    _require_range(product, "price_minor", product.price_minor, MAX_PRICE_MINOR)
    _require_range(product, "min_remaining_days", product.min_remaining_days, MAX_REMAINING_DAYS)
    if product.kind in {ProductKind.GOODS, ProductKind.SALES_AID} and product.weight_g == 0:
        raise InvalidInputError(
            f"Product {product.sku} weighs nothing; give its weight in grams, or no rate can be found.",
            sku=product.sku,
        )
    return replace(product, gtin=parse_gtin(product.gtin) if product.gtin else None)


def gtin_spellings(code: str) -> list[str]:
    """All lengths in which one GTIN is printed: a UPC-A read as EAN-13 has a zero in front.

    Empty for a code that is no GTIN.
    """
    try:
        digits = parse_gtin(code)
    except InvalidInputError:
        return []
    core = digits.lstrip("0")
    return [core.zfill(length) for length in (8, 12, 13, 14) if len(core) <= length]


def _require_range(product: NewProduct, name: str, value: int, limit: int) -> None:
    if not 0 <= value <= limit:
        raise InvalidInputError(
            f"Product {product.sku}: {name} is {value}; give 0 to {limit}.", sku=product.sku, field=name
        )
