"""All unreleased orders are planned together, and the better plan is applied order by order.

The plan is made on a snapshot with no transaction open; each order is then locked and compared with it.
What was released, cancelled or promised anew meanwhile is skipped and counted. A planner that fails never
stops an order: every order keeps the promise it has.
"""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from fulfillment.core.ids import new_id
from fulfillment.flows.apply_plan import Move, apply_moves
from fulfillment.orders.kinds import RoutePlanState
from fulfillment.orders.promises import NewPart, PartUnits
from fulfillment.orders.route_plans import begin_plan, end_plan
from fulfillment.reads.routing_rows import RoutedLine, RoutingRows, read_routing_rows
from fulfillment.reads.unreleased import UnreleasedOrder, list_unreleased
from fulfillment.routing.building import build_problem
from fulfillment.routing.explaining import Explainer
from fulfillment.routing.plan import Assignment, ParcelPlan, Plan
from fulfillment.routing.planner import Start, assignment_from, cost_of, plan
from fulfillment.routing.problem import Problem
from fulfillment.routing.rows import Terms
from fulfillment.store.actors import Actor
from fulfillment.store.clock import read_now
from fulfillment.store.crash import crash_point
from fulfillment.store.session import InTransaction

TERMS = Terms(unfilled_minor=1_000_000)
"""No freight is so dear that an order in stock is left waiting for it: what is promised is sent."""

BACKLOG_REPORTED = 200
"""Backlog entries and scarce rows kept in the plan's report; the counts beside them are complete."""


@dataclass(frozen=True)
class RouteReport:
    """What one run did. Costs are freight, handling and lateness in minor units; what waits costs none of it.

    `backlog` counts lines that wait, `backlog_before` those that waited before.
    """

    plan_id: uuid.UUID | None
    orders: int
    cost_before_minor: int
    cost_after_minor: int
    bound_minor: int
    moved: int
    skipped: int
    backlog: int
    backlog_before: int
    seconds: float

    @classmethod
    def of_nothing(cls) -> "RouteReport":
        """There was no unreleased order."""
        return cls(None, 0, 0, 0, 0, 0, 0, 0, 0, 0.0)


@dataclass(frozen=True)
class _Snapshot:
    orders: list[UnreleasedOrder]
    rows: RoutingRows
    now: datetime


def route_orders(
    in_transaction: InTransaction,
    snapshot: InTransaction,
    *,
    trigger: str,
    actor: Actor,
    time_limit_s: float,
    seed: int = 0,
    is_dry_run: bool = False,
) -> RouteReport:
    """Every unreleased order stands where the best plan found puts it, unless it changed meanwhile.

    `snapshot` reads all of the problem as of one moment. A dry run plans and writes nothing.

    Raises:
        InvalidInputError: the data make no problem, such as a product without a weight; it names the row.
    """
    seen = snapshot(_read)
    if not seen.orders:
        return RouteReport.of_nothing()
    problem = _problem_of(seen.rows)
    today = _places_today(seen)
    standing = assignment_from(problem, today)
    plan_id = new_id()
    if not is_dry_run:
        in_transaction(
            lambda session: begin_plan(
                session, plan_id=plan_id, trigger=trigger, orders=len(seen.orders), now=seen.now
            )
        )
    found = plan(problem, time_limit_s=time_limit_s, seed=seed, start=Start(warehouse_of=today))
    crash_point("route_planned")
    report = RouteReport(
        plan_id=None if is_dry_run else plan_id,
        orders=len(seen.orders),
        cost_before_minor=cost_of(problem, standing) - _penalties(problem, standing),
        cost_after_minor=found.cost_minor - _penalties(problem, found.assignment),
        bound_minor=max(0, found.bound_minor - _penalties(problem, found.assignment)),
        moved=0,
        skipped=0,
        backlog=len(found.backlog),
        backlog_before=int((standing.warehouse < 0).sum()),
        seconds=round(found.seconds, 3),
    )
    # A plan that costs more than what stands is not applied: the time limit may cut a first plan short.
    moves = _moves(seen, problem, found, plan_id) if found.cost_minor < cost_of(problem, standing) else []
    if is_dry_run:
        return replace(report, moved=len(moves))
    outcome = apply_moves(in_transaction, moves=moves, actor=actor)
    report = replace(report, moved=outcome.moved, skipped=outcome.skipped)
    in_transaction(lambda session: _end(session, report=report, found=found, plan_id=plan_id))
    return report


def _read(session: Session) -> _Snapshot:
    now = read_now(session)
    orders = list_unreleased(session)
    return _Snapshot(orders, read_routing_rows(session, orders=orders, now=now), now)


def _problem_of(rows: RoutingRows) -> Problem:
    return build_problem(
        rows.orders,
        products=rows.products,
        warehouses=rows.warehouses,
        stock=rows.stock,
        zones=rows.zones,
        rates=rows.rates,
        terms=TERMS,
    )


