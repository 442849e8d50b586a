"""Part of a problem as a problem of its own: some orders, their SKUs, and the stock they may use."""

from dataclasses import dataclass, replace

import numpy as np

from fulfillment.routing.arrays import IntArray, concatenated_ranges
from fulfillment.routing.plan import Prices
from fulfillment.routing.problem import Problem


@dataclass(frozen=True, eq=False)
class Part:
    """The smaller problem and where its rows stand in the whole."""

    problem: Problem
    orders: IntArray  # [order of the part]
    groups: IntArray  # [group of the part]
    skus: IntArray  # [sku of the part]
    rows: IntArray  # [row of the part] row of the whole, as `Meter` counts rows

    def prices(self, prices: Prices) -> Prices:
        """The whole's prices on the rows of the part."""
        return Prices(prices.stock[:, self.skus, :], prices.capacity)


def part_of(problem: Problem, orders: IntArray, left: IntArray | None = None) -> Part:
    """These orders with the SKUs they hold; `left[row]` of the whole replaces stock and capacity if given."""
    starts, lengths = problem.group_start[orders], np.diff(problem.group_start)[orders]
    groups = concatenated_ranges(starts, lengths)
    item_lengths = np.diff(problem.item_start)[groups]
    items = concatenated_ranges(problem.item_start[groups], item_lengths)
    skus, item_sku = np.unique(problem.item_sku[items], return_inverse=True)
    shape = problem.stock.shape
    positions = np.arange(problem.stock.size).reshape(shape)[:, skus, :].ravel()
    rows = np.concatenate([positions, problem.stock.size + np.arange(problem.warehouses)])
    stock, kept_back, capacity = problem.stock[:, skus, :], problem.kept_back[skus], problem.capacity
    if left is not None:
        stock, kept_back = left[positions].reshape(shape[0], len(skus), shape[2]), np.zeros_like(kept_back)
        capacity = left[problem.stock.size :].copy()
    small = replace(
        problem,
        order_ids=tuple(problem.order_ids[row] for row in orders.tolist()),
        skus=tuple(problem.skus[row] for row in skus.tolist()),
        group_start=np.concatenate([[0], np.cumsum(lengths)]),
        destination=problem.destination[orders],
        priority=problem.priority[orders],
        due_days=problem.due_days[orders],
        late_minor=problem.late_minor[orders],
        is_ship_complete=problem.is_ship_complete[orders],
        line=problem.line[groups],
        line_share=problem.line_share[groups],
        weight_g=problem.weight_g[groups],
        dim_weight_g=problem.dim_weight_g[groups],
        unfilled_minor=problem.unfilled_minor[groups],
        shelf_class=problem.shelf_class[groups],
        bar=problem.bar[groups],
        item_start=np.concatenate([[0], np.cumsum(item_lengths)]),
        item_sku=item_sku.astype(np.int64),
        item_qty=problem.item_qty[items],
        stock=stock,
        kept_back=kept_back,
        capacity=capacity,
    )
    return Part(small, orders, groups, skus.astype(np.int64), rows)
