"""One attempt at one job, in this process."""

from collections.abc import Callable, Mapping
from uuid import UUID

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.config import Settings
from fulfillment.core.errors import ConflictError
from fulfillment.jobs.context import Handler, JobContext
from fulfillment.jobs.runner import try_job
from fulfillment.runtime import Runtime, runtime_on
from fulfillment.store.actors import SYSTEM
from fulfillment.store.audit_trail import record
from fulfillment.store.job_claims import FencedError, claim_job
from fulfillment.store.jobs import enqueue
from fulfillment.store.session import InTransaction
from tests.jobs.conftest import JOB, Jobs

MakeSettings = Callable[..., Settings]


@pytest.fixture
def runtime(engine: Engine, make_settings: MakeSettings) -> Runtime:
    return runtime_on(make_settings(), engine)


@pytest.fixture
def job_id(in_transaction: InTransaction) -> UUID:
    return in_transaction(lambda session: enqueue(session, kind="test", payload={"n": 7}))


def handle_by(handler: Handler) -> Mapping[str, Handler]:
    return {"test": handler}


def mark(session: Session, context: JobContext) -> None:
    record(
        session,
        actor=SYSTEM,
        deed="mark",
        object_kind="job",
        object_id=context.claim.job_id,
        detail={"attempt": context.claim.attempts},
    )


def test_effect_and_end_commit_together(runtime: Runtime, job_id: UUID, jobs: Jobs) -> None:
    def handler(context: JobContext) -> None:
        def work(session: Session) -> None:
            mark(session, context)
            context.finish(session, result={"n": context.payload["n"]})

        context.in_transaction(work)

    assert try_job(runtime, job_id, handlers=handle_by(handler))

    assert jobs.marks() == [(str(job_id), 1)]
    assert jobs.row(job_id)["result"] == {"n": 7}
    assert jobs.states() == {"done": 1}


def test_a_job_is_not_tried_again_once_it_is_done(runtime: Runtime, job_id: UUID, jobs: Jobs) -> None:
    try_job(runtime, job_id, handlers=handle_by(lambda _context: None))

    assert not try_job(runtime, job_id, handlers=handle_by(lambda _context: pytest.fail("ran twice")))
    assert jobs.states() == {"done": 1}


def test_a_failure_leaves_no_effect_and_waits_for_another_attempt(
    runtime: Runtime, job_id: UUID, jobs: Jobs
) -> None:
    def handler(context: JobContext) -> None:
        def work(session: Session) -> None:
            mark(session, context)
            context.finish(session)
            raise ConflictError("Not now.")

        context.in_transaction(work)

    assert try_job(runtime, job_id, handlers=handle_by(handler))

    assert jobs.marks() == []
    assert jobs.states() == {"queued": 1}
    assert jobs.row(job_id)["last_error"] == "ConflictError: Not now."


def test_a_job_without_a_handler_says_so(runtime: Runtime, job_id: UUID, jobs: Jobs) -> None:
    try_job(runtime, job_id, handlers={})

    assert "knows no handler for jobs of kind test" in jobs.row(job_id)["last_error"]


def test_a_buried_job_is_dead_with_its_reason(runtime: Runtime, job_id: UUID, jobs: Jobs) -> None:
    def handler(context: JobContext) -> None:
        context.in_transaction(lambda session: context.bury(session, reason="The parcel is gone."))

    try_job(runtime, job_id, handlers=handle_by(handler))

    assert jobs.states() == {"dead": 1}
    assert jobs.row(job_id)["last_error"] == "The parcel is gone."


def test_a_deferred_job_waits_without_having_used_an_attempt(
    runtime: Runtime, job_id: UUID, jobs: Jobs
) -> None:
    def handler(context: JobContext) -> None:
        context.in_transaction(lambda session: context.defer(session, delay_s=60))

    try_job(runtime, job_id, handlers=handle_by(handler))

    assert jobs.states() == {"queued": 1}
    assert jobs.row(job_id)["attempts"] == 0


def test_no_transaction_of_a_job_that_was_taken_away_is_committed(
    runtime: Runtime, job_id: UUID, jobs: Jobs, in_transaction: InTransaction
) -> None:
    refused = []

    def handler(context: JobContext) -> None:
        in_transaction(lambda session: take_away(session, job_id))
        try:
            context.in_transaction(lambda session: mark(session, context))
        except FencedError as error:
            refused.append(error.code)
            raise

    try_job(runtime, job_id, handlers=handle_by(handler))

    assert refused == ["job-fenced"]
    assert jobs.marks() == []
    assert jobs.row(job_id)["token"] == 2
    assert jobs.states() == {"running": 1}


def take_away(session: Session, job_id: UUID) -> None:
    """The lease ran out and another worker has the job."""
    session.connection().execute(JOB.update().where(JOB.c.id == job_id).values(lease_until=JOB.c.created_at))
    assert claim_job(session, job_id=job_id, lease_s=60) is not None