def _penalties(problem: Problem, assignment: Assignment) -> int:
    """What an assignment's backlog counts for in its cost."""
    return int(problem.unfilled_minor[assignment.warehouse < 0].sum())


def _places_today(seen: _Snapshot) -> dict[tuple[str, int], str]:
    """Where each line stands now, if it is promised at all; a kit stands where its first part does."""
    return {
        (order_id, number): code
        for order_id, lines in seen.rows.lines.items()
        for number, line in enumerate(lines)
        if (code := line.units[0].warehouse_code) is not None
    }


def _moves(seen: _Snapshot, problem: Problem, found: Plan, plan_id: uuid.UUID) -> list[Move]:
    explainer = Explainer(problem, found)
    moves = []
    for row, order in enumerate(seen.orders):
        key = str(order.order_id)
        parts = _parts_of(seen.rows.lines[key], found.parcels(problem, key))
        if _placement(parts) == _placement_now(order):
            continue
        reasons = {"rule": "planned", "alternatives": _alternatives(explainer, key)}
        cost_minor = int(found.order_cost_minor[row])
        moves.append(
            Move(
                order=order,
                parts=tuple(
                    replace(
                        part, cost_minor=cost_minor if place == 0 else 0, reasons=reasons, plan_id=plan_id
                    )
                    for place, part in enumerate(parts)
                ),
            )
        )
    return moves


def _parts_of(lines: Sequence[RoutedLine], parcels: Sequence[ParcelPlan]) -> list[NewPart]:
    """One part for each warehouse that sends anything, and one without a warehouse for what waits."""
    placed: dict[str | None, dict[uuid.UUID, PartUnits]] = {}
    left = [_units_of_line(line) for line in lines]
    for parcel in parcels:
        target = placed.setdefault(parcel.warehouse, {})
        for number, qty in parcel.lines:
            for units in list(left[number].values()):
                taken = units.qty if lines[number].is_kit else min(qty, units.qty)
                _add(target, replace(units, qty=taken))
                left[number][units.order_line_id] = replace(units, qty=units.qty - taken)
    for units in (units for line in left for units in line.values() if units.qty):
        # Pieces of one order line that stood apart may wait together.
        _add(placed.setdefault(None, {}), units)
    return [NewPart(code, tuple(units.values())) for code, units in placed.items()]


def _units_of_line(line: RoutedLine) -> dict[uuid.UUID, PartUnits]:
    total: dict[uuid.UUID, PartUnits] = {}
    for units in line.units:
        _add(total, PartUnits(units.order_line_id, units.sku, units.qty))
    return total


def _add(target: dict[uuid.UUID, PartUnits], units: PartUnits) -> None:
    before = target.get(units.order_line_id)
    target[units.order_line_id] = replace(units, qty=units.qty + (before.qty if before else 0))


def _placement(parts: Sequence[NewPart]) -> dict[tuple[str | None, uuid.UUID], int]:
    return {
        (part.warehouse_code, units.order_line_id): units.qty
        for part in parts
        for units in part.units
        if units.qty
    }


def _placement_now(order: UnreleasedOrder) -> dict[tuple[str | None, uuid.UUID], int]:
    placement: dict[tuple[str | None, uuid.UUID], int] = {}
    for units in order.units:
        key = (units.warehouse_code, units.order_line_id)
        placement[key] = placement.get(key, 0) + units.qty
    return placement


def _alternatives(explainer: Explainer, order_id: str) -> list[dict[str, Any]]:
    """The ways the order could have gone, as plain values for its page."""
    return [
        {
            "warehouses": [parcel.warehouse for parcel in way.parcels],
            "cost_minor": way.cost_minor,
            "is_chosen": way.is_chosen,
            "ruled_out_by": [asdict(ruling) for ruling in way.ruled_out_by],
        }
        for way in explainer.explain(order_id).alternatives
    ]


def _end(session: Session, *, report: RouteReport, found: Plan, plan_id: uuid.UUID) -> None:
    end_plan(
        session,
        plan_id=plan_id,
        state=RoutePlanState.APPLIED,
        now=read_now(session),
        figures={
            "moved": report.moved,
            "skipped": report.skipped,
            "cost_before_minor": report.cost_before_minor,
            "cost_after_minor": report.cost_after_minor,
            "bound_minor": report.bound_minor,
        },
        report={
            "seconds": report.seconds,
            "backlog_lines": len(found.backlog),
            "backlog_lines_before": report.backlog_before,
            "backlog": [asdict(entry) for entry in found.backlog[:BACKLOG_REPORTED]],
            "scarce": [asdict(row) for row in found.scarce[:BACKLOG_REPORTED]],
        },
    )
