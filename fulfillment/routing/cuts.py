"""Cover cuts: which sets of groups cannot all leave from one stock row, where the linear optimum pretends so.

For a row `sum a_i x_i <= b` a cover is a set with more than `b` units; at most all but one of it can leave.
The set may be extended by every group as large as its largest (Balas, "Facets of the knapsack polytope",
1975).
Each cut only adds a price on (group, warehouse), so the orders are priced exactly as before.
"""

import numpy as np

from fulfillment.routing.arrays import BoolArray, FloatArray, IntArray
from fulfillment.routing.problem import Problem
from fulfillment.routing.usage import Cut

LEAST_VIOLATION = 0.02
DIVIDED = 0.01


class Separator:
    """Finds violated covers of the stock rows of one problem."""

    def __init__(self, problem: Problem, limits: IntArray) -> None:
        self.problem = problem
        self.limits = limits
        self.by_sku = np.argsort(problem.item_sku, kind="stable")
        self.sku_start = np.searchsorted(problem.item_sku[self.by_sku], np.arange(len(problem.skus) + 1))
        self.seen: set[tuple[int, ...]] = set()

    def separate(self, group: IntArray, warehouse: IntArray, share: FloatArray, tight: IntArray) -> list[Cut]:
        """New cuts violated by `share` of each (group, warehouse), looked for around the `tight` rows."""
        problem = self.problem
        if not len(group):
            return []
        key = group * problem.warehouses + warehouse
        found, back = np.unique(key, return_inverse=True)
        total = np.bincount(back, share, len(found)).astype(np.float64)
        is_tight = np.zeros((problem.stock.size // problem.warehouses, problem.warehouses), dtype=bool)
        is_tight.flat[tight] = True
        cuts = []
        for row in np.flatnonzero(is_tight.any(axis=1)).tolist():
            cuts += self._covers(row, is_tight[row], found, total)
        return cuts

    def _covers(self, row: int, is_tight: BoolArray, keys: IntArray, shares: FloatArray) -> list[Cut]:
        """The cuts of one item of one class, over single warehouses and over several together."""
        problem = self.problem
        level, sku = divmod(row, len(problem.skus))
        items = self.by_sku[self.sku_start[sku] : self.sku_start[sku + 1]]
        group = problem.group_of_item[items]
        wants = problem.shelf_class[group] >= level
        group, units = group[wants], problem.item_qty[items[wants]]
        key = group[:, None] * problem.warehouses + np.arange(problem.warehouses)
        place = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
        share = np.where(keys[place] == key, shares[place], 0.0)
        limits = self.limits[row * problem.warehouses : (row + 1) * problem.warehouses]
        found = []
        for sites in _site_sets(share, is_tight):
            cut = self._cover(
                row,
                sites,
                units=units,
                key=key[:, sites],
                share=share[:, sites].sum(axis=1),
                limit=int(limits[sites].sum()),
            )
            if cut is not None:
                found.append(cut)
        return found

    def _cover(
        self, row: int, sites: IntArray, *, units: IntArray, key: IntArray, share: FloatArray, limit: int
    ) -> Cut | None:
        """The cut of a violated cover; a group leaves from one warehouse at most, so its shares add up."""
        cover = _smallest_cover(units, share, limit)
        if cover is None:
            return None
        weight = lifted(units, cover)
        if (share * weight).sum() <= len(cover) - 1 + LEAST_VIOLATION:
            return None
        is_in = weight > 0
        name = (row, *sites.tolist(), *key[is_in, 0].tolist(), *weight[is_in].tolist())
        if name in self.seen:
            return None
        self.seen.add(name)
        return Cut(key[is_in].ravel(), np.repeat(weight[is_in], len(sites)), len(cover) - 1)


def _site_sets(share: FloatArray, is_tight: BoolArray) -> list[IntArray]:
    """Each tight warehouse, those tight ones that share divided groups, all tight ones, and all there are.

    Where a group is divided between two warehouses, or half of it stays, no single warehouse shows that their
    units together are an odd few short.
    """
    tight = np.flatnonzero(is_tight)
    sets = [tight[[place]] for place in range(len(tight))]
    is_divided = (share[:, tight] > DIVIDED) & (share[:, tight] < 1.0 - DIVIDED)
    linked = is_divided.T.astype(np.int64) @ is_divided > 0
    for _ in range(len(tight).bit_length()):
        linked = linked.astype(np.int64) @ linked > 0
    sets += [tight[one] for one in np.unique(linked, axis=0) if one.sum() > 1]
    sets += [tight, np.arange(len(is_tight))]
    return list({tuple(sites.tolist()): sites for sites in sets}.values())


def lifted(units: IntArray, cover: IntArray) -> IntArray:
    """`weight[item]`: 1 in the cover, and for every other as many of the cover's largest as it outweighs.

    An item that needs as much as the `h` largest of the cover displaces `h` of them (Balas 1975, theorem 1;
    the function is superadditive, so all items are lifted at once).
    """
    heaviest = np.cumsum(np.sort(units[cover])[::-1])
    weight = np.searchsorted(heaviest, units, side="right").astype(np.int64)
    weight[cover] = 1
    return weight


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
