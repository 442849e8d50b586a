"""Jobs of the planner: all unreleased orders routed anew. Each only calls its flow."""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar
from uuid import UUID

from sqlmodel import Session

from fulfillment.core import job_kinds
from fulfillment.flows.ask_route import ask_if_at_risk
from fulfillment.flows.plan_log import Spread
from fulfillment.flows.route_orders import route_orders
from fulfillment.flows.spread_blocks import solve_offered_block
from fulfillment.jobs.context import Handler, JobContext
from fulfillment.orders.route_plans import is_plan_alive
from fulfillment.store.session import InTransaction, read_only

T = TypeVar("T")

ASKED: Final = "asked"
"""The trigger of a person, who gets a plan even where nothing has changed."""

LOOK_AGAIN_S: Final = 5.0
"""Seconds until a run looks again whether the one under way has ended."""


def route(context: JobContext) -> None:
    """All unreleased orders stand where the best plan puts them.

    A run waits for the one under way: two at once would do no harm, and the second no good. One that nobody
    asked for ends at once where nothing has changed since the last plan.
    """
    if context.in_transaction(is_plan_alive):
        context.in_transaction(lambda session: context.defer(session, delay_s=LOOK_AGAIN_S))
        return
    settings, trigger = context.runtime.settings, str(context.payload.get("trigger", "schedule"))
    report = route_orders(
        context.in_transaction,
        snapshot_of(context),
        trigger=trigger,
        actor=context.actor,
        time_limit_s=float(context.payload.get("time_limit_s", settings.route_time_limit_s)),
        workers=settings.route_workers,
        spread=Spread(settings.route_spread, settings.route_spread_from),
        only_if_changed=trigger != ASKED,
    )
    result = {
        "plan_id": str(report.plan_id) if report.plan_id else None,
        "state": report.state,
        "note": report.note,
        "orders": report.orders,
        "moved": report.moved,
        "skipped": report.skipped,
        "backlog": report.backlog,
        "cost_before_minor": report.cost_before_minor,
        "cost_after_minor": report.cost_after_minor,
        "gap": report.gap,
    }
    context.in_transaction(lambda session: context.finish(session, result=result))


def solve_block(context: JobContext) -> None:
    """A block of a plan that is being made has an answer, if one is still of use."""
    payload = context.payload
    is_used = solve_offered_block(
        context.in_transaction, plan_id=UUID(payload["plan_id"]), number=int(payload["number"])
    )
    context.in_transaction(lambda session: context.finish(session, result={"is_used": is_used}))


def watch_promises(context: JobContext) -> None:
    """Where a promise is at risk, the planner has been asked for a better plan."""

    def work(session: Session) -> None:
        context.finish(session, result={"at_risk": ask_if_at_risk(session)})

    context.in_transaction(work)


def snapshot_of(context: JobContext) -> InTransaction:
    """Reads of one moment, on no transaction of the job's own."""

    def run(work: Callable[[Session], T]) -> T:
        return read_only(context.runtime.engine, work)

    return run


HANDLERS: Final[Mapping[str, Handler]] = {
    job_kinds.ROUTE_ORDERS: route,
    job_kinds.SOLVE_ROUTE_BLOCK: solve_block,
    job_kinds.WATCH_PROMISES: watch_promises,
}
