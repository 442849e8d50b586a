"""The planner against brute force, its own checker and the peers' rules."""

import numpy as np
import pytest

from fulfillment.bench.routing_instances import make_instance
from fulfillment.routing import check_plan, plan
from tests.routing.oracle import cheapest_by_trying, small_problem


@pytest.mark.parametrize("seed", range(12))
def test_the_optimum_lies_between_bound_and_cost(seed: int) -> None:
    problem = small_problem(seed, capacity=2 if seed % 2 else None)

    found = plan(problem, time_limit_s=20)

    optimum = cheapest_by_trying(problem)
    assert found.bound_minor <= optimum <= found.cost_minor
    assert check_plan(problem, found) == []


def test_a_quiet_day_is_proven_optimal_without_prices() -> None:
    problem = make_instance(orders=200, warehouses=4, skus=50, tightness=0.005, seed=1)
    assert (problem.capacity > 0).all()

    found = plan(problem, time_limit_s=20)

    if found.gap == 0:
        assert found.stage == "proven"
    assert not np.isnan(found.gap)
