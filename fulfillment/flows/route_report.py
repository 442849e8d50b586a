"""What a run of the planner reports: what it cost before and after, how near to the least, and what moved."""

import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np

from fulfillment.flows.planning_day import Day
from fulfillment.orders.kinds import RoutePlanState
from fulfillment.reads.plan_figures import plan_figures
from fulfillment.routing.apart import Ending, Planned
from fulfillment.routing.peers import RULES, measure, plan_by_rule
from fulfillment.routing.plan import NOWHERE, Assignment, Plan
from fulfillment.routing.problem import Problem
from fulfillment.routing.tariff import ParcelTariff
from fulfillment.routing.usage import Meter

BACKLOG_REPORTED: Final = 200
"""Backlog entries and scarce rows kept in the plan's report; the counts beside them are complete."""

CANCELLED: Final = "The run was stopped. Nothing was moved; every order keeps its promise."
NOTES: Final = {
    Ending.FINISHED: "",
    Ending.STOPPED: CANCELLED,
    Ending.KILLED: "The planner did not end by its limit and was killed; the last plan it had sent was used.",
    Ending.CRASHED: "The planner's process died; the last plan it had sent was used.",
}
NO_PLAN: Final = "The planner's process ended before its first plan; every order keeps its promise."


@dataclass(frozen=True)
class Shares:
    """What a plan is judged by: parcels, the share of orders split and of lines unfilled, cost per parcel."""

    parcels: int = 0
    split_share: float = 0.0
    unfilled_share: float = 0.0
    cost_per_parcel: float = 0.0


@dataclass(frozen=True)
class RouteReport:
    """What one run did. Costs are freight, handling and lateness in minor units; what waits costs none of it.

    `backlog` counts lines that wait, `backlog_before` those that waited before. `gap` is the planner's proof:
    no other plan could save a larger share of its cost, each line that waits counted at its penalty. With
    this backlog no plan costs less than `bound_minor`, which is 0 where too much waits to tell. `state` is
    None where there was nothing to plan, or where nothing had changed; `peers` holds other systems' rules on
    the same problem, where they were asked for.
    """

    plan_id: uuid.UUID | None
    orders: int
    cost_before_minor: int = 0
    cost_after_minor: int = 0
    bound_minor: int = 0
    moved: int = 0
    skipped: int = 0
    backlog: int = 0
    backlog_before: int = 0
    seconds: float = 0.0
    state: RoutePlanState | None = None
    note: str = ""
    gap: float = 0.0
    before: Shares = field(default_factory=Shares)
    after: Shares = field(default_factory=Shares)
    peers: dict[str, dict[str, float]] = field(default_factory=dict)

    @classmethod
    def of_nothing(cls) -> "RouteReport":
        """There was no unreleased order, or no warehouse to send it from."""
        return cls(None, 0)

    @property
    def figures(self) -> dict[str, int]:
        """The columns of the plan's row."""
        return {
            "moved": self.moved,
            "skipped": self.skipped,
            "cost_before_minor": self.cost_before_minor,
            "cost_after_minor": self.cost_after_minor,
            "bound_minor": self.bound_minor,
        }


def shares_of(problem: Problem, assignment: Assignment) -> Shares:
    """The shares of an assignment."""
    meter = Meter(problem, ParcelTariff(problem))
    found = measure(problem, assignment, meter)
    parcels = int(meter.parcels(meter.sendings(assignment)).boxes.sum())
    cost = found.cost_minor - penalties(problem, assignment)
    return Shares(
        parcels=parcels,
        split_share=round(found.split_share, 5),
        unfilled_share=round(found.unfilled_share, 5),
        cost_per_parcel=round(cost / max(parcels, 1), 2),
    )


def penalties(problem: Problem, assignment: Assignment) -> int:
    """What an assignment's backlog counts for in its cost."""
    return int(problem.unfilled_minor[assignment.warehouse == NOWHERE].sum())


def cost_without_penalties(problem: Problem, assignment: Assignment) -> int:
    """Freight, handling and lateness."""
    meter = Meter(problem, ParcelTariff(problem))
    return int(np.rint(meter.sending_costs(meter.sendings(assignment), problem.orders).sum()))


def report_of(
    stood: Day, day: Day, planned: Planned, found: Plan, *, plan_id: uuid.UUID | None
) -> RouteReport:
    """The report before anything is moved; `stood` is the day as it is, which a trial changes to `day`."""
    cost = found.cost_minor - penalties(day.problem, found.assignment)
    bound = min(cost, max(0, found.bound_minor - penalties(day.problem, found.assignment)))
    return RouteReport(
        plan_id=plan_id,
        orders=len(day.seen.orders),
        cost_before_minor=cost_without_penalties(stood.problem, stood.standing),
        cost_after_minor=cost,
        bound_minor=bound,
        backlog=len(found.backlog),
        backlog_before=int((stood.standing.warehouse == NOWHERE).sum()),
        seconds=round(found.seconds, 3),
        note=NOTES[planned.ending],
        gap=round(found.gap, 6),
        before=shares_of(stood.problem, stood.standing),
        after=shares_of(day.problem, found.assignment),
    )


def told_report(report: RouteReport, *, stood: Day, day: Day, found: Plan) -> dict[str, Any]:
    """The report as the history keeps it: figures, backlog, scarce rows and the map."""
    return {
        "seconds": report.seconds,
        "note": report.note,
        "gap": report.gap,
        "before": asdict(report.before),
        "after": asdict(report.after),
        "stage": found.stage.value,
        "backlog_lines": report.backlog,
        "backlog_lines_before": report.backlog_before,
        "backlog": [asdict(entry) for entry in found.backlog[:BACKLOG_REPORTED]],
        "scarce": [asdict(row) for row in found.scarce[:BACKLOG_REPORTED]],
        **plan_figures(day.seen.orders, before=(stood.problem, stood.standing), after=(day.problem, found)),
    }


def compare_rules(day: Day, found: Plan, *, on_rule: Callable[[], None]) -> dict[str, dict[str, float]]:
    """What the rules of other systems cost on the same problem, as a multiple of the plan's cost."""
    meter = Meter(day.problem, ParcelTariff(day.problem))
    peers = {}
    for rule in RULES:
        on_rule()
        result = measure(day.problem, plan_by_rule(day.problem, rule), meter)
        peers[rule] = {
            "cost_ratio": round(result.cost_minor / max(found.cost_minor, 1), 4),
            "split_share": round(result.split_share, 5),
            "unfilled_share": round(result.unfilled_share, 5),
        }
    return peers
