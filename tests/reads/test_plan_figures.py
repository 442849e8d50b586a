import uuid
from typing import Any

import numpy as np

from fulfillment.orders.kinds import OnShortage
from fulfillment.reads.plan_figures import plan_figures
from fulfillment.reads.plan_map import MOST_SPOTS, cluster
from fulfillment.reads.unreleased import UnreleasedOrder
from fulfillment.routing.building import build_problem
from fulfillment.routing.planner import assignment_from, cost_of, plan
from fulfillment.routing.problem import Problem
from fulfillment.routing.rows import (
    LineRow,
    OrderRow,
    ProductRow,
    RateRow,
    StockRow,
    Terms,
    WarehouseRow,
    ZoneRow,
)

CHICAGO, BOSTON = (41.9, -87.6), (42.4, -71.1)
TERMS = Terms(split_minor=200, late_minor=100, unfilled_minor=1_000_000)


def an_order(place: tuple[float, float] | None, zip_code: str = "60601") -> UnreleasedOrder:
    latitude, longitude = place or (None, None)
    return UnreleasedOrder(
        uuid.uuid4(), "US", zip_code, latitude, longitude, 5, None, OnShortage.SPLIT, False, None, ()
    )


def problem_of(
    *lines: tuple[tuple[str, int], ...],
    chi: int | None = None,
    chi_is_open: bool = True,
    bos_is_open: bool = True,
    due: int | None = None,
) -> Problem:
    """Orders to zone 1 of CHI and zone 2 of BOS; TEA is in both, OIL only in BOS."""
    return build_problem(
        [
            OrderRow(f"O{row}", "X", tuple(LineRow(sku, qty) for sku, qty in given), due_days=due)
            for row, given in enumerate(lines)
        ],
        products=[ProductRow("TEA", 100), ProductRow("OIL", 100)],
        warehouses=[
            WarehouseRow("BOS", handling_minor=10, pack_minor=1, is_open=bos_is_open),
            WarehouseRow("CHI", capacity=chi, handling_minor=30, pack_minor=1, is_open=chi_is_open),
        ],
        stock=[StockRow("BOS", "TEA", 3), StockRow("CHI", "TEA", 5), StockRow("BOS", "OIL", 2)],
        zones=[ZoneRow("X", "CHI", "1", 1), ZoneRow("X", "BOS", "2", 3)],
        rates=[RateRow("1", 10_000, 500), RateRow("2", 10_000, 900)],
        terms=TERMS,
    )


def figures_of(problem: Problem, orders: list[UnreleasedOrder], **today: str) -> dict[str, Any]:
    standing = assignment_from(problem, {(name, 0): code for name, code in today.items()})
    return plan_figures(orders, before=(problem, standing), after=(problem, plan(problem)))


def test_the_costs_taken_apart_add_up_to_what_the_planner_minimizes() -> None:
    problem = problem_of((("TEA", 2),), (("TEA", 3), ("OIL", 1)), due=1)
    found = plan(problem)

    told = plan_figures(
        [an_order(CHICAGO), an_order(BOSTON)],
        before=(problem, assignment_from(problem, {("O0", 0): "BOS"})),
        after=(problem, found),
    )["costs"]

    assert told["after"]["total_minor"] == cost_of(problem, found.assignment) == found.cost_minor
    assert told["before"] == {
        "freight_minor": 900,
        "handling_minor": 21,
        "lateness_minor": 200,
        "split_minor": 0,
        "parcels": 1,
        "orders_sent": 1,
        "orders_split": 0,
        "orders_late": 1,
        "lines_waiting": 2,
        "units_waiting": 4,
        "total_minor": 1_121,
    }


def test_a_split_is_counted_where_an_order_leaves_in_two_parcels() -> None:
    problem = problem_of((("TEA", 5), ("OIL", 2)))

    told = figures_of(problem, [an_order(CHICAGO)], O0="CHI")["costs"]["after"]

    assert (told["parcels"], told["orders_split"], told["split_minor"]) == (2, 1, 200)
    assert told["freight_minor"] == 500 + 900


def test_a_spot_says_who_served_it_and_who_will() -> None:
    problem = problem_of((("TEA", 1),), (("TEA", 1),), (("OIL", 9),))
    orders = [an_order(CHICAGO), an_order((41.95, -87.7), "60610"), an_order(None)]

    told = figures_of(problem, orders, O0="BOS", O1="CHI")["map"]

    assert told["elsewhere"] == 1
    assert told["spots"] == [
        {
            "at": [41.925, -87.65],
            "zip": "US 60601",
            "orders": 2,
            "waiting": 0,
            "before": {"BOS": 1, "CHI": 1},
            "after": {"CHI": 2},
        }
    ]
    assert told["warehouses"] == [
        {"code": "BOS", "is_open": True, "capacity": None, "parcels_before": 1, "parcels": 1, "units": 2},
        {"code": "CHI", "is_open": True, "capacity": None, "parcels_before": 1, "parcels": 2, "units": 2},
    ]


def test_what_waits_says_what_would_end_the_wait() -> None:
    problem = problem_of((("OIL", 3),))

    told = figures_of(problem, [an_order(CHICAGO)])

    assert told["waiting_by_reason"] == {"short": {"lines": 1, "units": 1}}
    assert told["waiting"] == [{"order_id": "O0", "line": 0, "qty": 1, "reason": "short", "skus": ["OIL"]}]
    assert told["missing"] == [{"sku": "OIL", "units": 1, "unused": 0}]
    assert told["penalty_minor"] == 333_333


def test_a_full_warehouse_is_named_to_those_who_wait_for_it() -> None:
    problem = problem_of((("TEA", 5),), chi=0)

    (waits,) = figures_of(problem, [an_order(CHICAGO)])["waiting"]

    assert (waits["reason"], waits["warehouses"]) == ("capacity", ["CHI"])


def test_closed_warehouses_are_named_to_those_nobody_may_serve() -> None:
    problem = problem_of((("TEA", 1),), chi_is_open=False, bos_is_open=False)

    told = figures_of(problem, [an_order(CHICAGO)])

    assert told["waiting"][0]["reason"] == "barred"
    assert told["waiting"][0]["bars"] == {"closed": ["BOS", "CHI"]}
    assert [row["is_open"] for row in told["map"]["warehouses"]] == [False, False]


def test_any_number_of_places_becomes_few_enough_spots() -> None:
    random = np.random.default_rng(5)
    at = np.stack([random.uniform(25, 49, 20_000), random.uniform(-125, -67, 20_000)], axis=1)

    cell = cluster(at)

    assert 100 < int(cell.max()) + 1 <= MOST_SPOTS
    assert len(cell) == 20_000
