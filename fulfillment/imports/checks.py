"""Rules of form that hold for every file, whatever its profile says."""

from collections.abc import Callable
from typing import Any
from zoneinfo import available_timezones

from fulfillment.core.barcodes import is_gtin, require_code_128
from fulfillment.core.errors import InvalidInputError
from fulfillment.imports.outcomes import CellFault
from fulfillment.imports.profiles import Deed
from fulfillment.imports.rows import (
    ImportedRow,
    MemberRow,
    OrderRow,
    ProductRow,
    StockRow,
    WarehouseRow,
    ZoneRow,
)

MAX_QTY = 100_000
AREA_SIGNS = 3
ORDER_KINDS = ("standard", "autoship", "enrollment", "party", "replacement")
SHORTAGE_CHOICES = ("refuse", "backorder", "split")
TENDER_KINDS = ("card", "bank_debit", "gift_card", "store_credit", "commission_balance", "offline")
PRODUCT_KINDS = ("goods", "sales_aid", "kit", "service")
HAZARD_CLASSES = ("", "3", "2.1", "9")
MEMBER_KINDS = ("distributor", "preferred", "retail")


def find_row_fault(row: ImportedRow, deed: Deed) -> CellFault | None:
    """The first rule of form that the row breaks; None if it breaks none."""
    return _CHECKS[type(row)](row, deed)


def _check_order(row: OrderRow, deed: Deed) -> CellFault | None:
    if deed == "return":
        return _check_return(row)
    if deed == "shipping_charge":
        return _check_charge(row)
    return (
        _check_purchase(row)
        or _check_choices(
            ("kind", row.header.kind, ORDER_KINDS),
            ("on_shortage", row.header.on_shortage, SHORTAGE_CHOICES),
            ("tender_kind", row.header.tender_kind, TENDER_KINDS),
        )
        or _check_code(row.sku, "SKU")
    )


def _check_return(row: OrderRow) -> CellFault | None:
    if 1 <= -row.qty <= MAX_QTY:
        return None
    return CellFault("qty", "bad-qty", f"A return of {row.qty} units must be negative.")


def _check_charge(row: OrderRow) -> CellFault | None:
    if row.unit_price >= 0 and row.qty >= 1:
        return None
    return CellFault("unit_price", "negative-charge", "A charge for shipping cannot be negative.")


def _check_purchase(row: OrderRow) -> CellFault | None:
    if not 1 <= row.qty <= MAX_QTY:
        return CellFault("qty", "bad-qty", f"{row.qty} units cannot be ordered; order 1 to {MAX_QTY}.")
    if min(row.unit_price, row.line_tax, row.line_discount, row.freight) < 0:
        return CellFault("unit_price", "negative-amount", "A price, tax, discount or freight is negative.")
    if row.line_discount > row.qty * row.unit_price:
        return CellFault("line_discount", "bad-discount", "The discount exceeds the price of the line.")
    return None


def _check_product(row: ProductRow, _: Deed) -> CellFault | None:
    if min(row.weight_g, row.length_mm, row.width_mm, row.height_mm, row.price, row.min_remaining_days) < 0:
        return CellFault(
            "weight_g", "negative-measure", "A weight, size, price or number of days is negative."
        )
    if row.kind in ("goods", "sales_aid") and row.weight_g == 0:
        return CellFault(
            "weight_g", "weight-zero", f"{row.sku} weighs nothing; give its packed weight in grams."
        )
    if row.gtin and not is_gtin(row.gtin):
        return CellFault("gtin", "bad-gtin", f"{row.gtin} is not a GTIN: its length or check digit is wrong.")
    return _check_choices(
        ("kind", row.kind, PRODUCT_KINDS), ("hazard_class", row.hazard_class, HAZARD_CLASSES)
    ) or _check_code(row.sku, "SKU")


def _check_stock(row: StockRow, _: Deed) -> CellFault | None:
    if row.qty < 0:
        return CellFault("qty", "negative-stock", f"{row.qty} units cannot be on hand.")
    return (
        _check_code(row.sku, "SKU")
        or (_check_code(row.lot, "Lot") if row.lot else None)
        or (_check_code(row.bin, "Bin code") if row.bin else None)
    )


def _check_member(row: MemberRow, _: Deed) -> CellFault | None:
    if row.number in (row.sponsor, row.enroller):
        return CellFault("sponsor", "own-sponsor", f"{row.number} cannot sponsor or enroll itself.")
    return _check_choices(("kind", row.kind, MEMBER_KINDS))


def _check_warehouse(row: WarehouseRow, _: Deed) -> CellFault | None:
    if row.latitude is not None and not -90 <= row.latitude <= 90:
        return CellFault("latitude", "bad-latitude", f"Latitude {row.latitude} is not between -90 and 90.")
    if row.longitude is not None and not -180 <= row.longitude <= 180:
        return CellFault(
            "longitude", "bad-longitude", f"Longitude {row.longitude} is not between -180 and 180."
        )
    if row.time_zone and row.time_zone not in available_timezones():
        return CellFault("time_zone", "bad-time-zone", f"{row.time_zone} is not an IANA time zone.")
    if row.daily_parcel_capacity < 0 or row.handling < 0:
        return CellFault("daily_parcel_capacity", "negative-capacity", "A capacity or cost is negative.")
    return _check_code(row.code, "Warehouse code")


def _check_zone(row: ZoneRow, _: Deed) -> CellFault | None:
    if row.zone < 1:
        return CellFault("zone", "bad-zone", f"Zone {row.zone} is not a zone; the first one is 1.")
    for name, area in (("origin", row.origin), ("destination", row.destination)):
        if len(area) != AREA_SIGNS:
            sentence = f"{area} is not an area; give the first {AREA_SIGNS} characters of its postcodes."
            return CellFault(name, "bad-area", sentence)
    return None


def _check_choices(*choices: tuple[str, str | None, tuple[str, ...]]) -> CellFault | None:
    for name, value, known in choices:
        if value is not None and value not in known:
            listed = ", ".join(word for word in known if word)
            return CellFault(name, f"bad-{name.replace('_', '-')}", f"{name} is {value!r}; use {listed}.")
    return None


def _check_code(text: str, what: str) -> CellFault | None:
    try:
        require_code_128(text, what=what)
    except InvalidInputError as error:
        return CellFault("sku", "bad-code", error.message)
    return None


_CHECKS: dict[type[ImportedRow], Callable[[Any, Deed], CellFault | None]] = {
    OrderRow: _check_order,
    ProductRow: _check_product,
    StockRow: _check_stock,
    MemberRow: _check_member,
    WarehouseRow: _check_warehouse,
    ZoneRow: _check_zone,
}
