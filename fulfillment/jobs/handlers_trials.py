"""Jobs of the planner's what-ifs. Each only calls its flow."""

from collections.abc import Mapping
from typing import Final

from fulfillment.core import job_kinds
from fulfillment.flows.ask_trial import answer_trial
from fulfillment.jobs.context import Handler, JobContext
from fulfillment.jobs.handlers_routing import snapshot_of


def answer(context: JobContext) -> None:
    """The trial stands in the history of plans; nothing was moved."""
    settings = context.runtime.settings
    report = answer_trial(
        context.in_transaction,
        snapshot_of(context),
        payload=context.payload,
        time_limit_s=settings.route_time_limit_s,
        workers=settings.route_workers,
    )
    if report is None:
        context.in_transaction(
            lambda session: context.bury(session, reason="The worker of this trial died. Ask for it again.")
        )
        return
    result = {"orders": report.orders, "note": report.note}
    context.in_transaction(lambda session: context.finish(session, result=result))


HANDLERS: Final[Mapping[str, Handler]] = {job_kinds.TRY_ROUTE: answer}
