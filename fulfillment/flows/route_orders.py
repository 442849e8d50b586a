"""All unreleased orders are planned together, and the better plan is applied order by order.

The plan is made on a snapshot with no transaction open, in a process of its own that is killed by its limit;
each order is then locked and compared with what the planner saw. What was released, cancelled or promised
anew meanwhile is skipped and counted. A planner that fails never stops an order: every order keeps the
promise it has.
"""

import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from sqlmodel import Session

from fulfillment.core.errors import InvalidInputError
from fulfillment.core.ids import new_id
from fulfillment.flows.apply_plan import Outcome, apply_moves
from fulfillment.flows.plan_log import PlanLog, Spread, Way, may_apply, recorded
from fulfillment.flows.plan_moves import Course, course_of
from fulfillment.flows.planning_day import (
    Day,
    Snapshot,
    day_of,
    fingerprint,
    placement_now,
    read_snapshot,
)
from fulfillment.flows.route_report import (
    CANCELLED,
    NO_PLAN,
    RouteReport,
    compare_rules,
    report_of,
    told_report,
)
from fulfillment.flows.spread_blocks import JobBoard
from fulfillment.orders.kinds import RouteMoveOutcome, RoutePlanState
from fulfillment.orders.route_plans import (
    NewMove,
    NewPrice,
    begin_plan,
    end_plan,
    fail_silent_plans,
    last_fingerprint,
    replace_prices,
    write_moves,
)
from fulfillment.routing.apart import Ending, Helpers, Planner, plan_apart
from fulfillment.routing.plan import Plan
from fulfillment.store.actors import Actor
from fulfillment.store.clock import read_now
from fulfillment.store.crash import crash_point
from fulfillment.store.session import InTransaction

__all__ = ["RouteReport", "route_orders"]

UNCHANGED: Final = "Nothing has changed since the last plan."

NO_SKU: Final = ""


def route_orders(
    in_transaction: InTransaction,
    snapshot: InTransaction,
    *,
    trigger: str,
    actor: Actor,
    time_limit_s: float,
    seed: int = 0,
    workers: int = 1,
    spread: Spread | None = None,
    is_dry_run: bool = False,
    has_peers: bool = False,
    only_if_changed: bool = False,
    planner: Planner = plan_apart,
    should_stop: Callable[[], bool] | None = None,
) -> RouteReport:
    """Every unreleased order stands where the best plan found puts it, unless it changed meanwhile.

    `snapshot` reads all of the problem as of one moment. A dry run plans and writes nothing. Progress is
    written about once a second, and whoever asks the plan to stop before it is applied gets it cancelled.
    `spread` lets all workers solve blocks of a large day.

    Raises:
        InvalidInputError: the data make no problem, such as a negative stock; it names the row.
    """
    way = Way(time_limit_s, seed, workers, planner, should_stop, spread or Spread())
    seen = snapshot(read_snapshot)
    if not seen.orders or not seen.rows.warehouses:
        return RouteReport.of_nothing()
    if only_if_changed and _is_unchanged(snapshot, seen):
        return RouteReport(None, len(seen.orders), note=UNCHANGED)
    if is_dry_run:
        return _dry_run(day_of(seen), way, has_peers=has_peers)
    run = _Run(in_transaction, new_id(), actor, way)
    in_transaction(partial(run.begin, trigger=trigger, seen=seen))
    try:
        day = day_of(seen)
    except InvalidInputError as refusal:
        run.end(RouteReport(run.plan_id, len(seen.orders), state=RoutePlanState.FAILED, note=refusal.message))
        raise
    return run.carry_out(day, has_peers=has_peers)


def _is_unchanged(snapshot: InTransaction, seen: Snapshot) -> bool:
    before = snapshot(last_fingerprint)
    return before is not None and before == fingerprint(seen, [placement_now(each) for each in seen.orders])


def _dry_run(day: Day, way: Way, *, has_peers: bool) -> RouteReport:
    """The report of a plan that nobody carries out and that leaves no trace."""
    log = PlanLog(lambda _: True, time_limit_s=way.time_limit_s, should_stop=way.should_stop)
    planned = way.plan(day, log)
    if log.is_stopped:
        return RouteReport(None, len(day.seen.orders), state=RoutePlanState.CANCELLED, note=CANCELLED)
    if planned.plan is None:
        return RouteReport(None, len(day.seen.orders), state=RoutePlanState.FAILED, note=NO_PLAN)
    report = report_of(day, day, planned, planned.plan, plan_id=None)
    course = _course(day, planned.plan, new_id(), log)
    return replace(
        report,
        state=RoutePlanState.TRIED,
        moved=len(course.moves),
        peers=compare_rules(day, planned.plan, on_rule=log.beat) if has_peers else {},
    )


