"""The checker finds what a broken plan breaks."""

from dataclasses import replace

import numpy as np

from fulfillment.bench.routing_instances import make_instance
from fulfillment.routing import Assignment, Plan, Problem, check_plan, plan

PROBLEM = make_instance(orders=60, warehouses=3, skus=30, seed=1)
PLAN = plan(PROBLEM)


def moved(warehouse: np.ndarray[tuple[int], np.dtype[np.int16]]) -> Plan:
    return replace(PLAN, assignment=Assignment(warehouse, PLAN.assignment.parcel))


def test_a_sound_plan_has_no_fault() -> None:
    assert check_plan(PROBLEM, PLAN) == []


def test_a_unit_sent_twice_is_found() -> None:
    bare = replace(PROBLEM, stock=np.zeros_like(PROBLEM.stock))

    assert any(fault.startswith("Stock of S") for fault in check_plan(bare, PLAN))


def test_one_parcel_too_many_is_found() -> None:
    closed = replace(PROBLEM, capacity=np.zeros(3, dtype=np.int64))

    assert any("can leave" in fault for fault in check_plan(closed, PLAN))


def test_a_barred_warehouse_is_found() -> None:
    barred = replace(PROBLEM, bar=np.ones_like(PROBLEM.bar))

    assert any("barred to it" in fault for fault in check_plan(barred, PLAN))


def test_a_parcel_from_two_warehouses_is_found() -> None:
    parcels = PLAN.assignment.parcel
    together = next(
        start
        for start, end in zip(PROBLEM.group_start, PROBLEM.group_start[1:], strict=False)
        if end - start > 1 and parcels[start] == parcels[start + 1] == 0
    )
    places = PLAN.assignment.warehouse.copy()
    places[together] = (places[together] + 1) % 3

    assert any("two warehouses" in fault for fault in check_plan(PROBLEM, moved(places)))


def test_half_of_an_order_that_ships_complete_is_found() -> None:
    problem: Problem = replace(PROBLEM, is_ship_complete=np.ones(60, dtype=bool))
    places, parcels = PLAN.assignment.warehouse.copy(), PLAN.assignment.parcel.copy()
    first = next(
        int(start)
        for start, end in zip(PROBLEM.group_start, PROBLEM.group_start[1:], strict=False)
        if end - start > 1
    )
    places[first], parcels[first] = -1, -1

    faults = check_plan(problem, replace(PLAN, assignment=Assignment(places, parcels)))

    assert any("complete" in fault for fault in faults)
    assert "The backlog does not list exactly what stays" in faults


def test_a_wrong_cost_and_a_wrong_bound_are_found() -> None:
    faults = check_plan(PROBLEM, replace(PLAN, cost_minor=PLAN.cost_minor - 1, bound_minor=PLAN.cost_minor))

    assert len(faults) == 2
