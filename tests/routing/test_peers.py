"""The rules of other systems do what their sources do."""

import pytest

from fulfillment.routing import LineRow, OrderRow, Problem
from fulfillment.routing.peers import RULES, measure, plan_by_rule
from fulfillment.routing.tariff import ParcelTariff
from fulfillment.routing.usage import Meter
from tests.routing.oracle import as_plan, small_problem
from tests.routing.test_building import built


def places(problem: Problem, rule: str) -> list[int]:
    return [int(place) for place in plan_by_rule(problem, rule).warehouse]


TEA_AND_CUP = OrderRow("A1", "893", (LineRow("TEA", 2), LineRow("CUP", 1)))


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        ("saleor_order", [0, 1]),
        ("saleor_highstock", [0, 1]),
        ("solidus_spree", [0, 1]),
        ("vendure", [0, 1]),
        ("magento_priority", [0, 1]),
        ("magento_distance", [0, 1]),
        ("medusa", [0, -1]),
        ("odoo", [0, -1]),
        ("nearest_complete", [1, 1]),
    ],
)
def test_tea_is_in_reno_and_both_are_in_ohio(rule: str, wanted: list[int]) -> None:
    assert places(built(TEA_AND_CUP), rule) == wanted


def test_one_short_line_rejects_the_whole_order_by_the_rules_that_do_so() -> None:
    problem = built(OrderRow("A1", "893", (LineRow("TEA", 2), LineRow("CUP", 10))))

    assert places(problem, "saleor_order") == [-1, -1, -1]
    assert places(problem, "solidus_spree") == [0, 1, -1]


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_respects_stock_bars_and_capacity(rule: str) -> None:
    problem = small_problem(8, orders=40, warehouses=3, skus=5, most_lines=3, capacity=9)
    meter = Meter(problem, ParcelTariff(problem))

    found = plan_by_rule(problem, rule)

    assert (meter.used(meter.entries(found)) <= meter.limits).all()
    assert measure(problem, found, meter).cost_minor == as_plan(problem, found).cost_minor
