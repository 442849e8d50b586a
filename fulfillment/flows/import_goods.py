"""Rows of products and stock become articles and units in bins."""

import uuid
from collections.abc import Sequence
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
    return [_add_stock(session, row, context) for row in kept]


def _add_stock(session: Session, kept: KeptRow, context: ImportContext) -> RowRecord:
    row = kept.row
    assert isinstance(row, StockRow), "a stock file has stock rows"
    if row.qty == 0:
        sentence = f"There are no units of {row.sku} to add."
        return RowRecord(RowFinding(row.line_no, RowOutcome.IGNORED, "no-units", sentence, kept.group_ref))
    require_warehouse(session, code=row.warehouse)
    _require_stockable(_find_stocked_product(session, row.sku), row)
    ensure_lots(session, lots=[LotFacts(row.sku, row.lot, row.expires_on)])
    bin_id = _bin_id(session, row, context)
    movement = adjust(
        Units(row.sku, row.qty, row.lot),
        adjustment_id=f"import:{context.run_id}:{row.line_no}",
        subject=("import_run", str(context.run_id)),
        location_id=bin_id,
        adjustment=places_of(row.warehouse).adjustment,
        is_gain=True,
    )
    post_movements(session, movements=[movement], actor=context.actor, now=read_now(session))
    return accepted_record(
        line_no=row.line_no,
        group_ref=kept.group_ref,
        code="stock-added",
        object_kind="stock",
        object_ref=f"{row.warehouse} {row.sku}",
    )


def _find_stocked_product(session: Session, sku: str) -> _StockedProduct:
    query = sa.select(PRODUCT.c.kind, PRODUCT.c.is_lot_tracked).where(PRODUCT.c.sku == sku)
    row = session.connection().execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no product {sku}; import the products first.", skus=[sku])
    return _StockedProduct(ProductKind(row.kind), row.is_lot_tracked)


def _require_stockable(product: _StockedProduct, row: StockRow) -> None:
    if product.kind in (ProductKind.KIT, ProductKind.SERVICE):
        raise InvalidInputError(f"{row.sku} is a {product.kind} and has no stock of its own.")
    if product.is_lot_tracked and not row.lot:
        raise InvalidInputError(f"{row.sku} is kept by lot; give the lot and its expiry date.")


def _bin_id(session: Session, row: StockRow, context: ImportContext) -> uuid.UUID:
    """The bin the row names, made if the warehouse has none of that code."""
    code = row.bin or OPENING_BIN
    query = sa.select(LOCATION.c.id, LOCATION.c.kind).where(
        LOCATION.c.warehouse_code == row.warehouse, LOCATION.c.code == code
    )
    found = session.connection().execute(query).one_or_none()
    if found is None:
        new = [NewBin(code=code)]
        return add_bins(session, warehouse_code=row.warehouse, bins=new, actor=context.actor)[code]
    if found.kind != LocationKind.BIN:
        raise InvalidInputError(f"{code} in {row.warehouse} is not a bin; name a bin.")
    bin_id: uuid.UUID = found.id
    return bin_id
