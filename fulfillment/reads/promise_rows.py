"""The problem of placing one order now, from the same tables and by the same rules as the whole day's."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from fulfillment.reads.dated_stock import DatedStock
from fulfillment.reads.routing_base import KEEPER, RoutingBase
from fulfillment.reads.routing_rows import RoutingRows, find_goods, gather_lines, make_rows
from fulfillment.reads.routing_stock import GoodsAndStock, read_dated
from fulfillment.reads.row_prices import read_row_prices
from fulfillment.reads.unreleased import UnreleasedOrder
from fulfillment.reads.warehouse_days import warehouse_row
from fulfillment.routing.plan import ScarceRow
from fulfillment.warehouse.shelf_life import class_needed


def read_promise_rows(session: Session, *, order: UnreleasedOrder, now: datetime) -> RoutingRows:
    """The problem of an order that holds nothing yet, with the prices the last plan left.

    Capacity is left out: a day that is full delays a parcel and refuses none. Only stock of warehouses that
    may send the order is in it, so that a line is divided among those.

    Raises:
        InvalidInputError: the order names an article that the catalog does not have.
    """
    return ShrinkingStock.read(session, orders=[order], now=now).rows_of(session, order)


class ShrinkingStock:
    """The stock as it was read once, less what one order after another has been given of it."""

    def __init__(
        self,
        base: RoutingBase,
        found: GoodsAndStock,
        dated: DatedStock,
        prices: Sequence[ScarceRow],
        now: datetime,
    ) -> None:
        self._base = base
        self._goods = found
        self._stock = dict(found.stock)
        self._dated = dated
        self._prices = tuple(prices)
        self._now = now
        self._sites = [warehouse_row(site, now=now) for site in base.sites]

    @classmethod
    def read(cls, session: Session, *, orders: Sequence[UnreleasedOrder], now: datetime) -> "ShrinkingStock":
        """All that these orders can ask for, as of the session's view."""
        found = find_goods(session, orders)
        base = KEEPER.get_version(session, version=found.version, on=now.date())
        dated = read_dated(session, orders=orders, today=now.date())
        prices = read_row_prices(session, skus=found.goods) if found.has_prices else ()
        return cls(base, found, dated, prices, now)

    def rows_of(self, session: Session, order: UnreleasedOrder) -> RoutingRows:
        """The problem of this order alone, on what is left."""
        skus = {units.sku for units in order.units}
        goods = {sku: self._goods.goods[sku] for sku in sorted(skus)}
        keys = ((site.code, sku) for sku in goods for site in self._base.sites)
        stock = {key: self._stock[key] for key in keys if key in self._stock}
        rows = make_rows(
            [order],
            found=replace(self._goods, goods=goods, stock=stock),
            dated=self._dated,
            lines={str(order.order_id): gather_lines(order)},
            base=self._base,
            zones=list(self._base.zones_to(session, order)),
            warehouses=self._sites,
            now=self._now,
        )
        prices = tuple(row for row in self._prices if row.sku is None or row.sku in skus)
        return replace(rows, prices=prices)

    def take(self, order: UnreleasedOrder, *, warehouse_code: str, sku: str, qty: int) -> None:
        """So many units are the order's; the next one finds them gone."""
        key = (warehouse_code, sku)
        held = self._stock[key]
        self._stock[key] = replace(held, reserved=held.reserved + qty)
        self._dated.promise(key, class_needed(order.shelf_days), qty)
