"""Orders of many groups: a good plan and a true lower bound, where the exact recursion would be too long.

Read as a facility location problem: opening a parcel at a warehouse has a fixed cost, each group then has a
cost at each opened warehouse. With the rate replaced by lines below it, every set of up to ten warehouses is
enumerated. Of more warehouses, sets of one and two are, and three or more are bounded by the three cheapest
openings and each group's cheapest place. The plan comes from the same enumeration and a greedy opening of
further warehouses, priced at the true rate afterwards.
"""

from dataclasses import dataclass

import numpy as np

from fulfillment.routing.arrays import BoolArray, FloatArray, IntArray

NEVER = 1e15
MOST_OPENINGS = 6
MOST_ENUMERATED = 10


@dataclass(frozen=True, eq=False)
class WideOrders:
    """A batch of orders padded to the same number of groups; a padding group costs nothing anywhere."""

    group_cost: FloatArray  # [order, group, warehouse] true cost without the parcel, NEVER where barred
    weight_g: FloatArray  # [order, group] the weight the slope is charged on
    unfilled: FloatArray  # [order, group]
    fixed: FloatArray  # [line, order, warehouse] of lines below the rate, each parcel charged the split
    per_g: FloatArray  # [line, order, warehouse]
    split: float
    is_complete: BoolArray  # [order]


@dataclass(frozen=True, eq=False)
class WideChoice:
    """Sets of warehouses to try and a bound for each order."""

    floor: FloatArray  # [order]
    places: list[IntArray]  # each [order, group], a warehouse or -1


def choose_places(wide: WideOrders) -> WideChoice:
    """A lower bound of every order's cost and a few candidate plans."""
    stay = np.where(wide.is_complete[:, None] & (wide.unfilled > 0), NEVER, wide.unfilled)
    nothing = wide.unfilled.sum(axis=1)
    sloped = [
        np.minimum(wide.group_cost + wide.weight_g[:, :, None] * per_g[:, None, :], NEVER)
        for per_g in wide.per_g
    ]
    if wide.fixed.shape[2] <= MOST_ENUMERATED:
        floor, opened = _every_set(sloped, stay, wide.fixed)
    else:
        floor, opened = _small_sets(sloped, stay, wide.fixed)
    places = []
    for cost, fixed in zip(sloped, wide.fixed, strict=True):
        places += [_places(cost, stay, sites) for sites in (*opened, _open_greedily(cost, stay, fixed))]
    return WideChoice(np.minimum(floor - wide.split, nothing), places)


def _every_set(
    sloped: list[FloatArray], stay: FloatArray, fixed: FloatArray
) -> tuple[FloatArray, list[BoolArray]]:
    """Every set of warehouses by the lines below the rate: the least, and the sets that reach it.

    Every line proves a bound for every set, so the highest counts, set by set.
    """
    warehouses = fixed.shape[2]
    best = np.full((1 << warehouses, len(stay)), -np.inf)
    for cost, once in zip(sloped, fixed, strict=True):
        reach = np.empty((1 << warehouses, *stay.shape))
        reach[0] = stay
        opening = np.zeros((1 << warehouses, len(stay)))
        for warehouse in range(warehouses):
            half = 1 << warehouse
            np.minimum(reach[:half], cost[:, :, warehouse], out=reach[half : 2 * half])
            opening[half : 2 * half] = opening[:half] + once[:, warehouse]
        np.maximum(best, reach.sum(axis=2) + opening, out=best)
    bits = np.arange(warehouses)
    # The bound of a set says little of its true cost where steps are high, so the best of each size is tried.
    sizes = (np.arange(1 << warehouses)[:, None] >> bits & 1).sum(axis=1)
    opened = []
    for size in range(1, min(warehouses, MOST_OPENINGS) + 1):
        sets = np.flatnonzero(sizes == size)
        chosen = sets[best[sets].argmin(axis=0)]
        opened.append((chosen[:, None] >> bits & 1).astype(bool))
    return best[1:].min(axis=0), opened


def _small_sets(
    sloped: list[FloatArray], stay: FloatArray, fixed: FloatArray
) -> tuple[FloatArray, list[BoolArray]]:
    """One and two warehouses enumerated, three or more bounded by the three cheapest openings."""
    single = np.max(
        [_sums(np.minimum(cost, stay[:, :, None])) + once for cost, once in zip(sloped, fixed, strict=True)],
        axis=0,
    )
    pair, first, second = _best_pair(sloped, stay, fixed)
    more = np.max(
        [
            np.minimum(cost.min(axis=2), stay).sum(axis=1) + np.sort(once, axis=1)[:, :3].sum(axis=1)
            for cost, once in zip(sloped, fixed, strict=True)
        ],
        axis=0,
    )
    rows = np.arange(len(stay))
    alone = np.zeros(single.shape, dtype=bool)
    alone[rows, single.argmin(axis=1)] = True
    both = np.zeros_like(alone)
    both[rows, first] = both[rows, second] = True
    return np.minimum(np.minimum(single.min(axis=1), pair), more), [alone, both]


def _sums(values: FloatArray) -> FloatArray:
    """Sum over the groups, `[order, warehouse]`."""
    return np.asarray(values.sum(axis=1))


def _best_pair(
    sloped: list[FloatArray], stay: FloatArray, fixed: FloatArray
) -> tuple[FloatArray, IntArray, IntArray]:
    """The cheapest two warehouses by the lines below the rate."""
    warehouses = fixed.shape[2]
    rows = np.arange(len(stay))
    value = np.full(len(stay), np.inf)
    first = np.zeros(len(stay), dtype=np.int64)
    second = np.zeros(len(stay), dtype=np.int64)
    for left in range(warehouses - 1):
        bounds = []
        for cost, once in zip(sloped, fixed, strict=True):
            reach = np.minimum(cost[:, :, left], stay)
            sums = _sums(np.minimum(cost[:, :, left + 1 :], reach[:, :, None]))
            bounds.append(sums + once[:, left, None] + once[:, left + 1 :])
        both = np.max(bounds, axis=0)
        right = both.argmin(axis=1)
        found = both[rows, right]
        is_better = found < value
        value = np.where(is_better, found, value)
        first = np.where(is_better, left, first)
        second = np.where(is_better, right + left + 1, second)
    return value, first, second


def _open_greedily(sloped: FloatArray, stay: FloatArray, fixed: FloatArray) -> BoolArray:
    """Warehouses opened one after another while each still saves more than it costs."""
    rows = np.arange(len(fixed))
    reach = stay.copy()
    opened = np.zeros(fixed.shape, dtype=bool)
    for _ in range(MOST_OPENINGS):
        saving = _sums(np.maximum(reach[:, :, None] - sloped, 0.0)) - np.where(opened, np.inf, fixed)
        best = saving.argmax(axis=1)
        is_worth = saving[rows, best] > 0
        if not is_worth.any():
            break
        opened[rows[is_worth], best[is_worth]] = True
        taken = sloped[rows, :, best]
        reach = np.where(is_worth[:, None], np.minimum(reach, taken), reach)
    return opened


def _places(sloped: FloatArray, stay: FloatArray, opened: BoolArray) -> IntArray:
    """Each group at its cheapest opened warehouse, or -1 where staying is cheaper or nothing is open."""
    reach = np.where(opened[:, None, :], sloped, np.inf)
    place = reach.argmin(axis=2)
    value = np.take_along_axis(reach, place[:, :, None], axis=2)[:, :, 0]
    return np.where((value < NEVER) & (value <= stay), place, -1)
