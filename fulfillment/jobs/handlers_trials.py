"""Jobs of the planner's what-ifs. Each only calls its flow."""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from sqlmodel import Session

from fulfillment.core import job_kinds
from fulfillment.flows.ask_trial import answer_trial
from fulfillment.jobs.context import Handler, JobContext
from fulfillment.store.session import read_only

T = TypeVar("T")


def answer(context: JobContext) -> None:
    """The trial stands in the history of plans; nothing was moved."""

    def snapshot(work: Callable[[Session], T]) -> T:
        return read_only(context.runtime.engine, work)

    report = answer_trial(context.in_transaction, snapshot, payload=context.payload)
    if report is None:
        context.in_transaction(
            lambda session: context.bury(session, reason="The worker of this trial died. Ask for it again.")
        )
        return
    result = {"orders": report.orders, "note": report.note}
    context.in_transaction(lambda session: context.finish(session, result=result))


HANDLERS: Final[Mapping[str, Handler]] = {job_kinds.TRY_ROUTE: answer}
