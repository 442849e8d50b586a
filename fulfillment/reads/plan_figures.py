"""What a plan means in figures a person reads: costs before and after, the map, and what would end each wait.

All of it is a pure function of the problem and the plan, kept in the plan's report when it ends, so that a
plan of last week shows its own map.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from fulfillment.reads.plan_map import spot_figures, warehouse_figures
from fulfillment.reads.plan_scene import Scene
from fulfillment.reads.plan_waiting import count_waiting, missing_skus, waiting_lines
from fulfillment.reads.unreleased import UnreleasedOrder
from fulfillment.routing.plan import NOWHERE, Assignment, Plan
from fulfillment.routing.problem import Problem

MOST_POINTS = 120
"""Of the planner's way to its plan: as many as the small chart can show."""


@dataclass(frozen=True)
class Costs:
    """What serving the orders costs in minor units, by what it is paid for, and how many parcels it takes.

    `waiting` counts what is not sent, which costs nothing here.
    """

    freight_minor: int
    handling_minor: int
    lateness_minor: int
    split_minor: int
    parcels: int
    orders_sent: int
    orders_split: int
    orders_late: int
    lines_waiting: int
    units_waiting: int

    @property
    def total_minor(self) -> int:
        """All of it."""
        return self.freight_minor + self.handling_minor + self.lateness_minor + self.split_minor


def plan_figures(
    orders: Sequence[UnreleasedOrder],
    *,
    before: tuple[Problem, Assignment],
    after: tuple[Problem, Plan],
) -> dict[str, Any]:
    """The figures of a plan as plain values for its report.

    The orders stand in the order of both problems, which differ where the plan tries a change out.
    """
    problem, found = after
    stood, stands = Scene.of(*before), Scene.of(problem, found.assignment)
    return {
        "costs": {"before": _told(costs_of(stood)), "after": _told(costs_of(stands))},
        "map": {
            "warehouses": warehouse_figures(stood, stands),
            "spots": spot_figures(orders, stood, stands),
            "elsewhere": sum(order.latitude is None for order in orders),
        },
        "waiting": waiting_lines(stands, found),
        "waiting_by_reason": count_waiting(found),
        "missing": missing_skus(stands, found),
        "history": _thinned(found.history),
        "penalty_minor": int(problem.unfilled_minor[found.assignment.warehouse == NOWHERE].sum()),
    }


def costs_of(scene: Scene) -> Costs:
    """The cost of an assignment taken apart; penalties aside, the parts add up to what is minimized."""
    problem, parcels = scene.problem, scene.parcels
    total = round(float(scene.meter.sending_costs(scene.sent, problem.orders).sum()))
    late_days = scene.meter.late_days(parcels)
    lateness = int((late_days * problem.late_minor[parcels.order]).sum())
    by_order = np.bincount(parcels.order, minlength=problem.orders)
    split = problem.split_minor * int(np.maximum(by_order - 1, 0).sum())
    handling = int(
        (problem.units[scene.sent.group] * problem.handling_minor[scene.sent.warehouse]).sum()
        + (parcels.boxes * problem.pack_minor[parcels.warehouse]).sum()
    )
    stays = scene.assignment.warehouse == NOWHERE
    return Costs(
        freight_minor=total - lateness - split - handling,
        handling_minor=handling,
        lateness_minor=lateness,
        split_minor=split,
        parcels=int(parcels.boxes.sum()),
        orders_sent=int((by_order > 0).sum()),
        orders_split=int((by_order > 1).sum()),
        orders_late=len(np.unique(parcels.order[late_days > 0])),
        lines_waiting=int(stays.sum()),
        units_waiting=int(problem.line_share[stays].sum()),
    )


def _told(costs: Costs) -> dict[str, int]:
    return {**asdict(costs), "total_minor": costs.total_minor}


def _thinned(history: Sequence[tuple[float, int, int]]) -> list[list[float | int]]:
    """The planner's way to its plan as (seconds, cost, bound), the first and the last point among them."""
    if len(history) > MOST_POINTS:
        places = np.unique(np.linspace(0, len(history) - 1, MOST_POINTS).round().astype(np.int64))
        history = [history[place] for place in places.tolist()]
    return [[round(seconds, 2), int(cost), int(bound)] for seconds, cost, bound in history]
