"""What an assignment costs and uses: stock rows, capacity rows, and the cuts that sharpen them."""

from dataclasses import dataclass

import numpy as np

from fulfillment.routing.arrays import BoolArray, FloatArray, IntArray, concatenated_ranges
from fulfillment.routing.plan import Assignment, Prices
from fulfillment.routing.problem import Problem
from fulfillment.routing.tariff import ParcelTariff


@dataclass(frozen=True, eq=False)
class Sendings:
    """Groups that leave. `owner` is the order, or the column that stands for one plan of an order."""

    owner: IntArray
    group: IntArray
    warehouse: IntArray
    parcel: IntArray


@dataclass(frozen=True, eq=False)
class Parcels:
    """The parcels of some sendings, one entry each."""

    owner: IntArray
    order: IntArray
    warehouse: IntArray
    billable_g: IntArray
    boxes: IntArray


@dataclass(frozen=True, eq=False)
class Entries:
    """How much of which row an owner uses: stock rows by flat position, then capacity rows, then cuts."""

    owner: IntArray
    row: IntArray
    amount: IntArray


@dataclass(frozen=True, eq=False)
class Cut:
    """No feasible plan sends more than `limit` of these, each counted with its weight.

    `key` is group * warehouses + warehouse.
    """

    key: IntArray
    weight: IntArray
    limit: int


