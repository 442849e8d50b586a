"""The best plan of every order under prices, for one order at acceptance as for a whole day."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fulfillment.routing.arrays import BoolArray, FloatArray, IntArray, concatenated_ranges
from fulfillment.routing.kernel import Recursion, charge_groups, solve_batch, subsets_of
from fulfillment.routing.own_stock import find_meetings, solve_possible, too_many
from fulfillment.routing.plan import Assignment, Prices
from fulfillment.routing.problem import Problem
from fulfillment.routing.tariff import Lines, ParcelTariff
from fulfillment.routing.wide_pricing import WidePricer, charged_weight

MOST_EXACT_GROUPS = 8
CHUNK_CELLS = 1 << 18
CACHE_CELLS = 60_000_000


@dataclass(frozen=True, eq=False)
class Bucket:
    """Orders with the same number of groups."""

    size: int
    orders: IntArray  # [n]
    groups: IntArray  # [n, size]


@dataclass(frozen=True, eq=False)
class Rows:
    """Prices and remaining units ready to be looked up by (class, sku) row; None where nothing applies."""

    price: FloatArray | None  # [class * sku, warehouse] summed over the classes a unit counts against
    capacity_price: FloatArray  # [warehouse]
    left: IntArray | None  # [class * sku, warehouse] least left over those classes
    capacity_left: IntArray | None  # [warehouse]
    surcharge: FloatArray | None  # [group, warehouse]


@dataclass(frozen=True, eq=False)
class Priced:
    """Each order's best plan. Rows of orders that were not asked for are as they were."""

    assignment: Assignment
    value: FloatArray  # [order] of the plan, with prices and penalties
    floor: FloatArray  # [order] below every plan of the order; equals value where the plan is exact

    @classmethod
    def blank(cls, problem: Problem) -> "Priced":
        """Nothing priced yet."""
        return cls(Assignment.empty(problem), np.zeros(problem.orders), np.zeros(problem.orders))

    def copy(self) -> "Priced":
        """A copy that can be priced further."""
        return Priced(self.assignment.copy(), self.value.copy(), self.floor.copy())


