"""Rows of products and stock become articles and units in bins."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.kinds import HazardClass, ProductKind
from fulfillment.catalog.products import save_products
from fulfillment.catalog.specifications import NewProduct
from fulfillment.catalog.tables import Product
from fulfillment.core.errors import InvalidInputError, NotFoundError
from fulfillment.flows.import_work import ImportContext, accepted_record
from fulfillment.imports.classifying import KeptRow
from fulfillment.imports.outcomes import RowFinding, RowOutcome
from fulfillment.imports.rows import ImportedRow, ProductRow, StockRow
from fulfillment.imports.runs import RowRecord
from fulfillment.store.clock import read_now
from fulfillment.store.columns import table_of
from fulfillment.warehouse.kinds import LocationKind
from fulfillment.warehouse.layout import NewBin
from fulfillment.warehouse.ledger import post_movements
from fulfillment.warehouse.lots import LotFacts, ensure_lots
from fulfillment.warehouse.movements import Units, adjust
from fulfillment.warehouse.places import places_of
from fulfillment.warehouse.setup import add_bins, require_warehouse
from fulfillment.warehouse.tables import Location

OPENING_BIN = "OPENING"
"""Where units stand whose file names no bin."""

PRODUCT = table_of(Product)
LOCATION = table_of(Location)


@dataclass(frozen=True)
class _StockedProduct:
    kind: ProductKind
    is_lot_tracked: bool


def write_products(session: Session, kept: Sequence[KeptRow], context: ImportContext) -> list[RowRecord]:
    """The products stand in the catalog as the rows say."""
    products = [_make_product(row.row) for row in kept]
    saved = save_products(session, products=products, actor=context.actor)
    return [
        accepted_record(
            line_no=row.row.line_no,
            group_ref=row.group_ref,
            code=f"product-{saved[product.sku]}",
            object_kind="product",
            object_ref=product.sku,
        )
        for row, product in zip(kept, products, strict=True)
    ]


def _make_product(row: ImportedRow) -> NewProduct:
    assert isinstance(row, ProductRow), "a products file has product rows"
    return NewProduct(
        sku=row.sku,
        name=row.name,
        price_minor=row.price,
        currency=row.currency,
        kind=ProductKind(row.kind),
        gtin=row.gtin or None,
        category=row.category,
        weight_g=row.weight_g,
        length_mm=row.length_mm,
        width_mm=row.width_mm,
        height_mm=row.height_mm,
        volumes=row.volumes,
        is_lot_tracked=row.is_lot_tracked,
        is_supplement=row.is_supplement,
        min_remaining_days=row.min_remaining_days,
        hazard_class=HazardClass(row.hazard_class) if row.hazard_class else None,
        is_limited_quantity=row.is_limited_quantity,
        origin_country=row.origin_country or None,
    )


def write_stock(session: Session, kept: Sequence[KeptRow], context: ImportContext) -> list[RowRecord]:
    """The rows' units stand in their bins, from the adjustment account."""
    rows = [(kept_row, _stock_row(kept_row)) for kept_row in kept]
    stocked = [row for _, row in rows if row.qty]
    if stocked:
        _add_stock(session, stocked, context)
    return [_record_of(kept_row, row) for kept_row, row in rows]


def _stock_row(kept: KeptRow) -> StockRow:
    assert isinstance(kept.row, StockRow), "a stock file has stock rows"
    return kept.row


def _record_of(kept: KeptRow, row: StockRow) -> RowRecord:
    if row.qty == 0:
        sentence = f"There are no units of {row.sku} to add."
        return RowRecord(RowFinding(row.line_no, RowOutcome.IGNORED, "no-units", sentence, kept.group_ref))
    return accepted_record(
        line_no=row.line_no,
        group_ref=kept.group_ref,
        code="stock-added",
        object_kind="stock",
        object_ref=f"{row.warehouse} {row.sku}",
    )


def _add_stock(session: Session, rows: Sequence[StockRow], context: ImportContext) -> None:
    for code in sorted({row.warehouse for row in rows}):
        require_warehouse(session, code=code)
    products = _find_stocked_products(session, {row.sku for row in rows})
    for row in rows:
        _require_stockable(products.get(row.sku), row)
    ensure_lots(session, lots=[LotFacts(row.sku, row.lot, row.expires_on) for row in rows])
    bins = _bin_ids(session, {(row.warehouse, row.bin or OPENING_BIN) for row in rows}, context)
    movements = [
        adjust(
            Units(row.sku, row.qty, row.lot),
            adjustment_id=f"import:{context.run_id}:{row.line_no}",
            subject=("import_run", str(context.run_id)),
            location_id=bins[row.warehouse, row.bin or OPENING_BIN],
            adjustment=places_of(row.warehouse).adjustment,
            is_gain=True,
        )
        for row in rows
    ]
    post_movements(session, movements=movements, actor=context.actor, now=read_now(session))


def _find_stocked_products(session: Session, skus: Collection[str]) -> dict[str, _StockedProduct]:
    columns = (PRODUCT.c.sku, PRODUCT.c.kind, PRODUCT.c.is_lot_tracked)
    rows = session.connection().execute(sa.select(*columns).where(PRODUCT.c.sku.in_(sorted(skus))))
    return {row.sku: _StockedProduct(ProductKind(row.kind), row.is_lot_tracked) for row in rows}


def _require_stockable(product: _StockedProduct | None, row: StockRow) -> None:
    if product is None:
        raise NotFoundError(f"There is no product {row.sku}; import the products first.", skus=[row.sku])
    if product.kind in (ProductKind.KIT, ProductKind.SERVICE):
        raise InvalidInputError(f"{row.sku} is a {product.kind} and has no stock of its own.")
    if product.is_lot_tracked and not row.lot:
        raise InvalidInputError(f"{row.sku} is kept by lot; give the lot and its expiry date.")


def _bin_ids(
    session: Session, places: set[tuple[str, str]], context: ImportContext
) -> dict[tuple[str, str], uuid.UUID]:
    """The bins by warehouse and code, made where a warehouse has none of that code."""
    query = sa.select(LOCATION.c.warehouse_code, LOCATION.c.code, LOCATION.c.id, LOCATION.c.kind).where(
        sa.tuple_(LOCATION.c.warehouse_code, LOCATION.c.code).in_(sorted(places))
    )
    found: dict[tuple[str, str], uuid.UUID] = {}
    for row in session.connection().execute(query):
        if row.kind != LocationKind.BIN:
            raise InvalidInputError(f"{row.code} in {row.warehouse_code} is not a bin; name a bin.")
        found[row.warehouse_code, row.code] = row.id
    missing: dict[str, list[NewBin]] = {}
    for warehouse, code in sorted(places - found.keys()):
        missing.setdefault(warehouse, []).append(NewBin(code=code))
    for warehouse, new in missing.items():
        added = add_bins(session, warehouse_code=warehouse, bins=new, actor=context.actor)
        found |= {(warehouse, code): bin_id for code, bin_id in added.items()}
    return found
