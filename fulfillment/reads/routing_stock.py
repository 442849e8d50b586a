"""Goods and stock of a routing problem: weights, and what may be given away by shelf-life class."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.bans import BanArticle
from fulfillment.catalog.kinds import HazardClass
from fulfillment.reads.dated_stock import DatedStock, Key, read_dated_stock
from fulfillment.reads.routing_base import VERSION
from fulfillment.reads.unreleased import UnreleasedOrder
from fulfillment.routing.rows import StockRow
from fulfillment.warehouse.shelf_life import class_needed

LIGHTEST_G = 1
"""The weight of goods that say none: they travel at the lowest price until somebody weighs them."""

# The version of the routing base and whether there are prices travel along: one question is one round trip.
_GOODS = sa.text(f"""
    SELECT p.sku, p.weight_g, CAST(p.length_mm AS bigint) * p.width_mm * p.height_mm AS volume_mm3,
        p.hazard_class, p.category, a.warehouse_code, a.sellable, a.reserved, a.kept_back,
        ({VERSION}) AS version, EXISTS (SELECT 1 FROM row_price) AS has_prices
    FROM product p LEFT JOIN availability a USING (sku)
    WHERE p.sku = ANY(CAST(:skus AS text[]))
    ORDER BY p.sku, a.warehouse_code
    """)  # noqa: S608 - the inserted text is a constant


@dataclass(frozen=True)
class Goods:
    """One article as the planner sees it."""

    sku: str
    weight_g: int
    volume_mm3: int
    ban_article: BanArticle


@dataclass(frozen=True)
class Held:
    """One warehouse's units of one SKU: what may be sold, what is promised, what booked autoships want."""

    sellable: int
    reserved: int
    kept_back: int


@dataclass(frozen=True)
class GoodsAndStock:
    """The articles by SKU, what each warehouse has of them, and as of which version of the routing base."""

    goods: Mapping[str, Goods]
    stock: Mapping[Key, Held]
    version: str | None
    has_prices: bool


def read_goods(session: Session, *, skus: Collection[str]) -> GoodsAndStock:
    """The articles and their stock in one question."""
    goods: dict[str, Goods] = {}
    stock: dict[Key, Held] = {}
    row = None
    for row in session.connection().execute(_GOODS, {"skus": sorted(skus)}):
        if row.sku not in goods:
            hazard = None if row.hazard_class is None else HazardClass(row.hazard_class)
            article = BanArticle(row.sku, hazard, row.category)
            goods[row.sku] = Goods(row.sku, max(LIGHTEST_G, row.weight_g), row.volume_mm3, article)
        if row.warehouse_code is not None:
            stock[row.warehouse_code, row.sku] = Held(row.sellable, row.reserved, row.kept_back)
    return GoodsAndStock(goods, stock, row.version if row else None, bool(row and row.has_prices))


def read_dated(session: Session, *, orders: Sequence[UnreleasedOrder], today: date) -> DatedStock:
    """The counts by class of the goods that an order needs long-dated; nothing is asked where none does."""
    classes = _classes_needed(orders)
    return read_dated_stock(session, skus=classes, today=today) if classes else DatedStock({}, {})


def stock_rows(
    *,
    orders: Sequence[UnreleasedOrder],
    stock: Mapping[Key, Held],
    dated: DatedStock,
    warehouses: Collection[str],
    may_take_kept_back: bool = False,
) -> list[StockRow]:
    """What these orders may be given by these warehouses, with what they hold now given back.

    Units kept back for booked autoships are not among them unless the orders are a run's, but a promise is
    never taken for what is kept back. Classes are told apart only for goods that an order needs
    long-dated, of which `dated` must have the counts.
    """
    classes = _classes_needed(orders)
    held = _held_by(orders)
    rows: list[StockRow] = []
    for key, units in stock.items():
        if key[0] in warehouses:
            mine = held.get(key, {})
            kept_back = 0 if may_take_kept_back else units.kept_back
            levels = [_less_kept_back(units.sellable - units.reserved, mine.get(0, 0), kept_back)]
            for level in range(1, classes.get(key[1], 0) + 1):
                long_dated = _less_kept_back(dated.free(key, level), mine.get(level, 0), kept_back)
                levels.append(min(long_dated, levels[-1]))
            rows.extend(_rows(key, levels))
    return rows


def _less_kept_back(free: int, held: int, kept_back: int) -> int:
    """Free units with those held given back, less what is kept back of the free ones."""
    return max(0, free + held - min(kept_back, max(0, free)))


def _rows(key: Key, levels: Sequence[int]) -> list[StockRow]:
    """A row for the units of exactly each class, from nested counts."""
    above = [*levels[1:], 0]
    return [
        StockRow(*key, qty - longer, shelf_class=level)
        for level, (qty, longer) in enumerate(zip(levels, above, strict=True))
        if qty > longer
    ]


def _classes_needed(orders: Sequence[UnreleasedOrder]) -> dict[str, int]:
    """The highest class any of these orders needs, by SKU; SKUs that none needs long-dated are missing."""
    classes: dict[str, int] = {}
    for order in orders:
        level = class_needed(order.shelf_days)
        if level:
            for units in order.units:
                classes[units.sku] = max(level, classes.get(units.sku, 0))
    return classes


def _held_by(orders: Sequence[UnreleasedOrder]) -> dict[Key, dict[int, int]]:
    """Units these orders hold, by class: each counts in the class its order needs and in all below."""
    held: dict[Key, dict[int, int]] = {}
    for order in orders:
        level = class_needed(order.shelf_days)
        for units in order.units:
            if units.warehouse_code is not None:
                counts = held.setdefault((units.warehouse_code, units.sku), {})
                for each in range(level + 1):
                    counts[each] = counts.get(each, 0) + units.qty
    return held
