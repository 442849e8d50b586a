"""A problem from plain rows."""

from collections.abc import Iterable, Sequence

import numpy as np

from fulfillment.core.errors import InvalidInputError
from fulfillment.routing.arrays import BoolArray, ByteArray, IntArray
from fulfillment.routing.problem import NO_DUE_DATE, UNLIMITED, Bar, Problem, check_problem
from fulfillment.routing.reading import (
    Goods,
    Groups,
    Shelf,
    Tariff,
    position,
    positions,
    read_stock,
    read_tariff,
    shares_of_line,
    whole,
)
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


def build_problem(
    orders: Sequence[OrderRow],
    *,
    products: Sequence[ProductRow],
    warehouses: Sequence[WarehouseRow],
    stock: Sequence[StockRow],
    zones: Sequence[ZoneRow],
    rates: Sequence[RateRow],
    bans: Iterable[BanRow] = (),
    terms: Terms | None = None,
) -> Problem:
    """The rows as one checked problem, in the order given.

    Raises:
        InvalidInputError: naming the first row that is negative, zero, NaN, unknown, twice or circular.
    """
    return Builder(orders, products, warehouses, terms or Terms()).build(stock, zones, rates, bans)


class Builder:
    """Turns rows into arrays; each method reads one kind of row."""

    def __init__(
        self,
        orders: Sequence[OrderRow],
        products: Sequence[ProductRow],
        warehouses: Sequence[WarehouseRow],
        terms: Terms,
    ) -> None:
        self.orders = orders
        self.shelf = Shelf(products)
        self.warehouses = warehouses
        self.codes = positions((row.code for row in warehouses), "Warehouse")
        self.terms = terms
        positions((order.id for order in orders), "Order")

    def build(
        self,
        stock: Sequence[StockRow],
        zones: Sequence[ZoneRow],
        rates: Sequence[RateRow],
        bans: Iterable[BanRow],
    ) -> Problem:
        """The problem, checked."""
        units, kept_back = read_stock(stock, self.shelf, self.codes, self._classes(stock))
        tariff = read_tariff(zones, rates, self.warehouses)
        groups = self._read_groups(np.maximum(units - kept_back[None, :, :], 0))
        destination = self._read_destinations(tariff)
        bar = self._read_bars(groups, tariff, destination, bans)
        problem = Problem(
            order_ids=tuple(order.id for order in self.orders),
            warehouse_codes=tuple(self.codes),
            skus=self.shelf.skus,
            destinations=tuple(tariff.destinations),
            group_start=np.array(groups.starts, dtype=np.int64),
            destination=destination,
            priority=self._order_column("priority"),
            due_days=np.array([self._due_days(order) for order in self.orders], dtype=np.int64),
            late_minor=np.array(
                [self._weighted(order, self.terms.late_minor) for order in self.orders], np.int64
            ),
            is_ship_complete=np.array([order.is_ship_complete for order in self.orders], dtype=bool),
            line=np.array(groups.line, dtype=np.int64),
            line_share=np.array(groups.share, dtype=np.int64),
            weight_g=np.array(groups.weight_g, dtype=np.int64),
            dim_weight_g=np.array(groups.dim_weight_g, dtype=np.int64),
            unfilled_minor=np.array(groups.unfilled_minor, dtype=np.int64),
            shelf_class=np.array(groups.shelf_class, dtype=np.int64),
            bar=bar,
            item_start=np.array(groups.item_starts, dtype=np.int64),
            item_sku=np.array(groups.item_sku, dtype=np.int64),
            item_qty=np.array(groups.item_qty, dtype=np.int64),
            stock=units,
            kept_back=kept_back,
            capacity=np.array([self._capacity(row) for row in self.warehouses], dtype=np.int64),
            handling_minor=self._warehouse_column("handling_minor"),
            pack_minor=self._warehouse_column("pack_minor"),
            ready_days=self._warehouse_column("ready_days"),
            zone=tariff.zone,
            transit_days=tariff.transit_days,
            weight_limit_g=tariff.weight_limit_g,
            rate_minor=tariff.rate_minor,
            split_minor=whole(self.terms.split_minor, "Terms", "the cost of a split"),
        )
        check_problem(problem)
        return problem

    def _classes(self, stock: Sequence[StockRow]) -> int:
        levels = [whole(row.shelf_class, f"Stock of {row.sku}", "the shelf-life class") for row in stock]
        for order in self.orders:
            wanted = [line.shelf_class for line in order.lines if line.shelf_class is not None]
            levels += [
                whole(n, f"Order {order.id}", "the shelf-life class") for n in (order.shelf_class, *wanted)
            ]
        return 1 + max(levels, default=0)

    def _weighted(self, order: OrderRow, minor: int) -> int:
        factor = 1 + whole(self.terms.priority_weight, "Terms", "the weight of priority") * order.priority
        return whole(minor, "Terms", "a cost") * factor

    def _order_column(self, name: str) -> IntArray:
        return np.array(
            [whole(getattr(row, name), f"Order {row.id}", name) for row in self.orders], dtype=np.int64
        )

    def _warehouse_column(self, name: str) -> IntArray:
        shown = name.replace("_", " ")
        values = [whole(getattr(row, name), f"Warehouse {row.code}", shown) for row in self.warehouses]
        return np.array(values, dtype=np.int64)

    @staticmethod
    def _due_days(order: OrderRow) -> int:
        if order.due_days is None:
            return NO_DUE_DATE
        # An order can be overdue, so any finite whole number goes.
        return whole(order.due_days, f"Order {order.id}", "the due day", least=-NO_DUE_DATE)

    @staticmethod
    def _capacity(row: WarehouseRow) -> int:
        if row.capacity is None:
            return UNLIMITED
        return whole(row.capacity, f"Warehouse {row.code}", "the capacity")

    def _read_destinations(self, tariff: Tariff) -> IntArray:
        places = tariff.destinations
        found = [position(places, row.destination, f"Order {row.id}", "destination") for row in self.orders]
        return np.array(found, dtype=np.int64)

    def _read_groups(self, most: IntArray) -> Groups:
        groups = Groups()
        for number, order in enumerate(self.orders):
            if not order.lines:
                raise InvalidInputError(
                    f"Order {order.id}: it has no line. Give it one, or leave it out.",
                    row=f"Order {order.id}",
                )
            for line_number, line in enumerate(order.lines):
                self._read_line(groups, number, line_number, line, most)
            groups.starts.append(len(groups.line))
        return groups

    def _read_line(
        self, groups: Groups, number: int, line_number: int, line: LineRow, most: IntArray
    ) -> None:
        order = self.orders[number]
        row = f"Order {order.id}, line {line_number + 1}"
        goods = self.shelf.goods.get(line.sku)
        if goods is None:
            raise InvalidInputError(
                f"{row}: SKU {line.sku!r} is not known. Add it to the products, or correct it.", row=row
            )
        qty = whole(line.qty, row, "the quantity", least=1)
        level = order.shelf_class if line.shelf_class is None else line.shelf_class
        unit = self._weighted(order, self.terms.unfilled_unit_minor)
        once = self._weighted(order, self.terms.unfilled_minor)
        left = qty
        for share in shares_of_line(qty, most_of_line(goods, most[level])):
            # The line's own penalty is shared out by quantity, so that cutting a line makes nothing dearer.
            part = once * left // qty - once * (left - share) // qty
            left -= share
            groups.add(
                goods,
                order=number,
                sku=line.sku,
                line=line_number,
                qty=share,
                unfilled=part + unit * share,
                shelf_class=level,
            )

    def _read_bars(
        self, groups: Groups, tariff: Tariff, destination: IntArray, bans: Iterable[BanRow]
    ) -> ByteArray:
        order_of = np.array(groups.orders, dtype=np.int64)
        bar = np.where(tariff.zone[destination] < 0, Bar.NO_ZONE, Bar.OPEN).astype(np.uint8)
        for number, order in enumerate(self.orders):
            self._bar_order(bar[number], order)
        for row in self.warehouses:
            if not row.is_open:
                bar[:, self.codes[row.code]] = Bar.CLOSED
        result: ByteArray = bar[order_of]
        for number, ban in enumerate(bans, start=1):
            self._apply_ban(
                result,
                ban=ban,
                row=f"Ban row {number}",
                groups=groups,
                tariff=tariff,
                place_of_group=destination[order_of],
            )
        return result

    def _bar_order(self, bar: ByteArray, order: OrderRow) -> None:
        row = f"Order {order.id}"
        if order.pinned_warehouse is not None:
            pinned = position(self.codes, order.pinned_warehouse, row, "pinned warehouse")
            keep = bar[pinned]
            bar[:] = Bar.PINNED
            bar[pinned] = keep
        for code in order.forbidden_warehouses:
            bar[position(self.codes, code, row, "forbidden warehouse")] = Bar.BANNED

    def _apply_ban(
        self,
        bar: ByteArray,
        *,
        ban: BanRow,
        row: str,
        groups: Groups,
        tariff: Tariff,
        place_of_group: IntArray,
    ) -> None:
        hit = np.ones(len(groups.line), dtype=bool)
        if ban.sku is not None:
            if ban.sku not in self.shelf.rows:
                raise InvalidInputError(
                    f"{row}: SKU {ban.sku!r} is not known. Add it to the products, or correct it.", row=row
                )
            hit &= self._holds(groups, ban.sku)
        if ban.destination is not None:
            hit &= place_of_group == position(tariff.destinations, ban.destination, row, "destination")
        columns = slice(None)
        if ban.warehouse is not None:
            column = position(self.codes, ban.warehouse, row, "warehouse")
            columns = slice(column, column + 1)
        bar[np.flatnonzero(hit), columns] = Bar.BANNED

    def _holds(self, groups: Groups, sku: str) -> BoolArray:
        """`holds[group]`: the group is this SKU or a kit with it inside."""
        if sku not in self.shelf.sku_rows:
            return np.array([name == sku for name in groups.skus], dtype=bool)
        wanted = self.shelf.sku_rows[sku]
        parts = {
            name: wanted in {part for part, _ in goods.parts} for name, goods in self.shelf.goods.items()
        }
        return np.array([parts[name] for name in groups.skus], dtype=bool)


def most_of_line(goods: Goods, most: IntArray) -> list[int]:
    """How many whole units of these goods each warehouse can make up from `most[sku, warehouse]`."""
    return [int(n) for n in np.min([most[part] // each for part, each in goods.parts], axis=0)]
