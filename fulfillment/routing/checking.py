"""The independent checker: reads a plan order by order and believes nothing of the planner."""

from collections import defaultdict
from collections.abc import Iterator

from fulfillment.routing.plan import Plan
from fulfillment.routing.problem import Problem


def check_plan(problem: Problem, plan: Plan) -> list[str]:
    """Every rule the plan breaks, as sentences; an empty list means the plan is feasible and priced right."""
    stock_used: dict[tuple[int, int, int], int] = defaultdict(int)
    parcels_used: dict[int, int] = defaultdict(int)
    faults: list[str] = []
    total = 0
    for order in range(len(problem.order_ids)):
        cost, found = _check_order(problem, plan, order, stock_used, parcels_used)
        name = problem.order_ids[order]
        faults += [f"Order {name}: {fault}" for fault in found]
        if cost != plan.order_cost_minor[order]:
            faults.append(f"Order {name}: costs {cost}, the plan says {plan.order_cost_minor[order]}")
        total += cost
    if total != plan.cost_minor:
        faults.append(f"The plan costs {total} and says {plan.cost_minor}")
    if plan.bound_minor > plan.cost_minor:
        faults.append(f"The bound {plan.bound_minor} is above the cost {plan.cost_minor}")
    return faults + list(_overdrawn(problem, stock_used, parcels_used)) + _check_backlog(problem, plan)


def _overdrawn(
    problem: Problem, stock_used: dict[tuple[int, int, int], int], parcels_used: dict[int, int]
) -> Iterator[str]:
    for (level, sku, warehouse), units in sorted(stock_used.items()):
        free = max(int(problem.stock[level, sku, warehouse]) - int(problem.kept_back[sku, warehouse]), 0)
        if units > free:
            where = f"{problem.skus[sku]} at {problem.warehouse_codes[warehouse]} (class {level})"
            yield f"Stock of {where}: {units} used, {free} free"
    for warehouse, boxes in sorted(parcels_used.items()):
        if boxes > problem.capacity[warehouse]:
            code = problem.warehouse_codes[warehouse]
            yield f"Warehouse {code}: {boxes} parcels, {problem.capacity[warehouse]} can leave"


def _check_order(
    problem: Problem,
    plan: Plan,
    order: int,
    stock_used: dict[tuple[int, int, int], int],
    parcels_used: dict[int, int],
) -> tuple[int, list[str]]:
    """The order's cost recomputed and its faults; what it uses is added to the tallies."""
    faults: list[str] = []
    parcels: dict[int, list[int]] = defaultdict(list)
    cost = 0
    staying = 0
    for group in range(int(problem.group_start[order]), int(problem.group_start[order + 1])):
        warehouse = int(plan.assignment.warehouse[group])
        number = int(plan.assignment.parcel[group])
        if (warehouse < 0) != (number < 0):
            faults.append("a line has a warehouse without a parcel or a parcel without a warehouse")
        if warehouse < 0:
            cost += int(problem.unfilled_minor[group])
            staying += 1
            continue
        parcels[number].append(group)
        if problem.bar[group, warehouse]:
            faults.append(f"a line leaves from {problem.warehouse_codes[warehouse]}, which is barred to it")
        _use_stock(problem, group, warehouse, stock_used)
    if problem.is_ship_complete[order] and staying and parcels:
        faults.append("it must leave complete and only part of it does")
    for members in parcels.values():
        sources = {int(plan.assignment.warehouse[group]) for group in members}
        if len(sources) > 1:
            faults.append("one parcel leaves from two warehouses")
        each, boxes = _parcel_cost(problem, order, members, min(sources))
        cost += each
        parcels_used[min(sources)] += boxes
    return cost + max(len(parcels) - 1, 0) * problem.split_minor, faults


def _use_stock(
    problem: Problem, group: int, warehouse: int, stock_used: dict[tuple[int, int, int], int]
) -> None:
    for item in range(int(problem.item_start[group]), int(problem.item_start[group + 1])):
        for level in range(int(problem.shelf_class[group]) + 1):
            stock_used[level, int(problem.item_sku[item]), warehouse] += int(problem.item_qty[item])


def _parcel_cost(problem: Problem, order: int, members: list[int], warehouse: int) -> tuple[int, int]:
    """Cost without splits, and boxes."""
    actual = sum(int(problem.weight_g[group]) for group in members)
    dimensional = sum(int(problem.dim_weight_g[group]) for group in members)
    rest = max(actual, dimensional)
    place = int(problem.destination[order])
    rates = [int(rate) for rate in problem.rate_minor[int(problem.zone[place, warehouse])]]
    limits = [int(limit) for limit in problem.weight_limit_g]
    cost, boxes = 0, 1
    while rest > limits[-1]:
        cost += rates[-1]
        boxes += 1
        rest -= limits[-1]
    cost += next(rate for rate, limit in zip(rates, limits, strict=True) if rest <= limit)
    arrives = int(problem.ready_days[warehouse]) + int(problem.transit_days[place, warehouse])
    cost += max(arrives - int(problem.due_days[order]), 0) * int(problem.late_minor[order])
    cost += boxes * int(problem.pack_minor[warehouse])
    for group in members:
        for item in range(int(problem.item_start[group]), int(problem.item_start[group + 1])):
            cost += int(problem.item_qty[item]) * int(problem.handling_minor[warehouse])
    return cost, boxes


def _check_backlog(problem: Problem, plan: Plan) -> list[str]:
    """The backlog lists exactly the groups that stay."""
    listed = sorted((entry.order_id, entry.line, entry.qty) for entry in plan.backlog)
    staying = [
        (name, int(problem.line[group]), int(problem.line_share[group]))
        for order, name in enumerate(problem.order_ids)
        for group in range(int(problem.group_start[order]), int(problem.group_start[order + 1]))
        if plan.assignment.warehouse[group] < 0
    ]
    return [] if listed == sorted(staying) else ["The backlog does not list exactly what stays"]