class Pricer:
    """Prices the orders of one problem; keeps the parcel costs that never change."""

    def __init__(self, problem: Problem, *, cache_cells: int = CACHE_CELLS) -> None:
        self.problem = problem
        self.tariff = ParcelTariff(problem)
        handling = problem.units[:, None] * problem.handling_minor[None, :]
        self.group_cost = np.where(problem.bar > 0, np.inf, handling).astype(np.float32)  # [group, warehouse]
        self.first_row = problem.shelf_class[problem.group_of_item] * len(problem.skus) + problem.item_sku
        self.is_single = bool((np.diff(problem.item_start) == 1).all())
        self.size = np.diff(problem.group_start)
        self.buckets = self._make_buckets()
        self.cache: dict[int, npt.NDArray[np.int32] | None] = {}
        self.is_one_box = {bucket.size: self._is_one_box(bucket) for bucket in self.buckets}
        self.wide_lines: dict[int, Lines] = {}
        self.cache_cells = cache_cells
        self.meetings = {
            bucket.size: find_meetings(problem, bucket.groups)
            for bucket in self.buckets
            if 1 < bucket.size <= MOST_EXACT_GROUPS
        }
        self.available = np.minimum.accumulate(problem.available, axis=0).reshape(-1, problem.warehouses)
        self._bar_short_stock()

    def _make_buckets(self) -> list[Bucket]:
        buckets = []
        for size in np.unique(self.size):
            orders = np.flatnonzero(self.size == size)
            groups = self.problem.group_start[orders][:, None] + np.arange(size)[None, :]
            buckets.append(Bucket(int(size), orders, groups))
        return buckets

    def _is_one_box(self, bucket: Bucket) -> bool:
        """No order of the bucket can be heavier than one box."""
        weight = self.problem.weight_g[bucket.groups].sum(axis=1)
        dim_weight = self.problem.dim_weight_g[bucket.groups].sum(axis=1)
        return bool(np.maximum(weight, dim_weight).max() <= self.tariff.heaviest)

    def _bar_short_stock(self) -> None:
        """A group no warehouse's whole stock can fill can never leave from there."""
        rows = self.rows(None, left=self.problem.available)
        for chunk in np.array_split(np.arange(self.problem.groups), 1 + self.problem.groups // 50_000):
            self.group_cost[chunk] += self._shortage(chunk, rows).astype(np.float32)

    def rows(
        self,
        prices: Prices | None,
        *,
        left: IntArray | None = None,
        capacity_left: IntArray | None = None,
        surcharge: FloatArray | None = None,
    ) -> Rows:
        """Prices and what is left, prepared for `price`."""
        shape = (-1, self.problem.warehouses)
        return Rows(
            price=None if prices is None else np.cumsum(prices.stock, axis=0).reshape(shape),
            capacity_price=np.zeros(self.problem.warehouses) if prices is None else prices.capacity,
            left=None if left is None else np.minimum.accumulate(left, axis=0).reshape(shape),
            capacity_left=capacity_left,
            surcharge=surcharge,
        )

    def price(self, rows: Rows, into: Priced, orders: BoolArray | None = None) -> None:
        """The best plan of each order, or of those marked in `orders`, is written into `into`."""
        for bucket, part in self.parts(orders):
            if bucket.size <= MOST_EXACT_GROUPS:
                self._price_exactly(bucket, part, rows, into)
            else:
                self._price_wide(bucket, part, rows, into)

    def parts(self, orders: BoolArray | None = None) -> Iterator[tuple[Bucket, IntArray]]:
        """All orders, or those marked, in pieces small enough for the processor's cache."""
        for bucket in self.buckets:
            chosen = (
                np.arange(len(bucket.orders)) if orders is None else np.flatnonzero(orders[bucket.orders])
            )
            per_order = self.problem.warehouses << min(bucket.size, MOST_EXACT_GROUPS)
            step = max(CHUNK_CELLS // per_order, 1)
            for start in range(0, len(chosen), step):
                yield bucket, chosen[start : start + step]

    def _items(self, groups: IntArray) -> tuple[IntArray, IntArray]:
        """The items of the groups one after another, and where each group's begin."""
        starts = self.problem.item_start[groups]
        lengths = self.problem.item_start[groups + 1] - starts
        return concatenated_ranges(starts, lengths), np.cumsum(lengths) - lengths

    def group_prices(self, groups: IntArray, rows: Rows) -> FloatArray:
        """`cost[group, warehouse]`: handling, prices and surcharge, infinite where it cannot leave."""
        cost = self.group_cost[groups].astype(np.float64)
        if rows.price is not None:
            cost += self._stock_prices(groups, rows.price)
        if rows.surcharge is not None:
            cost += rows.surcharge[groups]
        if rows.left is not None:
            cost += self._shortage(groups, rows)
        return cost

    def _stock_prices(self, groups: IntArray, price: FloatArray) -> FloatArray:
        if self.is_single:
            return np.asarray(price[self.first_row[groups]] * self.problem.item_qty[groups][:, None])
        items, starts = self._items(groups)
        each = price[self.first_row[items]] * self.problem.item_qty[items][:, None]
        return np.asarray(np.add.reduceat(each, starts, axis=0))

    def _shortage(self, groups: IntArray, rows: Rows) -> FloatArray:
        """Infinite where less is left than the group needs, else zero."""
        assert rows.left is not None
        if self.is_single:
            is_short = rows.left[self.first_row[groups]] < self.problem.item_qty[groups][:, None]
        else:
            items, starts = self._items(groups)
            short = rows.left[self.first_row[items]] < self.problem.item_qty[items][:, None]
            is_short = np.logical_or.reduceat(short, starts, axis=0)
        return np.where(is_short, np.inf, 0.0)

    def _billable(self, groups: IntArray) -> IntArray:
        """`billable[subset, order]`."""
        member = subsets_of(groups.shape[1]).member.astype(np.int64)
        weight = member @ self.problem.weight_g[groups].T
        return np.asarray(np.maximum(weight, member @ self.problem.dim_weight_g[groups].T))

    def _parcel_costs(self, bucket: Bucket, part: IntArray) -> FloatArray:
        """`cost[subset, warehouse, order]`, from the cache where the bucket fits in it."""
        if bucket.size not in self.cache:
            cells = len(bucket.orders) * (self.problem.warehouses << bucket.size)
            self.cache[bucket.size] = None
            if cells <= self.cache_cells:
                self.cache_cells -= cells
                self.cache[bucket.size] = self._all_parcel_costs(bucket)
        cached = self.cache[bucket.size]
        if cached is None:
            return self._fresh_parcel_costs(bucket, part).astype(np.float64)
        if part[-1] - part[0] == len(part) - 1:
            return cached[:, :, part[0] : part[-1] + 1].astype(np.float64)
        return cached[:, :, part].astype(np.float64)

    def _fresh_parcel_costs(self, bucket: Bucket, part: IntArray) -> IntArray:
        return self.tariff.cost(bucket.orders[part], self._billable(bucket.groups[part]))

    def _all_parcel_costs(self, bucket: Bucket) -> npt.NDArray[np.int32]:
        cost = np.empty((1 << bucket.size, self.problem.warehouses, len(bucket.orders)), dtype=np.int32)
        step = max(CHUNK_CELLS // (self.problem.warehouses << bucket.size), 1)
        for start in range(0, len(bucket.orders), step):
            part = np.arange(start, min(start + step, len(bucket.orders)))
            cost[:, :, part] = self._fresh_parcel_costs(bucket, part)
        return cost

    def _add_capacity(self, cost: FloatArray, bucket: Bucket, part: IntArray, rows: Rows) -> None:
        """The price of each box, and infinity where fewer boxes can leave than the parcel has."""
        if rows.capacity_left is None and not rows.capacity_price.any():
            return
        price = rows.capacity_price[None, :, None]
        if self.is_one_box[bucket.size] and (rows.capacity_left is None or (rows.capacity_left > 0).all()):
            cost += price
            return
        boxes = self.tariff.boxes(self._billable(bucket.groups[part]))[:, None, :]
        cost += boxes * price
        if rows.capacity_left is not None:
            cost[boxes > rows.capacity_left[None, :, None]] = np.inf

    def recursion(self, bucket: Bucket, part: IntArray, rows: Rows) -> Recursion:
        """The recursion of these orders at these prices."""
        orders, groups = bucket.orders[part], bucket.groups[part]
        cost = self._parcel_costs(bucket, part)
        self._add_capacity(cost, bucket, part, rows)
        group_cost = self.group_prices(groups.ravel(), rows).reshape(*groups.shape, -1)
        charge_groups(cost, np.ascontiguousarray(group_cost.transpose(1, 2, 0)))
        return Recursion(
            cost,
            self.problem.unfilled_minor[groups].T.astype(np.float64),
            float(self.problem.split_minor),
            self.problem.is_ship_complete[orders],
        )

    def _price_exactly(self, bucket: Bucket, part: IntArray, rows: Rows, into: Priced) -> None:
        orders, groups = bucket.orders[part], bucket.groups[part]
        recursion = self.recursion(bucket, part, rows)
        best = solve_batch(recursion)
        into.value[orders] = best.value
        into.floor[orders] = best.value
        into.assignment.warehouse[groups] = best.warehouse
        into.assignment.parcel[groups] = best.parcel
        self._price_possible(bucket, part, rows, recursion.cost, into)

    def _price_possible(
        self, bucket: Bucket, part: IntArray, rows: Rows, cost: FloatArray, into: Priced
    ) -> None:
        """The orders whose own groups meet get the best of the plans that are possible."""
        meetings = self.meetings.get(bucket.size)
        here = np.flatnonzero(np.isin(part, meetings.order)) if meetings is not None else ()
        if meetings is None or not len(here):
            return
        limit = self.available if rows.left is None else rows.left
        orders, groups = bucket.orders[part[here]], bucket.groups[part[here]]
        found = solve_possible(
            cost[:, :, here],
            too_many(meetings, part[here], limit),
            unfilled=self.problem.unfilled_minor[groups].T.astype(np.float64),
            split=float(self.problem.split_minor),
            is_complete=self.problem.is_ship_complete[orders],
        )
        into.value[orders] = into.floor[orders] = found.value
        into.assignment.warehouse[groups] = found.warehouse
        into.assignment.parcel[groups] = found.parcel

    def _price_wide(self, bucket: Bucket, part: IntArray, rows: Rows, into: Priced) -> None:
        orders, groups = bucket.orders[part], bucket.groups[part]
        cost = self.group_prices(groups.ravel(), rows).reshape(*groups.shape, -1)
        wide = WidePricer(self.problem, self.tariff, rows.capacity_price, rows.capacity_left)
        best = wide.best(orders, groups, cost, self.lines(bucket, part))
        into.value[orders] = best.value
        into.floor[orders] = best.floor
        into.assignment.warehouse[groups] = best.warehouse
        into.assignment.parcel[groups] = best.parcel

    def lines(self, bucket: Bucket, part: IntArray) -> Lines:
        """The lines below the parcel costs of these orders; they depend on no price and are made once."""
        if bucket.size not in self.wide_lines:
            charged = charged_weight(self.problem, bucket.groups)
            self.wide_lines[bucket.size] = self.tariff.lines(
                bucket.orders, charged.min(axis=1), charged.sum(axis=1)
            )
        known = self.wide_lines[bucket.size]
        return Lines(known.fixed[:, part], known.per_g[:, part])
