"""The routing problem as rows: unreleased orders, stock by class, zones, rate cards in force, and bans."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from sqlmodel import Session

from fulfillment.catalog.bans import bans_of
from fulfillment.core.errors import InvalidInputError
from fulfillment.orders.kinds import OnShortage
from fulfillment.reads.dated_stock import DatedStock
from fulfillment.reads.planning_tariff import HEAVIEST_G, PlanningTariff
from fulfillment.reads.routing_base import KEEPER, RoutingBase
from fulfillment.reads.routing_stock import Goods, GoodsAndStock, read_dated, read_goods, stock_rows
from fulfillment.reads.unreleased import UnreleasedOrder, UnreleasedUnits
from fulfillment.reads.warehouse_days import Taken, read_taken, warehouse_row
from fulfillment.routing.building import build_problem
from fulfillment.routing.plan import ScarceRow
from fulfillment.routing.problem import Problem
from fulfillment.routing.rows import (
    BanRow,
    LineRow,
    OrderRow,
    ProductRow,
    RateRow,
    StockRow,
    Terms,
    WarehouseRow,
    ZoneRow,
)
from fulfillment.warehouse.shelf_life import class_needed

TERMS: Final = Terms(unfilled_minor=1_000_000, unfilled_unit_minor=10_000)
"""No freight is so dear that an order in stock is left waiting for it: what is promised is sent.

Each unit counts as well, or handling would be saved by sending the few units of a line instead of the many.
"""

LAST_PRIORITY = 9
"""Our priority counts from 0 (first) to 9 (last); the planner's grows with importance."""

PROMISED_BONUS = LAST_PRIORITY + 1
"""An order that holds any stock outranks every order that only waits: a promise is moved, never taken."""


@dataclass(frozen=True)
class RoutedLine:
    """What stands behind one line of the problem: the units that move together when it is placed."""

    units: tuple[UnreleasedUnits, ...]
    is_kit: bool


@dataclass(frozen=True)
class RoutingRows:
    """The rows, and by order id what each line of each order stands for.

    `prices` are what the last plan found scarce rows to be worth, where the rows are of a single order.
    """

    orders: list[OrderRow]
    products: list[ProductRow]
    warehouses: list[WarehouseRow]
    stock: list[StockRow]
    zones: list[ZoneRow]
    rates: list[RateRow]
    lines: dict[str, list[RoutedLine]]
    bans: list[BanRow] = field(default_factory=list)
    prices: tuple[ScarceRow, ...] = ()


def read_routing_rows(
    session: Session,
    *,
    orders: Sequence[UnreleasedOrder],
    now: datetime,
    may_take_kept_back: bool = False,
) -> RoutingRows:
    """The problem of placing all of these orders anew, as of the session's snapshot.

    Units kept back for booked autoships are in it only where a run asks for its own orders.

    Raises:
        InvalidInputError: an order names an article that the catalog does not have.
    """
    found = find_goods(session, orders)
    base = KEEPER.get_version(session, version=found.version, on=now.date())
    zones = base.zones_of(session, orders)
    taken = read_taken(session, sites=base.sites, now=now)
    sites = [warehouse_row(site, now=now, taken=taken.get(site.code, Taken())) for site in base.sites]
    return make_rows(
        orders,
        found=found,
        dated=read_dated(session, orders=orders, today=now.date()),
        lines={str(order.order_id): group_lines(order) for order in orders},
        base=base,
        zones=zones,
        warehouses=sites,
        now=now,
        may_take_kept_back=may_take_kept_back,
    )


def make_rows(
    orders: Sequence[UnreleasedOrder],
    *,
    found: GoodsAndStock,
    dated: DatedStock,
    lines: dict[str, list[RoutedLine]],
    base: RoutingBase,
    zones: list[ZoneRow],
    warehouses: list[WarehouseRow],
    now: datetime,
    may_take_kept_back: bool = False,
) -> RoutingRows:
    """The rows of these orders from what was read."""
    products = [_product_row(goods, base.tariff) for goods in found.goods.values()]
    stock = stock_rows(
        orders=orders,
        stock=found.stock,
        dated=dated,
        warehouses=_senders(orders, base),
        may_take_kept_back=may_take_kept_back,
    )
    bans = _ban_rows(orders, base, found.goods)
    if len(orders) == 1:
        # A line is divided along the stocks of those who may send it.
        barred = {(ban.warehouse, ban.sku) for ban in bans}
        stock = [row for row in stock if (row.warehouse, row.sku) not in barred]
    return RoutingRows(
        orders=[
            _order_row(order, lines[str(order.order_id)], base.destination(order), today=now.date())
            for order in orders
        ],
        products=[*products, *_kit_rows(lines, products)],
        warehouses=warehouses,
        stock=stock,
        zones=zones,
        rates=base.rates_of(zones, heaviest_g=_heaviest_g(orders, products)),
        lines=lines,
        bans=bans,
    )


def problem_of(rows: RoutingRows) -> Problem:
    """The rows as the planner's arrays, on the company's terms.

    Raises:
        InvalidInputError: naming the row that is faulty.
    """
    return build_problem(
        rows.orders,
        products=rows.products,
        warehouses=rows.warehouses,
        stock=rows.stock,
        zones=rows.zones,
        rates=rows.rates,
        bans=rows.bans,
        terms=TERMS,
    )


