"""The planner: which warehouse serves which order, at the least cost, with a proof and with reasons.

It needs no database: only NumPy and OR-Tools.

    problem = build_problem(orders, products=…, warehouses=…, stock=…, zones=…, rates=…, bans=…, terms=…)
        from the plain rows of `routing.rows`; a faulty row is an `InvalidInputError` that names it.
    best = plan(problem, time_limit_s=60, seed=0, workers=1, on_progress=…, should_stop=…, start=Start(…))
        always feasible. `best.cost_minor`, `best.bound_minor`, `best.gap`, `best.parcels(problem, order_id)`,
        `best.backlog` (with reasons), `best.scarce` (rows with what one more unit is worth), `best.prices`.
    check_plan(problem, best) -> []        the independent checker: sentences, none where the plan is sound.
    explain(problem, best, order_id)       the alternatives, their costs and the rows that ruled them out.
    price_one(problem, order_id, prices)   the cheapest way for one order; the same kernel, for a promise.
    prices_from(problem, scarce)           an earlier plan's prices for a new problem.
    assignment_from(problem, warehouse_of), cost_of(problem, assignment)   what today's reservations cost.
    plan_by_rule(problem, rule)            the first-fit rules of other systems (`routing.peers.RULES`).

Lines are numbered from 0 in the order given. A line too big for any one warehouse is cut into several groups;
`ParcelPlan.lines` and `BacklogEntry` say how many units of which line. A kit counts as one unit.
"""

from fulfillment.routing.building import build_problem
from fulfillment.routing.checking import check_plan
from fulfillment.routing.explaining import (
    Alternative,
    Explainer,
    Explanation,
    OrderChoice,
    Ruling,
    explain,
    price_one,
)
from fulfillment.routing.finishing import prices_from
from fulfillment.routing.plan import (
    Assignment,
    BacklogEntry,
    ParcelPlan,
    Plan,
    Prices,
    Progress,
    Reason,
    ScarceRow,
    Stage,
)
from fulfillment.routing.planner import Start, assignment_from, cost_of, plan
from fulfillment.routing.problem import Bar, Problem, check_problem
from fulfillment.routing.rows import (
    BanRow,
    LineRow,
    OrderRow,
    ProductRow,
    RateRow,
    StockRow,
    Terms,
    WarehouseRow,
    ZoneRow,
)

__all__ = [
    "Alternative",
    "Assignment",
    "BacklogEntry",
    "BanRow",
    "Bar",
    "Explainer",
    "Explanation",
    "LineRow",
    "OrderChoice",
    "OrderRow",
    "ParcelPlan",
    "Plan",
    "Prices",
    "Problem",
    "ProductRow",
    "Progress",
    "RateRow",
    "Reason",
    "Ruling",
    "ScarceRow",
    "Stage",
    "Start",
    "StockRow",
    "Terms",
    "WarehouseRow",
    "ZoneRow",
    "assignment_from",
    "build_problem",
    "check_plan",
    "check_problem",
    "cost_of",
    "explain",
    "plan",
    "price_one",
    "prices_from",
]