def _course(day: Day, found: Plan, plan_id: uuid.UUID, log: PlanLog) -> Course:
    """The moves of a plan; none where the day is as good as it stands."""
    if day.is_standing_sound and found.cost_minor >= day.standing_cost_minor:
        # The time limit may cut a first plan short, so that it costs more than what stands.
        return Course([], [placement_now(order) for order in day.seen.orders])
    return course_of(day, found, plan_id=plan_id, on_order=log.beat)


class _Run:
    """One run that is recorded and carried out."""

    def __init__(self, in_transaction: InTransaction, plan_id: uuid.UUID, actor: Actor, way: Way) -> None:
        self.in_transaction = in_transaction
        self.plan_id = plan_id
        self.actor = actor
        self.way = way
        tell = recorded(in_transaction, plan_id=plan_id)
        self.log = PlanLog(tell, time_limit_s=way.time_limit_s, should_stop=way.should_stop)

    def begin(self, session: Session, *, trigger: str, seen: Snapshot) -> None:
        """The run stands in the history, and plans left by workers that died do so as failed."""
        fail_silent_plans(session, now=read_now(session))
        begin_plan(session, plan_id=self.plan_id, trigger=trigger, orders=len(seen.orders), now=seen.now)

    def carry_out(self, day: Day, *, has_peers: bool) -> RouteReport:
        """The day's orders stand where the plan puts them; the history says what became of it."""
        nothing = RouteReport(self.plan_id, len(day.seen.orders))
        planned = self.way.plan(day, self.log, self._helpers())
        crash_point("route_planned")
        if planned.ending is Ending.STOPPED or self.log.is_stopped:
            return self.end(replace(nothing, state=RoutePlanState.CANCELLED, note=CANCELLED))
        found = planned.plan
        if found is None:
            return self.end(replace(nothing, state=RoutePlanState.FAILED, note=NO_PLAN))
        report = report_of(day, day, planned, found, plan_id=self.plan_id)
        if has_peers:
            report = replace(report, peers=compare_rules(day, found, on_rule=self.log.beat))
        course = _course(day, found, self.plan_id, self.log)
        if not may_apply(self.in_transaction, plan_id=self.plan_id, log=self.log):
            return self.end(replace(nothing, state=RoutePlanState.CANCELLED, note=CANCELLED))
        moves = [planned_move.move for planned_move in course.moves]
        outcome = apply_moves(self.in_transaction, moves=moves, actor=self.actor, on_chunk=self.log.beat)
        report = replace(report, state=RoutePlanState.APPLIED, moved=outcome.moved, skipped=outcome.skipped)
        told = told_report(report, stood=day, day=day, found=found)
        if not outcome.skipped:
            told["fingerprint"] = fingerprint(day.seen, course.placements)

        def work(session: Session) -> None:
            self._end(session, report, told)
            write_moves(session, plan_id=self.plan_id, moves=_told_moves(course, outcome))
            replace_prices(session, plan_id=self.plan_id, prices=_prices(found))

        self.in_transaction(work)
        return report

    def _helpers(self) -> Helpers | None:
        """All workers, where blocks are to be spread."""
        size, least = self.way.spread.size, self.way.spread.least_orders
        return JobBoard(self.in_transaction, self.plan_id, size, least) if size > 1 else None

    def end(self, report: RouteReport) -> RouteReport:
        """The run has ended without a move."""
        self.in_transaction(lambda session: self._end(session, report, {"note": report.note}))
        return report

    def _end(self, session: Session, report: RouteReport, told: dict[str, object]) -> None:
        assert report.state is not None
        end_plan(
            session,
            plan_id=self.plan_id,
            state=report.state,
            now=read_now(session),
            figures=report.figures,
            report=told,
        )


def _told_moves(course: Course, outcome: Outcome) -> list[NewMove]:
    """Every move with what became of it."""
    return [
        each.told(
            RouteMoveOutcome.SKIPPED
            if each.move.order.order_id in outcome.left_alone
            else RouteMoveOutcome.APPLIED
        )
        for each in course.moves
    ]


def _prices(found: Plan) -> list[NewPrice]:
    """The scarce rows in whole minor units; what is worth less than half of one is not scarce."""
    return [
        NewPrice(
            row.warehouse, row.sku or NO_SKU, row.shelf_class, round(row.price_minor), row.used, row.available
        )
        for row in found.scarce
        if round(row.price_minor) >= 1
    ]
