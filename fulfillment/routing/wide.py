"""Orders of many groups: a good plan and a true lower bound, where the exact recursion would be too long.

Read as a facility location problem: opening a parcel at a warehouse has a fixed cost, each group then has a
cost at each opened warehouse. With the rate replaced by a line below it, one and two parcels are enumerated
and three or more are bounded by the three cheapest openings and each group's cheapest place. The plan comes
from the same enumeration and a greedy opening of further warehouses, priced at the true rate afterwards.
"""

from dataclasses import dataclass

import numpy as np

from fulfillment.routing.arrays import BoolArray, FloatArray, IntArray

NEVER = 1e15
MOST_OPENINGS = 6


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
    # Every line proves a bound for every set of warehouses, so the higher one counts, set by set.
    single = np.max(
        [
            _sums(np.minimum(cost, stay[:, :, None])) + fixed
            for cost, fixed in zip(sloped, wide.fixed, strict=True)
        ],
        axis=0,
    )
    pair, first, second = _best_pair(sloped, stay, wide.fixed)
    more = np.max(
        [
            np.minimum(cost.min(axis=2), stay).sum(axis=1) + np.sort(fixed, axis=1)[:, :3].sum(axis=1)
            for cost, fixed in zip(sloped, wide.fixed, strict=True)
        ],
        axis=0,
    )
    floor = np.minimum(np.minimum(single.min(axis=1), pair), more) - wide.split
    rows = np.arange(len(nothing))
    alone = np.zeros(single.shape, dtype=bool)
    alone[rows, single.argmin(axis=1)] = True
    both = np.zeros_like(alone)
    both[rows, first] = both[rows, second] = True
    places = []
    for cost, fixed in zip(sloped, wide.fixed, strict=True):
        opened = [alone, both, _open_greedily(cost, stay, fixed)]
        places += [_places(cost, stay, sites) for sites in opened]
    return WideChoice(np.minimum(floor, nothing), places)


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
