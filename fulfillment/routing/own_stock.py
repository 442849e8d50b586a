"""Orders whose own groups want the same units: which of their plans are possible at all.

The recursion over subsets chooses a warehouse for each parcel by itself. That is exact as long as the groups
of an order never meet in a stock row. Two lines of one SKU do, and so do the shares of a line that no
warehouse holds whole: each would fit alone where they do not fit together. For those orders the warehouses
are gone through one after another, so that what leaves from one is known together:
`best[w][S] = min over B ⊆ S of parcels[w][B] + best[w - 1][S - B]`, with `parcels[w][B]` the cheapest way to
pack B at w, infinite where w has too few units for all of B. That is exact again, at 3^L sums a warehouse.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from fulfillment.routing.arrays import BoolArray, FloatArray, IntArray, SmallArray
from fulfillment.routing.kernel import subsets_of
from fulfillment.routing.plan import NOWHERE
from fulfillment.routing.problem import Problem


@dataclass(frozen=True, eq=False)
class Meetings:
    """Where groups of one order meet: `need[meeting, group]` units of `row[meeting]` by `order[meeting]`."""

    order: IntArray  # place in the bucket
    row: IntArray  # class * sku
    need: IntArray


@dataclass(frozen=True, eq=False)
class Possible:
    """The best possible plan of each order asked for."""

    value: FloatArray  # [order]
    warehouse: SmallArray  # [order, group]
    parcel: SmallArray  # [order, group]


def find_meetings(problem: Problem, groups: IntArray) -> Meetings:
    """The meetings in `groups[order, group]` that some warehouse has too few units for."""
    size = groups.shape[1]
    flat = groups.ravel()
    starts, ends = problem.item_start[flat], problem.item_start[flat + 1]
    lengths = ends - starts
    place = np.repeat(np.arange(len(flat)), lengths)
    item = np.repeat(starts - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
    order, group = place // size, place % size
    rows = problem.stock.shape[0] * len(problem.skus)
    keys, needs = [], []
    for level in range(problem.stock.shape[0]):
        counts = problem.shelf_class[flat[place]] >= level
        key = order[counts] * rows + level * len(problem.skus) + problem.item_sku[item[counts]]
        found, back = np.unique(key, return_inverse=True)
        need = np.zeros((len(found), size), dtype=np.int64)
        np.add.at(need, (back, group[counts]), problem.item_qty[item[counts]])
        least = problem.available.reshape(rows, -1)[found % rows].min(axis=1)
        meets = ((need > 0).sum(axis=1) > 1) & (need.sum(axis=1) > least)
        keys.append(found[meets])
        needs.append(need[meets])
    key = np.concatenate(keys)
    return Meetings(key // rows, key % rows, np.concatenate(needs))


def too_many(meetings: Meetings, orders: IntArray, limit: IntArray) -> BoolArray:
    """`over[subset, warehouse, order]`: that subset needs more there than `limit[class * sku, warehouse]`."""
    size = meetings.need.shape[1]
    over = np.zeros((1 << size, limit.shape[1], len(orders)), dtype=bool)
    place = np.searchsorted(orders, meetings.order)
    is_asked = np.zeros(len(meetings.order), dtype=bool)
    inside = place < len(orders)
    is_asked[inside] = orders[place[inside]] == meetings.order[inside]
    units = meetings.need @ subsets_of(size).member.T.astype(np.int64)  # [meeting, subset]
    for meeting in np.flatnonzero(is_asked).tolist():
        over[:, :, place[meeting]] |= units[meeting][:, None] > limit[meetings.row[meeting]][None, :]
    return over


def solve_possible(
    cost: FloatArray, over: BoolArray, *, unfilled: FloatArray, split: float, is_complete: BoolArray
) -> Possible:
    """The best plan of each order among those its warehouses have the units for.

    `cost[subset, warehouse, order]` is of one parcel, charged the split, which is given back once;
    `unfilled[group, order]`. An order of `is_complete[order]` sends all its groups or none.
    """
    size = len(unfilled)
    packed = _packed(cost, size)
    packed[over] = np.inf
    pairs = _pairs_of(size)
    stages = [np.full((1 << size, cost.shape[2]), np.inf)]
    stages[0][0] = 0.0
    for warehouse in range(cost.shape[1]):
        sums = packed[pairs.block, warehouse] + stages[-1][pairs.rest]
        stages.append(np.minimum.reduceat(sums, pairs.starts, axis=0))
    stays = (~subsets_of(size).member).astype(np.float64)
    total: FloatArray = stages[-1] + stays @ unfilled
    total[1:] -= split
    if size > 1:
        total[1:-1, is_complete] = np.inf
    # Ties go to the larger subset: what can be sent at the price of waiting is sent.
    served: IntArray = len(total) - 1 - total[::-1].argmin(axis=0)
    return Possible(total.min(axis=0), *_unfold(served, stages, packed, cost))


def _packed(cost: FloatArray, size: int) -> FloatArray:
    """`packed[subset, warehouse, order]`: all of it from one warehouse, in as many parcels as is cheapest."""
    packed = cost.copy()
    packed[0] = 0.0
    for level in subsets_of(size).levels[1:]:
        for subset, blocks, rests in zip(level.subsets, level.blocks, level.rests, strict=True):
            for block, rest in zip(blocks[1:], rests[1:], strict=True):
                np.minimum(packed[subset], cost[block] + packed[rest], out=packed[subset])
    return packed


@dataclass(frozen=True, eq=False)
class _Pairs:
    """Every subset with every part of it, the subsets in turn; `starts[subset]` is where its parts begin."""

    block: IntArray
    rest: IntArray
    starts: IntArray


@cache
def _pairs_of(size: int) -> _Pairs:
    parts = [[part for part in range(whole + 1) if part & whole == part] for whole in range(1 << size)]
    lengths = np.array([len(one) for one in parts], dtype=np.int64)
    block = np.concatenate([np.array(one, dtype=np.int64) for one in parts])
    return _Pairs(block, np.repeat(np.arange(1 << size), lengths) ^ block, np.cumsum(lengths) - lengths)


def _unfold(
    served: IntArray, stages: Sequence[FloatArray], packed: FloatArray, cost: FloatArray
) -> tuple[SmallArray, SmallArray]:
    """The warehouse and parcel number of each group, the last warehouse first."""
    size = len(packed).bit_length() - 1
    warehouse: SmallArray = np.full((len(served), size), NOWHERE, dtype=np.int16)
    parcel: SmallArray = warehouse.copy()
    pairs = _pairs_of(size)
    left = served.copy()
    numbers = np.zeros(len(served), dtype=np.int64)
    for place in range(packed.shape[1] - 1, -1, -1):
        orders = np.arange(len(left))
        sends = stages[place + 1][left, orders] < stages[place][left, orders]
        for order in np.flatnonzero(sends).tolist():
            whole = int(left[order])
            start = int(pairs.starts[whole])
            parts = slice(start, start + (1 << whole.bit_count()))
            sums = packed[pairs.block[parts], place, order] + stages[place][pairs.rest[parts], order]
            block = int(pairs.block[parts][sums.argmin()])
            left[order] ^= block
            for one in _parcels_of(block, cost[:, place, order], packed[:, place, order]):
                members = subsets_of(size).member[one]
                warehouse[order, members] = place
                parcel[order, members] = numbers[order]
                numbers[order] += 1
    return warehouse, _in_order_of_groups(parcel)


def _in_order_of_groups(parcel: SmallArray) -> SmallArray:
    """The parcels numbered by the first group in each, as everywhere."""
    size = parcel.shape[1]
    is_same = parcel[:, :, None] == parcel[:, None, :]  # [order, group, other]
    first = is_same.argmax(axis=2)
    begins = (first == np.arange(size)) & (parcel >= 0)
    number = (np.cumsum(begins, axis=1) - 1).astype(np.int16)
    return np.where(parcel >= 0, np.take_along_axis(number, first, axis=1), parcel)


def _parcels_of(block: int, cost: FloatArray, packed: FloatArray) -> list[int]:
    """The parcels in which the block leaves its warehouse."""
    parcels = []
    while block:
        lowest = block & -block
        ways = [part for part in range(1, block + 1) if part & block == part and part & lowest]
        # A part of what fits together fits; the whole in one parcel wins ties, being tried first.
        first = min(reversed(ways), key=lambda part: cost[part] + _rest_cost(packed, block ^ part))
        parcels.append(first)
        block ^= first
    return parcels


def _rest_cost(packed: FloatArray, rest: int) -> float:
    return float(packed[rest]) if rest else 0.0
