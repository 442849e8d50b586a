"""The exact best plan of single orders under prices, for many orders of the same number of groups at once.

A plan of an order is a partition of the groups served into parcels. With `cost[subset]` the cheapest way to
send exactly that subset as one parcel, the best partition obeys the subset recursion
`best[S] = min over B ⊆ S holding the lowest member of S of cost[B] + best[S - B]`, about 3^L / 2 sums for L
groups (Held and Karp's dynamic programming over subsets, 1962, in its set-partition form).

The orders are the last axis everywhere, so that every step is one long vector operation; which warehouse and
which first parcel gave a minimum is looked up afterwards, for the subsets that are really sent.
"""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from fulfillment.routing.arrays import BoolArray, FloatArray, IntArray, SmallArray
from fulfillment.routing.plan import NOWHERE

LOOPED_GROUPS = 5


@dataclass(frozen=True, eq=False)
class Level:
    """All subsets of one size, each with the ways to take its first parcel off."""

    subsets: IntArray  # [subset]
    blocks: IntArray  # [subset, way]
    rests: IntArray  # [subset, way]


@dataclass(frozen=True, eq=False)
class Subsets:
    """The subsets of L groups, a subset being the number whose bits are its members."""

    member: BoolArray  # [subset, group]
    levels: tuple[Level, ...]
    blocks: IntArray  # [subset, way] the last way repeated where a subset has fewer


