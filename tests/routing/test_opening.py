"""What is known before the first step."""

import numpy as np

from fulfillment.routing import build_problem, plan
from fulfillment.routing.opening import shortage_prices, simple_plans
from fulfillment.routing.peers import measure
from fulfillment.routing.rows import LineRow, OrderRow, ProductRow, RateRow, StockRow, WarehouseRow, ZoneRow
from fulfillment.routing.tariff import ParcelTariff
from fulfillment.routing.usage import Meter
from tests.routing.oracle import small_problem


def test_what_is_short_costs_what_the_first_refused_unit_is_worth() -> None:
    problem = build_problem(
        [
            OrderRow("A", "here", (LineRow("TEA", 1),), priority=2),
            OrderRow("B", "here", (LineRow("TEA", 1),), priority=1),
            OrderRow("C", "here", (LineRow("TEA", 1), LineRow("OIL", 1)), priority=0),
        ],
        products=[ProductRow("TEA", 100, 100), ProductRow("OIL", 100, 100)],
        warehouses=[WarehouseRow("W1"), WarehouseRow("W2")],
        stock=[StockRow("W1", "TEA", 1), StockRow("W1", "OIL", 1)],
        zones=[ZoneRow("here", "W1", "1", 1), ZoneRow("here", "W2", "1", 1)],
        rates=[RateRow("1", 1_000, 500)],
    )

    prices = shortage_prices(problem)

    refused = problem.unfilled_minor[1]
    assert problem.skus == ("TEA", "OIL")
    assert prices.stock.tolist() == [[[refused, refused], [0.0, 0.0]]]


def test_no_plan_is_dearer_than_the_strong_simple_rules() -> None:
    for seed in range(8):
        problem = small_problem(seed, orders=25, warehouses=3, skus=4, most_lines=10, capacity=12)
        meter = Meter(problem, ParcelTariff(problem))

        found = plan(problem, time_limit_s=5)

        assert found.cost_minor <= min(
            measure(problem, one, meter).cost_minor for one in simple_plans(problem)
        )
        assert found.bound_minor <= found.cost_minor
        assert np.isfinite(shortage_prices(problem).stock).all()
