"""The planner against brute force, an exact model, its own checker and the rules of others."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fulfillment.bench.routing_instances import make_instance
from fulfillment.core.errors import InvalidInputError
from fulfillment.routing import Progress, Start, check_plan, cost_of, plan
from fulfillment.routing.crew import LocalCrew
from fulfillment.routing.peers import RULES, measure, plan_by_rule
from fulfillment.routing.planner import improve
from fulfillment.routing.problem import UNLIMITED
from fulfillment.routing.run import Run
from fulfillment.routing.tariff import ParcelTariff
from fulfillment.routing.usage import Meter
from tests.routing.oracle import cheapest_by_model, cheapest_by_trying, small_problem


@given(seed=st.integers(0, 10_000), capacity=st.sampled_from([None, 1, 2]))
@settings(max_examples=25, deadline=None, derandomize=True)
def test_the_optimum_by_trying_lies_between_bound_and_cost(seed: int, capacity: int | None) -> None:
    problem = small_problem(seed, capacity=capacity)

    found = plan(problem, time_limit_s=20)

    assert found.bound_minor <= cheapest_by_trying(problem) <= found.cost_minor
    assert check_plan(problem, found) == []


@pytest.mark.parametrize("seed", range(4))
def test_the_optimum_of_an_exact_model_lies_between_bound_and_cost(seed: int) -> None:
    problem = small_problem(seed, orders=40, warehouses=3, skus=6, most_lines=3, capacity=12)
    problem = replace(problem, stock=problem.stock * 4)

    found = plan(problem, time_limit_s=20)

    optimum = cheapest_by_model(problem)
    assert found.bound_minor <= optimum <= found.cost_minor
    assert found.cost_minor <= 1.01 * optimum
    assert check_plan(problem, found) == []


@pytest.mark.parametrize("seed", range(6))
def test_no_first_fit_rule_is_cheaper(seed: int) -> None:
    problem = small_problem(seed, orders=30, warehouses=3, skus=5, most_lines=3, capacity=10)
    meter = Meter(problem, ParcelTariff(problem))

    found = plan(problem, time_limit_s=20)

    for rule in RULES:
        assert found.cost_minor <= measure(problem, plan_by_rule(problem, rule), meter).cost_minor, rule


def test_a_quiet_day_is_proven_optimal_and_prices_nothing() -> None:
    problem = make_instance(orders=200, warehouses=4, skus=50, tightness=0.3, seed=1)
    plenty = replace(problem, stock=problem.stock + 1_000, capacity=np.full(4, UNLIMITED))

    found = plan(plenty, time_limit_s=20)

    assert found.stage == "proven"
    assert found.gap == 0
    assert found.cost_minor == found.bound_minor
    assert found.orders_priced == 0
    assert found.scarce == ()


def test_a_scarce_day_of_a_thousand_orders_is_within_a_tenth_of_a_percent() -> None:
    problem = make_instance(orders=1_000, warehouses=5, skus=500, seed=3)

    found = plan(problem, time_limit_s=60)

    assert found.gap <= 0.001
    assert check_plan(problem, found) == []
    assert any(row.sku is not None and row.price_minor > 0 for row in found.scarce)


def test_the_same_input_and_seed_give_the_same_plan() -> None:
    problem = make_instance(orders=400, warehouses=5, skus=100, seed=4)

    first, second = plan(problem, seed=5), plan(problem, seed=5)

    assert first.cost_minor == second.cost_minor
    assert first.bound_minor == second.bound_minor
    assert (first.assignment.warehouse == second.assignment.warehouse).all()
    assert (first.assignment.parcel == second.assignment.parcel).all()


def test_planning_in_blocks_by_two_processes_is_feasible_and_beats_the_prices_alone() -> None:
    problem = make_instance(orders=900, warehouses=5, skus=200, seed=6)
    run = Run(problem, time_limit_s=60, workers=2)
    run.free()
    ascent = run.price(None)
    before = run.cost

    with LocalCrew(2) as crew:
        improve(run, ascent, crew, is_large=True, block=300)

    found = run.finish()
    assert check_plan(problem, found) == []
    assert found.cost_minor < before


def test_whoever_says_stop_gets_the_best_plan_so_far() -> None:
    problem = make_instance(orders=400, warehouses=5, skus=100, seed=4)

    found = plan(problem, should_stop=lambda: True)

    assert check_plan(problem, found) == []
    assert found.cost_minor < problem.unfilled_minor.sum()


def test_a_time_limit_of_a_blink_still_gives_a_feasible_plan() -> None:
    problem = make_instance(orders=400, warehouses=5, skus=100, seed=4)

    found = plan(problem, time_limit_s=0.001)

    assert check_plan(problem, found) == []


def test_progress_tells_falling_costs_and_rising_bounds() -> None:
    problem = make_instance(orders=400, warehouses=5, skus=100, seed=4)
    seen: list[Progress] = []

    found = plan(problem, on_progress=seen.append)

    costs, bounds = [step.cost_minor for step in seen], [step.bound_minor for step in seen]
    assert costs == sorted(costs, reverse=True)
    assert bounds == sorted(bounds)
    assert costs[-1] == found.cost_minor


def test_a_start_is_never_left_for_something_dearer() -> None:
    problem = make_instance(orders=300, warehouses=5, skus=80, seed=7)
    best = plan(problem)
    groups = range(problem.groups)
    places = {
        (problem.order_ids[problem.order_of_group[g]], int(problem.line[g])): problem.warehouse_codes[
            best.assignment.warehouse[g]
        ]
        for g in groups
        if best.assignment.warehouse[g] >= 0
    }

    again = plan(problem, start=Start(places, best.scarce), should_stop=lambda: True)

    assert again.cost_minor <= 1.001 * best.cost_minor
    assert cost_of(problem, best.assignment) == best.cost_minor
    assert check_plan(problem, again) == []


def test_nothing_in_stock_leaves_everything_in_the_backlog_with_its_reason() -> None:
    problem = small_problem(1)
    empty = replace(problem, stock=np.zeros_like(problem.stock), bar=np.zeros_like(problem.bar))

    found = plan(empty)

    assert {entry.reason for entry in found.backlog} == {"short"}
    assert found.cost_minor == problem.unfilled_minor.sum()
    assert found.gap == 0


def test_a_time_limit_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="above zero"):
        plan(small_problem(1), time_limit_s=0)
