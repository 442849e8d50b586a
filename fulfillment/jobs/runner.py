"""Runs one job: claim it, do it, end it. `run_job` is the one function the queue may call."""

import os
import socket
from collections.abc import Mapping
from uuid import UUID

from sqlmodel import Session

from fulfillment.jobs.context import Handler, JobContext
from fulfillment.jobs.lease import kept_lease
from fulfillment.jobs.registry import HANDLERS
from fulfillment.observability import get_logger, log_context, without_rows
from fulfillment.runtime import Runtime
from fulfillment.store.crash import crash_point
from fulfillment.store.job_claims import Claim, FencedError, claim_job, finish_job, retry_job
from fulfillment.store.tables import JobState

LOG = get_logger(__name__)

_bound: list[tuple[Runtime, Mapping[str, Handler]]] = []


def bind_worker(runtime: Runtime, handlers: Mapping[str, Handler] = HANDLERS) -> None:
    """Jobs of this process run with this runtime; RQ calls `run_job` with nothing but an id."""
    _bound[:] = [(runtime, handlers)]


def run_job(job_id: str) -> None:
    """The job of this id has been tried once, unless it was not to be had."""
    assert _bound, "a worker binds its runtime before it takes jobs"
    runtime, handlers = _bound[0]
    try_job(runtime, UUID(job_id), handlers=handlers)


def try_job(runtime: Runtime, job_id: UUID, *, handlers: Mapping[str, Handler]) -> bool:
    """One attempt, counted before it began; returns whether the job was ours to try.

    Whatever the handler raises becomes a later attempt or a dead job. Losing the lease becomes neither:
    the job then belongs to somebody else.
    """
    lease_s = runtime.settings.job_lease_s

    def claim_it(session: Session) -> Claim | None:
        return claim_job(session, job_id=job_id, lease_s=lease_s, worker=worker_name())

    claim = runtime.in_transaction(claim_it)
    if claim is None:
        return False
    crash_point("job_claimed")
    with (
        log_context(job_id=str(job_id), job_kind=claim.kind),
        kept_lease(runtime.engine, claim=claim, lease_s=lease_s),
    ):
        _work(JobContext(runtime=runtime, claim=claim), handlers)
    return True


def worker_name() -> str:
    """This process, for the person who asks where a job runs."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _work(context: JobContext, handlers: Mapping[str, Handler]) -> None:
    """The handler has run and the job is finished, waiting for another attempt, or dead."""
    claim = context.claim
    try:
        handler = handlers.get(claim.kind)
        if handler is None:
            raise LookupError(f"This worker knows no handler for jobs of kind {claim.kind}.")  # noqa: TRY301 - one path for every failure
        handler(context)
        crash_point("job_worked")
        if not context.has_ended:
            context.runtime.in_transaction(lambda session: finish_job(session, claim=claim))
    except FencedError:
        LOG.warning("job_fenced", attempt=claim.attempts)
    except Exception as error:  # noqa: BLE001 - the job loop: any failure of a handler is one more attempt
        _record_failure(context, error)
    else:
        LOG.info("job_tried", attempt=claim.attempts)


def _record_failure(context: JobContext, error: Exception) -> None:
    """The attempt's failure stands in the job's row with its reason; the traceback stands in the log."""
    claim = context.claim
    reason = without_rows(f"{type(error).__name__}: {error}")
    try:
        state = context.runtime.in_transaction(lambda session: retry_job(session, claim=claim, error=reason))
    except FencedError:
        # The failing commit had happened after all, or the lease ran out: either way nothing is ours to say.
        LOG.warning("job_fenced", attempt=claim.attempts, exc_info=error)
        return
    level = "error" if state is JobState.DEAD else "warning"
    getattr(LOG, level)("job_failed", attempt=claim.attempts, state=state.value, exc_info=error)