def group_lines(order: UnreleasedOrder) -> list[RoutedLine]:
    """Units that move together: an order that ships complete, a kit, or what one warehouse holds of a line.

    A line that is divided stays divided where the plan begins, so that today's promise is one of the plans;
    nothing keeps the planner from bringing its pieces together.
    """
    return _grouped(order, lambda unit: (unit.group, unit.warehouse_code))


def gather_lines(order: UnreleasedOrder) -> list[RoutedLine]:
    """The same for an order that holds nothing yet: lines of one SKU are one, and are divided as one."""
    return _grouped(order, lambda unit: unit.sku)


def _grouped(order: UnreleasedOrder, key_of: Callable[[UnreleasedUnits], Hashable]) -> list[RoutedLine]:
    if order.ships_complete and len(order.units) > 1:
        return [RoutedLine(order.units, is_kit=True)]
    kits = {unit.group for unit in order.units if unit.order_line_id != unit.group}
    groups: dict[Hashable, list[UnreleasedUnits]] = {}
    for unit in order.units:
        key = unit.group if unit.group in kits else key_of(unit)
        groups.setdefault(key, []).append(unit)
    return [RoutedLine(tuple(members), is_kit=members[0].group in kits) for members in groups.values()]


def _senders(orders: Sequence[UnreleasedOrder], base: RoutingBase) -> frozenset[str]:
    """The warehouses whose stock counts: those that are open, or the one all these orders are pinned to."""
    pins = {order.pinned_warehouse_code for order in orders}
    if len(pins) == 1 and None not in pins:
        return base.active_codes & pins
    return base.active_codes


def find_goods(session: Session, orders: Sequence[UnreleasedOrder]) -> GoodsAndStock:
    """The articles of these orders with their stock.

    Raises:
        InvalidInputError: an order names an article that the catalog does not have.
    """
    found = read_goods(session, skus={units.sku for order in orders for units in order.units})
    for order in orders:
        for units in order.units:
            if units.sku not in found.goods:
                raise InvalidInputError(
                    f"Order {order.order_id}: SKU {units.sku} is not in the catalog; add the product again.",
                    row=f"Order {order.order_id}",
                )
    return found


def _order_row(
    order: UnreleasedOrder, lines: Sequence[RoutedLine], destination: str, *, today: date
) -> OrderRow:
    return OrderRow(
        id=str(order.order_id),
        destination=destination,
        lines=tuple(
            LineRow(_kit_name(line), 1)
            if line.is_kit
            else LineRow(line.units[0].sku, sum(units.qty for units in line.units))
            for line in lines
        ),
        priority=LAST_PRIORITY - order.priority + (PROMISED_BONUS if _is_promised(order) else 0),
        due_days=None if order.due_on is None else max(0, (order.due_on - today).days),
        shelf_class=class_needed(order.shelf_days),
        is_ship_complete=order.ships_complete or order.on_shortage is not OnShortage.SPLIT,
        pinned_warehouse=order.pinned_warehouse_code,
    )


def _is_promised(order: UnreleasedOrder) -> bool:
    return any(units.warehouse_code is not None for units in order.units)


def _kit_name(line: RoutedLine) -> str:
    return f"kit {line.units[0].group}"


def _product_row(goods: Goods, tariff: PlanningTariff) -> ProductRow:
    dim_weight_g = tariff.dimensional_weight_g(goods.volume_mm3)
    return ProductRow(goods.sku, min(goods.weight_g, HEAVIEST_G), min(dim_weight_g, HEAVIEST_G))


def _heaviest_g(orders: Sequence[UnreleasedOrder], products: Sequence[ProductRow]) -> int:
    """What one order alone can weigh at most; many orders need every step."""
    if len(orders) != 1:
        return HEAVIEST_G
    heaviest = {row.sku: max(row.weight_g, row.dim_weight_g) for row in products}
    return sum(heaviest[units.sku] * units.qty for units in orders[0].units)


def _kit_rows(
    lines: Mapping[str, Sequence[RoutedLine]], products: Sequence[ProductRow]
) -> Iterator[ProductRow]:
    goods = {product.sku: product for product in products}
    for order_lines in lines.values():
        for line in order_lines:
            if line.is_kit:
                parts: dict[str, int] = {}
                for units in line.units:
                    parts[units.sku] = parts.get(units.sku, 0) + units.qty
                yield ProductRow(
                    _kit_name(line),
                    min(HEAVIEST_G, sum(goods[sku].weight_g * qty for sku, qty in parts.items())),
                    min(HEAVIEST_G, sum(goods[sku].dim_weight_g * qty for sku, qty in parts.items())),
                    components=tuple(sorted(parts.items())),
                )


def _ban_rows(
    orders: Sequence[UnreleasedOrder], base: RoutingBase, goods: Mapping[str, Goods]
) -> list[BanRow]:
    """Every banned article that goes to a place, once; places are told apart by their bans."""
    rows: dict[BanRow, None] = {}
    for order in orders:
        bans = base.bans_for(order)
        if bans:
            destination = base.destination(order)
            for sku in {units.sku for units in order.units}:
                for ban in bans_of(goods[sku].ban_article, bans=bans):
                    rows[BanRow(ban.warehouse_code, sku, destination)] = None
    return list(rows)
