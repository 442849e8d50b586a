"""The price of one order: exact for few groups, bounded for many."""

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fulfillment.routing import price_one
from fulfillment.routing.plan import Prices
from fulfillment.routing.pricing import Priced, Pricer
from fulfillment.routing.problem import Problem
from fulfillment.routing.usage import Meter
from fulfillment.routing.wide_pricing import WidePricer
from tests.routing.oracle import small_problem, ways_of


def prices_for(problem: Problem, seed: int) -> Prices:
    rng = np.random.default_rng(seed)
    return Prices(
        rng.integers(0, 300, problem.stock.shape).astype(np.float64),
        rng.integers(0, 200, problem.warehouses).astype(np.float64),
    )


def priced_by_trying(problem: Problem, prices: Prices) -> float:
    def worth(row: tuple[str, int, int, int]) -> float:
        kind, level, sku, warehouse = row
        return float(prices.capacity[warehouse] if kind == "parcels" else prices.stock[level, sku, warehouse])

    return min(
        way.cost + sum(worth(row) * amount for row, amount in way.use.items())
        for way in ways_of(problem, 0)
        if all(amount <= problem.available[row[1:]] for row, amount in way.use.items() if row[0] == "stock")
    )


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_the_price_of_an_order_is_that_of_its_best_plan_by_trying(seed: int) -> None:
    # As many SKUs as lines could hold, so that no two groups of the order want the same units.
    problem = small_problem(seed, orders=1, warehouses=3, skus=12, most_lines=3)
    prices = prices_for(problem, seed)

    found = price_one(problem, "O0", prices)

    wanted = problem.item_sku[: problem.item_start[-1]]
    if len(set(wanted.tolist())) == len(wanted):
        assert found.priced_minor == priced_by_trying(problem, prices)
    assert found.priced_minor <= problem.unfilled_minor.sum()


@given(seed=st.integers(0, 10_000))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_the_bound_for_many_groups_is_below_and_its_plan_above_the_exact_price(seed: int) -> None:
    problem = small_problem(seed, orders=4, warehouses=4, skus=6, most_lines=6)
    # The wide kernel does not look for groups of one order that want the same units; here none do.
    problem = replace(problem, stock=np.where(problem.stock > 0, 100, 0))
    pricer, prices = Pricer(problem), prices_for(problem, seed)
    rows = pricer.rows(prices)
    exact = Priced.blank(problem)
    pricer.price(rows, exact)

    for bucket in pricer.buckets:
        cost = pricer.group_prices(bucket.groups.ravel(), rows).reshape(*bucket.groups.shape, -1)
        everyone = np.arange(len(bucket.orders))
        wide = WidePricer(problem, pricer.tariff, prices.capacity, None).best(
            bucket.orders, bucket.groups, cost, pricer.lines(bucket, everyone)
        )

        assert (wide.floor <= exact.value[bucket.orders] + 1e-6).all()
        assert (wide.value >= exact.value[bucket.orders] - 1e-6).all()


def test_an_order_of_forty_lines_is_planned_and_bounded() -> None:
    problem = small_problem(5, orders=6, warehouses=3, skus=8, most_lines=40)
    pricer = Pricer(problem)
    priced = Priced.blank(problem)

    pricer.price(pricer.rows(None), priced)

    meter = Meter(problem, pricer.tariff)
    assert (priced.floor <= priced.value).all()
    assert meter.order_costs(priced.assignment).tolist() == priced.value.tolist()


def test_a_cached_parcel_cost_changes_no_price() -> None:
    problem = small_problem(3, orders=20, warehouses=3, skus=6, most_lines=5)
    prices = prices_for(problem, 3)
    kept, fresh = Pricer(problem), Pricer(problem, cache_cells=0)
    some = np.arange(20) % 3 == 0
    first, second = Priced.blank(problem), Priced.blank(problem)

    kept.price(kept.rows(prices), first, some)
    fresh.price(fresh.rows(prices), second, some)

    assert first.value.tolist() == second.value.tolist()
    assert (first.assignment.warehouse == second.assignment.warehouse).all()
