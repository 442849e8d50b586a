"""The exact best plan of single orders under prices, for many orders of the same number of groups at once.

A plan of an order is a partition of the groups served into parcels. With `cost[subset]` the cheapest
way to send exactly that subset as one parcel, the best partition obeys the subset recursion
`best[S] = min over B ⊆ S holding the lowest member of S of cost[B] + best[S - B]`, about 3^L / 2 sums
for L groups (Held and Karp's dynamic programming over subsets, 1962, in its set-partition form).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from fulfillment.routing.arrays import BoolArray, FloatArray, IntArray, SmallArray
from fulfillment.routing.plan import NOWHERE


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


@cache
def subsets_of(size: int) -> Subsets:
    """The tables for orders of `size` groups; made once and kept."""
    count = 1 << size
    numbers = np.arange(count, dtype=np.int64)
    member = (numbers[:, None] >> np.arange(size)[None, :] & 1).astype(bool)
    sizes = member.sum(axis=1)
    levels = []
    for chosen in range(1, size + 1):
        subsets = numbers[sizes == chosen]
        blocks = np.array([_blocks_of(int(subset)) for subset in subsets], dtype=np.int64)
        levels.append(Level(subsets, blocks, subsets[:, None] ^ blocks))
    return Subsets(member, tuple(levels))


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


def add_up(parcel_cost: FloatArray, group_cost: FloatArray) -> FloatArray:
    """`total[order, subset, warehouse]`: the parcel's own cost and the costs of its members."""
    total = np.empty_like(parcel_cost)
    total[:, 0] = 0.0
    for bit in range(group_cost.shape[1]):
        half = 1 << bit
        np.add(total[:, :half], group_cost[:, bit, None, :], out=total[:, half : 2 * half])
    total += parcel_cost
    return total


def solve_batch(
    parcel_cost: FloatArray,
    group_cost: FloatArray,
    unfilled: FloatArray,
    split: float,
    is_complete: BoolArray,
) -> Best:
    """The best plan of each order.

    Args:
        parcel_cost: `[order, subset, warehouse]`, each parcel charged the split; subset 0 is not read.
        group_cost: `[order, group, warehouse]`, infinite where the group cannot leave from there.
        unfilled: `[order, group]`.
        split: given back once per order that sends anything.
        is_complete: `[order]`, all groups or none.
    """
    size = group_cost.shape[1]
    total = add_up(parcel_cost, group_cost)
    source = total.argmin(axis=2)
    cheapest = np.take_along_axis(total, source[:, :, None], axis=2)[:, :, 0]
    best = np.zeros_like(cheapest)
    first = np.zeros(cheapest.shape, dtype=np.int64)
    tables = subsets_of(size)
    for level in tables.levels:
        if level.blocks.shape[1] == 1:
            best[:, level.subsets] = cheapest[:, level.subsets]
            first[:, level.subsets] = level.subsets
            continue
        ways = cheapest[:, level.blocks] + best[:, level.rests]
        way = ways.argmin(axis=2)
        best[:, level.subsets] = np.take_along_axis(ways, way[:, :, None], axis=2)[:, :, 0]
        first[:, level.subsets] = level.blocks[np.arange(len(level.subsets))[None, :], way]
    value, served = _choose_served(best, unfilled, split, is_complete, tables)
    warehouse, parcel = _unfold(served, first, source, tables)
    return Best(value, warehouse, parcel)


def _choose_served(
    best: FloatArray, unfilled: FloatArray, split: float, is_complete: BoolArray, tables: Subsets
) -> tuple[FloatArray, IntArray]:
    """Which groups to serve at all: `value[order]` and the subset `served[order]`."""
    with_backlog = best + unfilled @ (~tables.member).T.astype(np.float64)
    with_backlog[:, 1:] -= split
    if len(tables.member) > 2 and is_complete.any():
        with_backlog[np.ix_(is_complete, np.arange(1, len(tables.member) - 1))] = np.inf
    # Ties go to the larger subset: what can be sent at the price of waiting is sent.
    served = len(tables.member) - 1 - with_backlog[:, ::-1].argmin(axis=1)
    return np.take_along_axis(with_backlog, served[:, None], axis=1)[:, 0], served


def _unfold(
    served: IntArray, first: IntArray, source: IntArray, tables: Subsets
) -> tuple[SmallArray, SmallArray]:
    """The warehouse and parcel number of each group, by taking parcels off until nothing is left."""
    size = tables.member.shape[1]
    rows = np.arange(len(served))
    warehouse = np.full((len(served), size), NOWHERE, dtype=np.int16)
    parcel = warehouse.copy()
    left = served.copy()
    for number in range(size):
        if not left.any():
            break
        block = np.where(left > 0, first[rows, left], 0)
        members = tables.member[block]
        warehouse = np.where(members, source[rows, block][:, None], warehouse).astype(np.int16)
        parcel = np.where(members, number, parcel).astype(np.int16)
        left ^= block
    return warehouse, parcel
