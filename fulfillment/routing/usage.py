"""What an assignment costs and uses, row by row."""

from dataclasses import dataclass

import numpy as np

from fulfillment.routing.arrays import BoolArray, FloatArray, IntArray, concatenated_ranges
from fulfillment.routing.plan import Assignment, Prices
from fulfillment.routing.problem import Problem
from fulfillment.routing.tariff import ParcelTariff


@dataclass(frozen=True, eq=False)
class Parcels:
    """The parcels of an assignment, one entry each."""

    order: IntArray
    warehouse: IntArray
    billable_g: IntArray
    boxes: IntArray


@dataclass(frozen=True, eq=False)
class Entries:
    """How much of which row an order uses: a stock row is its flat position, capacity rows follow."""

    order: IntArray
    row: IntArray
    amount: IntArray


class Meter:
    """Measures assignments of one problem."""

    def __init__(self, problem: Problem, tariff: ParcelTariff) -> None:
        self.problem = problem
        self.tariff = tariff
        self.stock_rows = problem.stock.size
        self.class_rows = len(problem.skus) * problem.warehouses
        self.limits = np.concatenate([problem.available.ravel(), problem.capacity])

    def flat_prices(self, prices: Prices) -> FloatArray:
        """`price[row]` over stock rows, then capacity rows."""
        return np.concatenate([prices.stock.ravel(), prices.capacity])

    def shaped_prices(self, flat: FloatArray) -> Prices:
        """The other way round."""
        return Prices(
            flat[: self.stock_rows].reshape(self.problem.stock.shape).copy(), flat[self.stock_rows :].copy()
        )

    def parcels(self, assignment: Assignment, groups: IntArray | None = None) -> Parcels:
        """The parcels of these groups, whole orders at a time, or of all."""
        problem = self.problem
        chosen = np.arange(problem.groups) if groups is None else groups
        chosen = chosen[assignment.warehouse[chosen] >= 0]
        order = problem.order_of_group[chosen]
        key = order << 16 | assignment.parcel[chosen].astype(np.int64)
        found, first, back = np.unique(key, return_index=True, return_inverse=True)
        weight = np.bincount(back, problem.weight_g[chosen], len(found))
        dim_weight = np.bincount(back, problem.dim_weight_g[chosen], len(found))
        billable = np.maximum(weight, dim_weight).astype(np.int64)
        warehouse = assignment.warehouse[chosen][first].astype(np.int64)
        return Parcels(found >> 16, warehouse, billable, self.tariff.boxes(billable))

    def order_costs(self, assignment: Assignment) -> IntArray:
        """`cost[order]`: parcels, handling, splits, lateness and the penalties of what stays."""
        problem = self.problem
        parcels = self.parcels(assignment)
        each = self.tariff.parcel_costs(parcels.order, parcels.warehouse, parcels.billable_g)
        cost = np.bincount(parcels.order, each, problem.orders)
        cost -= problem.split_minor * (np.bincount(parcels.order, minlength=problem.orders) > 0)
        source = assignment.warehouse.astype(np.int64)
        handling = problem.units * problem.handling_minor[np.maximum(source, 0)]
        of_group = np.where(source >= 0, handling, problem.unfilled_minor)
        whole = np.rint(cost + np.bincount(problem.order_of_group, of_group, problem.orders))
        return np.asarray(whole, dtype=np.int64)

    def entries(self, assignment: Assignment, orders: BoolArray | None = None) -> Entries:
        """Every row each order uses, or those of the orders marked."""
        problem = self.problem
        is_sent = assignment.warehouse >= 0
        if orders is not None:
            is_sent &= orders[problem.order_of_group]
        groups = np.flatnonzero(is_sent)
        starts = problem.item_start[groups]
        lengths = problem.item_start[groups + 1] - starts
        items = concatenated_ranges(starts, lengths)
        of_item = np.repeat(groups, lengths)
        row = problem.item_sku[items] * problem.warehouses + assignment.warehouse[of_item]
        level = problem.shelf_class[of_item]
        parts = [(problem.order_of_group[of_item], row, problem.item_qty[items])]
        for above in range(1, len(problem.stock)):
            is_in = level >= above
            parts.append((parts[0][0][is_in], row[is_in] + above * self.class_rows, parts[0][2][is_in]))
        parcels = self.parcels(assignment, groups)
        parts.append((parcels.order, parcels.warehouse + self.stock_rows, parcels.boxes))
        order, row, amount = (np.concatenate(column) for column in zip(*parts, strict=True))
        return Entries(order, row, amount)

    def used(self, entries: Entries) -> IntArray:
        """`used[row]`."""
        return np.bincount(entries.row, entries.amount, len(self.limits)).astype(np.int64)
