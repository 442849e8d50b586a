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
    fixed: FloatArray  # [order, warehouse] of the line below the rate, each parcel charged the split
    per_g: FloatArray  # [order, warehouse]
    split: float
    is_complete: BoolArray  # [order]


@dataclass(frozen=True, eq=False)
class WideChoice:
    """Sets of warehouses to try and a bound for each order."""

    floor: FloatArray  # [order]
    places: list[IntArray]  # each [order, group], a warehouse or -1


def choose_places(wide: WideOrders) -> WideChoice:
    """A lower bound of every order's cost and a few candidate plans."""
    sloped = np.minimum(wide.group_cost + wide.weight_g[:, :, None] * wide.per_g[:, None, :], NEVER)
    stay = np.where(wide.is_complete[:, None] & (wide.unfilled > 0), NEVER, wide.unfilled)
    nothing = wide.unfilled.sum(axis=1)
    single = _sums(np.minimum(sloped, stay[:, :, None])) + wide.fixed
    pair, first, second = _best_pair(sloped, stay, wide.fixed)
    cheapest = np.sort(wide.fixed, axis=1)[:, :3].sum(axis=1)
    more = np.minimum(sloped.min(axis=2), stay).sum(axis=1) + cheapest
    floor = np.minimum(np.minimum(single.min(axis=1), pair), more) - wide.split
    best = single.argmin(axis=1)
    rows = np.arange(len(nothing))
    alone = np.zeros(wide.fixed.shape, dtype=bool)
    alone[rows, best] = True
    both = np.zeros_like(alone)
    both[rows, first] = both[rows, second] = True
    opened = [alone, both, _open_greedily(sloped, stay, wide.fixed)]
    return WideChoice(np.minimum(floor, nothing), [_places(sloped, stay, sites) for sites in opened])


def _sums(values: FloatArray) -> FloatArray:
    """Sum over the groups, `[order, warehouse]`."""
    return np.asarray(values.sum(axis=1))


def _best_pair(
    sloped: FloatArray, stay: FloatArray, fixed: FloatArray
) -> tuple[FloatArray, IntArray, IntArray]:
    """The cheapest two warehouses by the line below the rate."""
    rows = np.arange(len(fixed))
    value = np.full(len(fixed), np.inf)
    first = np.zeros(len(fixed), dtype=np.int64)
    second = np.zeros(len(fixed), dtype=np.int64)
    for left in range(fixed.shape[1] - 1):
        reach = np.minimum(sloped[:, :, left], stay)
        both = (
            _sums(np.minimum(sloped[:, :, left + 1 :], reach[:, :, None]))
            + fixed[:, left, None]
            + fixed[:, left + 1 :]
        )
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
