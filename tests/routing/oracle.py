"""Small made-up problems and their optimum by trying everything."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import product

import numpy as np
from ortools.sat.python import cp_model

from fulfillment.routing.checking import _check_order
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


@dataclass(frozen=True)
class Way:
    """One way to serve one order: its cost and what it uses, by the checker's arithmetic."""

    places: tuple[tuple[int, int], ...]
    cost: int
    use: dict[tuple[str, int, int, int], int]


def ways_of(problem: Problem, order: int) -> list[Way]:
    """Every allowed way, the cheapest of those that use the same units."""
    found: dict[tuple[tuple[tuple[str, int, int, int], int], ...], Way] = {}
    for places in order_ways(problem, order):
        assignment = Assignment.empty(problem)
        start = int(problem.group_start[order])
        for group, (place, number) in enumerate(places, start=start):
            assignment.warehouse[group], assignment.parcel[group] = place, number
        stock: dict[tuple[int, int, int], int] = defaultdict(int)
        parcels: dict[int, int] = defaultdict(int)
        cost, wrong = _check_order(problem, as_plan(problem, assignment), order, stock, parcels)
        if wrong:
            continue
        use = {("stock", *key): amount for key, amount in stock.items()}
        use |= {("parcels", 0, 0, warehouse): boxes for warehouse, boxes in parcels.items()}
        name = tuple(sorted(use.items()))
        if name not in found or cost < found[name].cost:
            found[name] = Way(places, cost, use)
    return sorted(found.values(), key=lambda way: way.cost)


def limit_of(problem: Problem, row: tuple[str, int, int, int]) -> int:
    """How much of a row there is."""
    kind, level, sku, warehouse = row
    if kind == "parcels":
        return int(problem.capacity[warehouse])
    return max(int(problem.stock[level, sku, warehouse]) - int(problem.kept_back[sku, warehouse]), 0)


def cheapest_by_trying(problem: Problem) -> int:
    """The cost of the best plan among all plans."""
    ways = [ways_of(problem, order) for order in range(problem.orders)]
    least = [sum(found[0].cost for found in ways[order:]) for order in range(problem.orders + 1)]
    best = sum(max(way.cost for way in found if not way.use) for found in ways)

    def descend(order: int, cost: int, used: dict[tuple[str, int, int, int], int]) -> None:
        nonlocal best
        if order == problem.orders:
            best = min(best, cost)
            return
        for way in ways[order]:
            if cost + way.cost + least[order + 1] >= best:
                return
            total = {row: used.get(row, 0) + amount for row, amount in way.use.items()}
            if all(amount <= limit_of(problem, row) for row, amount in total.items()):
                descend(order + 1, cost + way.cost, used | total)

    descend(0, 0, {})
    return best


def cheapest_by_model(problem: Problem) -> int:
    """The optimum by a whole program over every way of every order, solved by CP-SAT."""
    model = cp_model.CpModel()
    cost = []
    use: dict[tuple[str, int, int, int], list[cp_model.LinearExprT]] = defaultdict(list)
    for order in range(problem.orders):
        chosen = []
        for way in ways_of(problem, order):
            variable = model.new_bool_var("")
            chosen.append(variable)
            cost.append(way.cost * variable)
            for row, amount in way.use.items():
                use[row].append(amount * variable)
        model.add_exactly_one(chosen)
    for row, terms in use.items():
        model.add(sum(terms) <= limit_of(problem, row))
    model.minimize(sum(cost))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    assert solver.solve(model) == cp_model.OPTIMAL
    return round(solver.objective_value)


def order_ways(problem: Problem, order: int) -> list[tuple[tuple[int, int], ...]]:
    """Every assignment of the order's groups to two parcels a warehouse, or to the backlog."""
    groups = range(int(problem.group_start[order]), int(problem.group_start[order + 1]))
    places = [(-1, -1)] + [
        (w, 2 * w + k) for w in range(problem.warehouses) for k in range(min(len(groups), 2))
    ]
    return list(product(places, repeat=len(groups)))
