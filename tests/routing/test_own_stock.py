"""Orders whose own groups meet in a stock row, against trying everything."""

from itertools import product

import numpy as np
import pytest

from fulfillment.routing.arrays import BoolArray, FloatArray
from fulfillment.routing.kernel import subsets_of
from fulfillment.routing.own_stock import solve_possible

SPLIT = 50.0


def cheapest_by_trying(
    cost: FloatArray, over: BoolArray, unfilled: FloatArray, *, is_complete: bool
) -> float:
    """Every warehouse or none for every group, what leaves from one in every division into parcels."""
    size, sites = len(unfilled), cost.shape[1]
    best = np.inf
    for places in product(range(-1, sites), repeat=size):
        if is_complete and -1 in places and set(places) != {-1}:
            continue
        total = sum(unfilled[group] for group, place in enumerate(places) if place < 0)
        sets = [sum(1 << g for g in range(size) if places[g] == place) for place in range(sites)]
        if any(over[chosen, place] for place, chosen in enumerate(sets) if chosen):
            continue
        total += sum(packed(cost[:, place], chosen) for place, chosen in enumerate(sets) if chosen)
        best = min(best, total - (SPLIT if set(places) != {-1} else 0.0))
    return float(best)


def packed(cost: FloatArray, whole: int) -> float:
    if not whole:
        return 0.0
    lowest = whole & -whole
    parts = [part for part in range(1, whole + 1) if part & whole == part and part & lowest]
    return float(min(cost[part] + packed(cost, whole ^ part) for part in parts))


@pytest.mark.parametrize("seed", range(12))
def test_the_best_possible_plan_is_that_of_trying_everything(seed: int) -> None:
    rng = np.random.default_rng(seed)
    size, sites, orders = int(rng.integers(1, 5)), int(rng.integers(1, 4)), 5
    cost = rng.integers(100, 400, (1 << size, sites, orders)).astype(np.float64)
    need = rng.integers(1, 4, (size, orders))
    units = subsets_of(size).member.astype(np.int64) @ need  # [subset, order]
    over = units[:, None, :] > rng.integers(0, 8, (sites, orders))[None]
    unfilled = rng.integers(50, 500, (size, orders)).astype(np.float64)
    is_complete = rng.random(orders) < 0.5

    found = solve_possible(cost, over, unfilled=unfilled, split=SPLIT, is_complete=is_complete)

    for order in range(orders):
        assert found.value[order] == cheapest_by_trying(
            cost[:, :, order], over[:, :, order], unfilled[:, order], is_complete=bool(is_complete[order])
        )
        assert found.value[order] == plan_cost(
            cost[:, :, order], unfilled[:, order], found.warehouse[order], found.parcel[order]
        )
        for place in range(sites):
            chosen = sum(1 << g for g in range(size) if found.warehouse[order][g] == place)
            assert not chosen or not over[chosen, place, order]


def plan_cost(cost: FloatArray, unfilled: FloatArray, warehouse: np.ndarray, parcel: np.ndarray) -> float:
    total = float(unfilled[warehouse < 0].sum())
    numbers = sorted(set(parcel[warehouse >= 0].tolist()))
    for number in numbers:
        members = np.flatnonzero(parcel == number)
        assert len(set(warehouse[members].tolist())) == 1
        total += float(cost[sum(1 << int(group) for group in members), warehouse[members[0]]])
    return total - (SPLIT if numbers else 0.0)