@cache
def subsets_of(size: int) -> Subsets:
    """The tables for orders of `size` groups; made once and kept."""
    count = 1 << size
    numbers = np.arange(count, dtype=np.int64)
    member = (numbers[:, None] >> np.arange(size)[None, :] & 1).astype(bool)
    sizes = member.sum(axis=1)
    padded = np.zeros((count, count // 2), dtype=np.int64)
    levels = []
    for chosen in range(1, size + 1):
        subsets = numbers[sizes == chosen]
        blocks = np.array([_blocks_of(int(subset)) for subset in subsets], dtype=np.int64)
        levels.append(Level(subsets, blocks, subsets[:, None] ^ blocks))
        padded[subsets] = blocks[:, np.minimum(np.arange(count // 2), blocks.shape[1] - 1)]
    return Subsets(member, tuple(levels), padded)


def _blocks_of(subset: int) -> list[int]:
    """Every part of the subset that holds its lowest member."""
    lowest = subset & -subset
    rest = subset ^ lowest
    blocks = []
    part = rest
    while True:
        blocks.append(part | lowest)
        if not part:
            return blocks
        part = (part - 1) & rest


@dataclass(frozen=True, eq=False)
class Best:
    """The best plan of each order of a batch."""

    value: FloatArray  # [order] with prices and penalties
    warehouse: SmallArray  # [order, group]
    parcel: SmallArray  # [order, group]


@dataclass(frozen=True, eq=False)
class Recursion:
    """The recursion over the subsets of the groups, for a batch of orders.

    `cost[subset, warehouse, order]` is the whole cost of sending exactly that subset from there, each parcel
    charged the split; subset 0 is not read. `unfilled[group, order]`. `split` is given back once per order
    that sends anything. An order of `is_complete[order]` sends all its groups or none.
    """

    cost: FloatArray
    unfilled: FloatArray
    split: float
    is_complete: BoolArray

    @property
    def size(self) -> int:
        """How many groups."""
        return len(self.unfilled)

    @cached_property
    def cheapest(self) -> FloatArray:
        """`cheapest[subset, order]`: as one parcel from the cheapest warehouse."""
        return np.asarray(self.cost.min(axis=1))

    @cached_property
    def best(self) -> FloatArray:
        """`best[subset, order]`: the cheapest partition of exactly that subset."""
        return _best_partitions(self.cheapest, subsets_of(self.size))

    @cached_property
    def completed(self) -> FloatArray:
        """`completed[subset, order]`: the cheapest way to send any of that subset and leave the others."""
        completed = self.best.copy()
        may_leave = ~self.is_complete
        for subset in range(1, len(completed)):
            for group in range(self.size):
                if subset >> group & 1:
                    staying = completed[subset ^ 1 << group] + self.unfilled[group]
                    np.minimum(completed[subset], staying, out=completed[subset], where=may_leave)
        return completed

    def first_block(self, left: IntArray, orders: IntArray) -> IntArray:
        """The parcel that holds the lowest group of what is left in a best partition of it."""
        return _first_block(left, orders, self.cheapest, self.best, subsets_of(self.size))


def solve_batch(recursion: Recursion) -> Best:
    """The best plan of each order."""
    tables = subsets_of(recursion.size)
    cheapest, best = recursion.cheapest, recursion.best
    value, served = _choose_served(best, recursion.unfilled, recursion.split, recursion.is_complete, tables)
    warehouse, parcel = _unfold(served, cheapest, best, recursion.cost, tables)
    return Best(value, warehouse, parcel)


def charge_groups(parcel_cost: FloatArray, group_cost: FloatArray) -> None:
    """Each `parcel_cost[subset, warehouse, order]` is charged its `group_cost[group, warehouse, order]`."""
    if len(group_cost) == 1:
        parcel_cost[1] += group_cost[0]
        return
    sums = np.empty_like(parcel_cost)
    sums[0] = 0.0
    for bit, cost in enumerate(group_cost):
        half = 1 << bit
        np.add(sums[:half], cost[None], out=sums[half : 2 * half])
    parcel_cost += sums


def _best_partitions(cheapest: FloatArray, tables: Subsets) -> FloatArray:
    """`best[subset, order]`: the cheapest partition of exactly that subset."""
    best = cheapest.copy()
    best[0] = 0.0
    for level in tables.levels[1:]:
        if len(tables.levels) <= LOOPED_GROUPS:
            for subset, blocks, rests in zip(level.subsets, level.blocks, level.rests, strict=True):
                for block, rest in zip(blocks[1:], rests[1:], strict=True):
                    np.minimum(best[subset], cheapest[block] + best[rest], out=best[subset])
        else:
            best[level.subsets] = (cheapest[level.blocks] + best[level.rests]).min(axis=1)
    return best


def _choose_served(
    best: FloatArray, unfilled: FloatArray, split: float, is_complete: BoolArray, tables: Subsets
) -> tuple[FloatArray, IntArray]:
    """Which groups to serve at all: `value[order]` and the subset `served[order]`."""
    with_backlog = best + (~tables.member).astype(np.float64) @ unfilled
    with_backlog[1:] -= split
    if len(best) > 2 and is_complete.any():
        with_backlog[1:-1, is_complete] = np.inf
    value = with_backlog.min(axis=0)
    # Ties go to the larger subset: what can be sent at the price of waiting is sent. Most orders go whole.
    served = np.full(len(value), len(best) - 1, dtype=np.int64)
    partly = np.flatnonzero(with_backlog[-1] > value)
    served[partly] = len(best) - 1 - with_backlog[::-1, partly].argmin(axis=0)
    return value, served


def _unfold(
    served: IntArray, cheapest: FloatArray, best: FloatArray, cost: FloatArray, tables: Subsets
) -> tuple[SmallArray, SmallArray]:
    """The warehouse and parcel number of each group, by taking parcels off until nothing is left."""
    size = tables.member.shape[1]
    warehouse = np.full((len(served), size), NOWHERE, dtype=np.int16)
    parcel = warehouse.copy()
    left = served.copy()
    orders = np.arange(len(served))
    for number in range(size):
        orders = orders[left[orders] > 0]
        if not len(orders):
            break
        block = _first_block(left[orders], orders, cheapest, best, tables)
        source = cost[block, :, orders].argmin(axis=1)
        members = tables.member[block]
        warehouse[orders] = np.where(members, source[:, None], warehouse[orders])
        parcel[orders] = np.where(members, number, parcel[orders])
        left[orders] ^= block
    return warehouse, parcel


def _first_block(
    left: IntArray, orders: IntArray, cheapest: FloatArray, best: FloatArray, tables: Subsets
) -> IntArray:
    """The parcel that holds the lowest group of what is left in a best partition of it."""
    blocks = tables.blocks[left]  # [order, way]
    if blocks.shape[1] == 1:
        return np.asarray(blocks[:, 0])
    # Most orders travel in one parcel, which needs no search.
    is_whole = best[left, orders] == cheapest[left, orders]
    found = left.copy()
    split = np.flatnonzero(~is_whole)
    ways = blocks[split]
    at = orders[split, None]
    way = (cheapest[ways, at] + best[left[split, None] ^ ways, at]).argmin(axis=1)
    found[split] = ways[np.arange(len(split)), way]
    return found
