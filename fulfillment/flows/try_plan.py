"""A plan of the day as it would be after some changes: recorded with its moves, and never carried out."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlmodel import Session

from fulfillment.core.errors import InvalidInputError
from fulfillment.core.ids import new_id
from fulfillment.flows.plan_log import PlanLog, Way, recorded
from fulfillment.flows.plan_moves import course_of
from fulfillment.flows.planning_day import Day, Snapshot, day_of, read_snapshot
from fulfillment.flows.route_report import CANCELLED, NO_PLAN, RouteReport, report_of, told_report
from fulfillment.orders.kinds import RouteMoveOutcome, RoutePlanState
from fulfillment.orders.route_plans import NewMove, begin_plan, end_plan, fail_silent_plans, write_moves
from fulfillment.reads.routing_rows import RoutingRows
from fulfillment.routing.apart import Ending, Planned, Planner, plan_apart
from fulfillment.store.clock import read_now
from fulfillment.store.session import InTransaction

Alter = Callable[[Session, RoutingRows, datetime], RoutingRows]
"""The rows as they would be, read on the snapshot they were read on."""


def try_plan(
    in_transaction: InTransaction,
    snapshot: InTransaction,
    *,
    trigger: str,
    time_limit_s: float,
    changes: Sequence[Mapping[str, Any]] = (),
    alter: Alter | None = None,
    plan_id: uuid.UUID | None = None,
    seed: int = 0,
    workers: int = 1,
    planner: Planner = plan_apart,
    should_stop: Callable[[], bool] | None = None,
) -> RouteReport:
    """The history holds a trial: what the best plan after the changes costs and moves. No order is touched.

    `changes` is what the history says of it, `alter` what it does to the rows; without it the day is planned
    as it is. Costs before are those of today's promises, unaltered. `plan_id` may be made by the caller, who
    can then follow the trial. It shows progress and is stopped like any other run.

    Raises:
        InvalidInputError: the rows make no problem; the sentence names the row.
    """

    def read(session: Session) -> tuple[Snapshot, Snapshot]:
        seen = read_snapshot(session)
        rows = seen.rows if alter is None else alter(session, seen.rows, seen.now)
        return seen, replace(seen, rows=rows)

    seen, altered = snapshot(read)
    if not seen.orders:
        return RouteReport.of_nothing()
    trial = _Trial(
        in_transaction, plan_id or new_id(), Way(time_limit_s, seed, workers, planner, should_stop)
    )
    in_transaction(partial(trial.begin, trigger=trigger, seen=seen, changes=changes))
    try:
        stood, day = day_of(seen), day_of(altered)
    except InvalidInputError as refusal:
        trial.end(RoutePlanState.FAILED, orders=len(seen.orders), note=refusal.message)
        raise
    return trial.make(stood, day)


class _Trial:
    """One trial, recorded."""

    def __init__(self, in_transaction: InTransaction, plan_id: uuid.UUID, way: Way) -> None:
        self.in_transaction = in_transaction
        self.plan_id = plan_id
        self.way = way
        tell = recorded(in_transaction, plan_id=plan_id)
        self.log = PlanLog(tell, time_limit_s=way.time_limit_s, should_stop=way.should_stop)

    def begin(
        self, session: Session, *, trigger: str, seen: Snapshot, changes: Sequence[Mapping[str, Any]]
    ) -> None:
        """The trial stands in the history as running."""
        fail_silent_plans(session, now=read_now(session))
        begin_plan(
            session,
            plan_id=self.plan_id,
            trigger=trigger,
            orders=len(seen.orders),
            now=seen.now,
            is_trial=True,
            changes=changes,
        )

    def make(self, stood: Day, day: Day) -> RouteReport:
        """The day was planned, and the history says what would be moved."""
        planned = self.way.plan(day, self.log)
        if planned.ending is Ending.STOPPED or self.log.is_stopped:
            return self.end(RoutePlanState.CANCELLED, orders=len(day.seen.orders), note=CANCELLED)
        if planned.plan is None:
            return self.end(RoutePlanState.FAILED, orders=len(day.seen.orders), note=NO_PLAN)
        return self._tell(stood, day, planned)

    def _tell(self, stood: Day, day: Day, planned: Planned) -> RouteReport:
        found = planned.plan
        assert found is not None
        course = course_of(day, found, plan_id=self.plan_id, on_order=self.log.beat)
        report = replace(
            report_of(stood, day, planned, found, plan_id=self.plan_id),
            state=RoutePlanState.TRIED,
            moved=len(course.moves),
        )
        told = told_report(report, stood=stood, day=day, found=found)
        moves = [each.told(RouteMoveOutcome.PROPOSED) for each in course.moves]
        self._end(report, told, moves)
        return report

    def end(self, state: RoutePlanState, *, orders: int, note: str) -> RouteReport:
        """The trial has ended without an answer."""
        report = RouteReport(self.plan_id, orders, state=state, note=note)
        self._end(report, {"note": note}, [])
        return report

    def _end(self, report: RouteReport, told: Mapping[str, Any], moves: Sequence[NewMove]) -> None:
        def work(session: Session) -> None:
            assert report.state is not None
            end_plan(
                session,
                plan_id=self.plan_id,
                state=report.state,
                now=read_now(session),
                figures=report.figures,
                report=told,
            )
            write_moves(session, plan_id=self.plan_id, moves=moves)

        self.in_transaction(work)
