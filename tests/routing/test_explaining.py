"""Why this warehouse, and what one order costs."""

import numpy as np

from fulfillment.bench.routing_instances import make_instance
from fulfillment.routing import LineRow, OrderRow, explain, plan, price_one, prices_from
from tests.routing.test_building import built


def test_the_order_that_lost_the_last_units_is_told_who_is_dearer() -> None:
    # Reno has seven packets: the first order needs five, the second four.
    problem = built(
        OrderRow("A1", "893", (LineRow("TEA", 5),), priority=1), OrderRow("A2", "893", (LineRow("TEA", 3),))
    )
    found = plan(problem)

    told = explain(problem, found, "A2")

    chosen, other = told.alternatives
    assert chosen.is_chosen
    assert chosen.parcels[0].warehouse == "OHIO"
    assert other.parcels[0].warehouse == "RENO"
    assert other.cost_minor < chosen.cost_minor
    ruling = other.ruled_out_by[0]
    assert (ruling.reason, ruling.warehouse, ruling.sku) == ("claimed", "RENO", "TEA")
    assert (ruling.needed, ruling.left, ruling.available) == (3, 2, 7)
    assert told.backlog == ()


def test_a_bar_is_named_before_any_row() -> None:
    problem = built(OrderRow("A1", "893", (LineRow("TEA", 1),), pinned_warehouse="OHIO"))

    told = explain(problem, plan(problem), "A1")

    assert told.alternatives[1].ruled_out_by[0].reason == "barred"
    assert told.alternatives[1].ruled_out_by[0].bar.name == "PINNED"


def test_an_order_priced_alone_takes_the_way_it_has_in_an_unhurried_plan() -> None:
    problem = built(OrderRow("A1", "893", (LineRow("TEA", 2),)))

    alone = price_one(problem, "A1")

    assert alone.parcels == plan(problem).parcels(problem, "A1")
    assert alone.cost_minor == 800 + 60
    assert alone.unfilled == ()


def test_a_price_on_a_scarce_unit_sends_a_single_order_elsewhere() -> None:
    problem = built(OrderRow("A1", "893", (LineRow("TEA", 1),)))
    prices = prices_from(problem, ())
    prices.stock[0, 0, 0] = 10_000.0

    found = price_one(problem, "A1", prices)

    assert found.parcels[0].warehouse == "OHIO"
    assert found.priced_minor == found.cost_minor == 1_100 + 50


def test_prices_of_a_plan_come_back_for_the_next_problem() -> None:
    problem = make_instance(orders=300, warehouses=4, skus=60, seed=2)
    found = plan(problem)

    again = prices_from(problem, found.scarce)

    shown = found.prices.stock >= 0.5
    assert np.array_equal(again.stock[shown], found.prices.stock[shown])
    assert not again.stock[~shown].any()
