"""Small made-up problems and their optimum by trying everything."""

from itertools import product

import numpy as np

from fulfillment.routing.checking import check_plan
from fulfillment.routing.plan import Assignment, Plan, Prices, Stage
from fulfillment.routing.problem import NO_DUE_DATE, UNLIMITED, Problem
from fulfillment.routing.tariff import ParcelTariff
from fulfillment.routing.usage import Meter


def small_problem(
    seed: int,
    *,
    orders: int = 3,
    warehouses: int = 2,
    skus: int = 2,
    most_lines: int = 2,
    capacity: int | None = None,
) -> Problem:
    """A random problem small enough to try every plan."""
    rng = np.random.default_rng(seed)
    lines = rng.integers(1, most_lines + 1, orders)
    groups = int(lines.sum())
    items_in = rng.integers(1, min(skus, 2) + 1, groups)
    items = int(items_in.sum())
    first = rng.integers(0, skus, groups)
    item_sku = np.concatenate(
        [(start + np.arange(n)) % skus for start, n in zip(first, items_in, strict=True)]
    )
    stock = rng.integers(0, 6, (skus, warehouses))
    order_of = np.repeat(np.arange(orders), lines)
    return Problem(
        order_ids=tuple(f"O{n}" for n in range(orders)),
        warehouse_codes=tuple(f"W{n}" for n in range(warehouses)),
        skus=tuple(f"S{n}" for n in range(skus)),
        destinations=("north", "south"),
        group_start=np.concatenate([[0], np.cumsum(lines)]),
        destination=rng.integers(0, 2, orders),
        priority=rng.integers(0, 2, orders),
        due_days=np.where(rng.random(orders) < 0.5, rng.integers(0, 4, orders), NO_DUE_DATE),
        late_minor=rng.integers(0, 200, orders),
        is_ship_complete=rng.random(orders) < 0.3,
        line=np.arange(groups) - np.repeat(np.cumsum(lines) - lines, lines),
        line_share=np.ones(groups, dtype=np.int64),
        weight_g=rng.integers(100, 1_500, groups),
        dim_weight_g=rng.integers(0, 1_500, groups),
        unfilled_minor=rng.integers(200, 3_000, groups),
        shelf_class=rng.integers(0, 2, orders)[order_of],
        bar=np.where(rng.random((groups, warehouses)) < 0.1, 4, 0).astype(np.uint8),
        item_start=np.concatenate([[0], np.cumsum(items_in)]),
        item_sku=item_sku,
        item_qty=rng.integers(1, 4, items),
        stock=np.stack([stock, rng.integers(0, stock + 1)]),
        kept_back=rng.integers(0, 2, (skus, warehouses)),
        capacity=np.full(warehouses, UNLIMITED if capacity is None else capacity),
        handling_minor=rng.integers(0, 50, warehouses),
        pack_minor=rng.integers(0, 100, warehouses),
        ready_days=rng.integers(0, 2, warehouses),
        zone=rng.integers(0, 3, (2, warehouses)),
        transit_days=rng.integers(0, 4, (2, warehouses)),
        weight_limit_g=np.array([500, 1_000, 2_000]),
        rate_minor=np.array([[300, 400, 500], [400, 600, 800], [700, 900, 1_500]]),
        split_minor=150,
    )


def as_plan(problem: Problem, assignment: Assignment) -> Plan:
    """The bare assignment as a plan without proof."""
    meter = Meter(problem, ParcelTariff(problem))
    cost = meter.order_costs(assignment)
    return Plan(
        assignment=assignment,
        order_cost_minor=cost,
        cost_minor=int(cost.sum()),
        bound_minor=0,
        prices=Prices.zero(problem),
        scarce=(),
        backlog=(),
        stage=Stage.FREE,
        seconds=0.0,
        first_plan_seconds=0.0,
        orders_priced=0,
    )


def faults(problem: Problem, assignment: Assignment) -> list[str]:
    """What the independent checker holds against the assignment, its missing backlog aside."""
    return [fault for fault in check_plan(problem, as_plan(problem, assignment)) if "backlog" not in fault]


def cheapest_by_trying(problem: Problem) -> int:
    """The cost of the best plan among all plans, by the checker's own arithmetic of feasibility."""
    ways_of_order = [order_ways(problem, order) for order in range(problem.orders)]
    best = None
    for ways in product(*ways_of_order):
        warehouse = np.array([place for way in ways for place, _ in way], dtype=np.int16)
        parcel = np.array([number for way in ways for _, number in way], dtype=np.int16)
        plan = as_plan(problem, Assignment(warehouse, parcel))
        if (best is None or plan.cost_minor < best) and not faults(problem, plan.assignment):
            best = plan.cost_minor
    assert best is not None
    return best


def order_ways(problem: Problem, order: int) -> list[tuple[tuple[int, int], ...]]:
    """Every assignment of the order's groups to two parcels a warehouse, or to the backlog."""
    groups = range(int(problem.group_start[order]), int(problem.group_start[order + 1]))
    places = [(-1, -1)] + [
        (w, 2 * w + k) for w in range(problem.warehouses) for k in range(min(len(groups), 2))
    ]
    return list(product(places, repeat=len(groups)))
