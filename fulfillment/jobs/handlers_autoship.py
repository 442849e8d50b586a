"""Jobs of autoship runs: promised when asked, stock kept back for those to come, ended ones settled."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Final, TypeVar
from uuid import UUID

from sqlmodel import Session

from fulfillment.core import job_kinds
from fulfillment.core.errors import ConflictError, InvalidInputError, NotFoundError
from fulfillment.flows.give_back_autoship import settle_runs
from fulfillment.flows.keep_back_stock import keep_back_for_runs
from fulfillment.flows.promise_autoship import promise_run
from fulfillment.jobs.context import Handler, JobContext
from fulfillment.store.session import InTransaction, read_only

T = TypeVar("T")


def promise(context: JobContext) -> None:
    """Every due order of the run that can be is promised; a run that allows no plan says so and is let be."""
    try:
        outcome = promise_run(
            context.in_transaction,
            _snapshot(context),
            run_id=UUID(context.payload["run_id"]),
            actor=context.actor,
            policy=context.runtime.policy,
        )
    except (ConflictError, InvalidInputError, NotFoundError) as refusal:
        reason = refusal.message
        context.in_transaction(lambda session: context.bury(session, reason=reason))
        return
    _finish(
        context,
        promised=outcome.promised,
        short=outcome.short,
        skipped=outcome.skipped,
        is_finished=outcome.is_finished,
    )


def keep_back(context: JobContext) -> None:
    """Booked runs keep back what they want and can have now."""
    _finish(context, kept=keep_back_for_runs(context.in_transaction, policy=context.runtime.policy))


def settle(context: JobContext) -> None:
    """What no money came for is given back, and ended runs are closed."""
    settled = settle_runs(context.in_transaction, actor=context.actor, policy=context.runtime.policy)
    _finish(context, **asdict(settled))


def _snapshot(context: JobContext) -> InTransaction:
    """Reads of one moment, on no transaction of the job's own."""

    def run(work: Callable[[Session], T]) -> T:
        return read_only(context.runtime.engine, work)

    return run


def _finish(context: JobContext, **result: object) -> None:
    context.in_transaction(lambda session: context.finish(session, result=result))


HANDLERS: Final[Mapping[str, Handler]] = {
    job_kinds.PROMISE_AUTOSHIP: promise,
    job_kinds.KEEP_BACK_FOR_AUTOSHIPS: keep_back,
    job_kinds.SETTLE_AUTOSHIPS: settle,
}