class Meter:
    """Measures plans of one problem."""

    def __init__(self, problem: Problem, tariff: ParcelTariff) -> None:
        self.problem = problem
        self.tariff = tariff
        self.stock_rows = problem.stock.size
        self.class_rows = len(problem.skus) * problem.warehouses
        self.limits = np.concatenate([problem.available.ravel(), problem.capacity])
        self.real_rows = len(self.limits)
        self.cut_key = np.zeros(0, dtype=np.int64)
        self.cut_row = np.zeros(0, dtype=np.int64)
        self.cut_weight = np.zeros(0, dtype=np.int64)

    def add_cuts(self, cuts: list[Cut]) -> None:
        """The cuts become rows after all others."""
        sizes = np.array([len(cut.key) for cut in cuts], dtype=np.int64)
        rows = np.repeat(len(self.limits) + np.arange(len(cuts)), sizes)
        key = np.concatenate([self.cut_key, *(cut.key for cut in cuts)])
        order = np.argsort(key, kind="stable")
        self.cut_key = key[order]
        self.cut_row = np.concatenate([self.cut_row, rows])[order]
        self.cut_weight = np.concatenate([self.cut_weight, *(cut.weight for cut in cuts)])[order]
        self.limits = np.concatenate([self.limits, np.array([cut.limit for cut in cuts], dtype=np.int64)])

    def flat_prices(self, prices: Prices) -> FloatArray:
        """`price[row]` over stock, capacity and cut rows; cuts are free."""
        flat = np.zeros(len(self.limits))
        flat[: self.real_rows] = np.concatenate([prices.stock.ravel(), prices.capacity])
        return flat

    def shaped_prices(self, flat: FloatArray) -> Prices:
        """The prices of stock and capacity rows out of all."""
        stock = flat[: self.stock_rows].reshape(self.problem.stock.shape).copy()
        return Prices(stock, flat[self.stock_rows : self.real_rows].copy())

    def surcharge(self, flat: FloatArray) -> FloatArray | None:
        """`surcharge[group, warehouse]` of the priced cuts; None where there is none."""
        price = flat[self.cut_row] * self.cut_weight
        is_paid = price > 0
        if not is_paid.any():
            return None
        cells = self.problem.groups * self.problem.warehouses
        dense = np.bincount(self.cut_key[is_paid], price[is_paid], cells).astype(np.float64)
        return dense.reshape(self.problem.groups, self.problem.warehouses)

    def sendings(self, assignment: Assignment, orders: BoolArray | None = None) -> Sendings:
        """What leaves, of all orders or of those marked; the owner is the order."""
        is_sent = assignment.warehouse >= 0
        if orders is not None:
            is_sent &= orders[self.problem.order_of_group]
        group = np.flatnonzero(is_sent)
        return Sendings(
            self.problem.order_of_group[group],
            group,
            assignment.warehouse[group].astype(np.int64),
            assignment.parcel[group].astype(np.int64),
        )

    def parcels(self, sent: Sendings) -> Parcels:
        """The parcels these groups make."""
        key = sent.owner << 16 | sent.parcel
        found, first, back = np.unique(key, return_index=True, return_inverse=True)
        weight = np.bincount(back, self.problem.weight_g[sent.group], len(found))
        dim_weight = np.bincount(back, self.problem.dim_weight_g[sent.group], len(found))
        billable = np.maximum(weight, dim_weight).astype(np.int64)
        order = self.problem.order_of_group[sent.group[first]]
        return Parcels(found >> 16, order, sent.warehouse[first], billable, self.tariff.boxes(billable))

    def late_days(self, parcels: Parcels) -> IntArray:
        """`days[parcel]`: how long after its order's due day each parcel arrives; 0 where it is in time."""
        problem = self.problem
        transit = problem.transit_days[problem.destination[parcels.order], parcels.warehouse]
        arrives = problem.ready_days[parcels.warehouse] + transit
        return np.asarray(np.maximum(arrives - problem.due_days[parcels.order], 0))

    def sending_costs(self, sent: Sendings, owners: int) -> FloatArray:
        """`cost[owner]` of parcels, handling, splits and lateness."""
        parcels = self.parcels(sent)
        each = self.tariff.parcel_costs(parcels.order, parcels.warehouse, parcels.billable_g)
        cost = np.bincount(parcels.owner, each, owners).astype(np.float64)
        cost -= self.problem.split_minor * (np.bincount(parcels.owner, minlength=owners) > 0)
        handling = self.problem.units[sent.group] * self.problem.handling_minor[sent.warehouse]
        return cost + np.bincount(sent.owner, handling, owners)

    def order_costs(self, assignment: Assignment) -> IntArray:
        """`cost[order]`: parcels, handling, splits, lateness and the penalties of what stays."""
        problem = self.problem
        cost = self.sending_costs(self.sendings(assignment), problem.orders)
        staying = np.where(assignment.warehouse < 0, problem.unfilled_minor, 0)
        cost += np.bincount(problem.order_of_group, staying, problem.orders)
        return np.rint(cost).astype(np.int64)

    def entries(
        self, assignment: Assignment, orders: BoolArray | None = None, *, has_cuts: bool = True
    ) -> Entries:
        """Every row each order uses, or those of the orders marked."""
        return self.uses(self.sendings(assignment, orders), has_cuts=has_cuts)

    def uses(self, sent: Sendings, *, has_cuts: bool = True) -> Entries:
        """Every row the sendings use, with the cuts or without."""
        parts = self._stock_uses(sent)
        if has_cuts:
            parts.append(self._cut_uses(sent))
        parcels = self.parcels(sent)
        parts.append((parcels.owner, parcels.warehouse + self.stock_rows, parcels.boxes))
        owner, row, amount = (np.concatenate(column) for column in zip(*parts, strict=True))
        return Entries(owner, row, amount)

    def _stock_uses(self, sent: Sendings) -> list[tuple[IntArray, IntArray, IntArray]]:
        problem = self.problem
        starts = problem.item_start[sent.group]
        lengths = problem.item_start[sent.group + 1] - starts
        items = concatenated_ranges(starts, lengths)
        owner = np.repeat(sent.owner, lengths)
        row = problem.item_sku[items] * problem.warehouses + np.repeat(sent.warehouse, lengths)
        level = np.repeat(problem.shelf_class[sent.group], lengths)
        amount = problem.item_qty[items]
        parts = [(owner, row, amount)]
        for above in range(1, len(problem.stock)):
            is_in = level >= above
            parts.append((owner[is_in], row[is_in] + above * self.class_rows, amount[is_in]))
        return parts

    def _cut_uses(self, sent: Sendings) -> tuple[IntArray, IntArray, IntArray]:
        key = sent.group * self.problem.warehouses + sent.warehouse
        first = np.searchsorted(self.cut_key, key, side="left")
        lengths = np.searchsorted(self.cut_key, key, side="right") - first
        places = concatenated_ranges(first, lengths)
        return np.repeat(sent.owner, lengths), self.cut_row[places], self.cut_weight[places]

    def used(self, entries: Entries) -> IntArray:
        """`used[row]`."""
        return np.bincount(entries.row, entries.amount, len(self.limits)).astype(np.int64)
