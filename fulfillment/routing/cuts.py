"""Cover cuts: which sets of groups cannot all leave from one stock row, where the linear optimum pretends so.

For a row `sum a_i x_i <= b` a cover is a set with more than `b` units; at most all but one of it can leave.
The set may be extended by every group as large as its largest (Balas, "Facets of the knapsack polytope",
1975).
Each cut only adds a price on (group, warehouse), so the orders are priced exactly as before.
"""

import numpy as np

from fulfillment.routing.arrays import FloatArray, IntArray
from fulfillment.routing.problem import Problem
from fulfillment.routing.usage import Cut

LEAST_VIOLATION = 0.02


class Separator:
    """Finds violated covers of the stock rows of one problem."""

    def __init__(self, problem: Problem, limits: IntArray) -> None:
        self.problem = problem
        self.limits = limits
        self.by_sku = np.argsort(problem.item_sku, kind="stable")
        self.sku_start = np.searchsorted(problem.item_sku[self.by_sku], np.arange(len(problem.skus) + 1))
        self.seen: set[tuple[int, ...]] = set()

    def separate(self, group: IntArray, warehouse: IntArray, share: FloatArray, tight: IntArray) -> list[Cut]:
        """New cuts violated by `share` of each (group, warehouse), looked for in the `tight` rows."""
        problem = self.problem
        if not len(group):
            return []
        key = group * problem.warehouses + warehouse
        found, back = np.unique(key, return_inverse=True)
        total = np.bincount(back, share, len(found)).astype(np.float64)
        cuts = []
        for row in tight.tolist():
            cut = self._cover(row, found, total)
            if cut is not None:
                cuts.append(cut)
        return cuts

    def _cover(self, row: int, keys: IntArray, shares: FloatArray) -> Cut | None:
        problem = self.problem
        level, sku, warehouse = (int(n) for n in np.unravel_index(row, problem.stock.shape))
        items = self.by_sku[self.sku_start[sku] : self.sku_start[sku + 1]]
        group = problem.group_of_item[items]
        may_use = (problem.shelf_class[group] >= level) & (problem.bar[group, warehouse] == 0)
        group, units = group[may_use], problem.item_qty[items[may_use]]
        key = group * problem.warehouses + warehouse
        place = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
        share = np.where(keys[place] == key, shares[place], 0.0)
        cover = _smallest_cover(units, share, int(self.limits[row]))
        if cover is None:
            return None
        is_in = np.zeros(len(group), dtype=bool)
        is_in[cover] = True
        is_in |= units >= units[cover].max()
        limit = len(cover) - 1
        if share[is_in].sum() <= limit + LEAST_VIOLATION:
            return None
        name = (row, limit, *key[is_in].tolist())
        if name in self.seen:
            return None
        self.seen.add(name)
        return Cut(key[is_in], np.ones(int(is_in.sum()), dtype=np.int64), limit)


def _smallest_cover(units: IntArray, share: FloatArray, limit: int) -> IntArray | None:
    """A minimal set of more than `limit` units whose shares miss little of its size, found greedily."""
    order = np.lexsort((-units, np.round((1.0 - share) / units, 9)))
    order = order[(share[order] > 0) & (units[order] <= limit)]
    total = np.cumsum(units[order])
    end = int(np.searchsorted(total, limit, side="right"))
    if end >= len(order):
        return None
    chosen = order[: end + 1]
    excess = int(total[end]) - limit
    # What can be spared without losing the cover goes, the least used first.
    kept = []
    for item in chosen[np.argsort(share[chosen], kind="stable")].tolist():
        if units[item] < excess:
            excess -= int(units[item])
        else:
            kept.append(item)
    return np.array(kept, dtype=np.int64)
