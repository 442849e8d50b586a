"""Claims, leases and fencing."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.store.actors import SYSTEM
from fulfillment.store.audit_trail import record
from fulfillment.store.columns import table_of
from fulfillment.store.job_claims import (
    Claim,
    FencedError,
    bury_exhausted_jobs,
    claim_job,
    defer_job,
    extend_lease,
    finish_job,
    retry_delay_s,
    retry_job,
)
from fulfillment.store.jobs import due_jobs, enqueue
from fulfillment.store.session import in_transaction
from fulfillment.store.tables import AuditEntry, Job, JobState

JOB = table_of(Job)
ENTRY = table_of(AuditEntry)


def promise(engine: Engine) -> UUID:
    return in_transaction(engine, lambda session: enqueue(session, kind="send", payload={"n": 1}))


def claim(engine: Engine, job_id: UUID, *, lease_s: float = 60) -> Claim | None:
    return in_transaction(engine, lambda session: claim_job(session, job_id=job_id, lease_s=lease_s))


def must_claim(engine: Engine, job_id: UUID, *, lease_s: float = 60) -> Claim:
    found = claim(engine, job_id, lease_s=lease_s)
    assert found is not None
    return found


def row(engine: Engine, job_id: UUID) -> "sa.Row[tuple[object, ...]]":
    with engine.connect() as connection:
        return connection.execute(sa.select(JOB).where(JOB.c.id == job_id)).one()


def test_a_claim_counts_the_attempt_before_the_work(engine: Engine) -> None:
    job_id = promise(engine)

    found = claim(engine, job_id)

    assert found == Claim(job_id=job_id, kind="send", payload={"n": 1}, token=1, attempts=1, max_attempts=5)
    assert row(engine, job_id).attempts == 1


def test_a_claimed_job_is_not_to_be_had(engine: Engine) -> None:
    job_id = promise(engine)
    must_claim(engine, job_id)

    assert claim(engine, job_id) is None


def test_of_sixteen_workers_one_gets_the_job(engine: Engine) -> None:
    job_id = promise(engine)
    start = threading.Barrier(16)

    def worker(_number: int) -> Claim | None:
        start.wait()
        return claim(engine, job_id)

    with ThreadPoolExecutor(16) as pool:
        claims = list(pool.map(worker, range(16)))

    assert len([found for found in claims if found is not None]) == 1
    assert row(engine, job_id).attempts == 1


def test_a_job_whose_lease_ran_out_is_due_and_to_be_had(engine: Engine) -> None:
    job_id = promise(engine)
    must_claim(engine, job_id, lease_s=-1)

    assert in_transaction(engine, lambda session: due_jobs(session, limit=10)) == [job_id]
    assert must_claim(engine, job_id).token == 2


def test_a_stale_worker_cannot_finish_and_its_effect_is_not_saved(engine: Engine) -> None:
    job_id = promise(engine)
    stale = must_claim(engine, job_id, lease_s=-1)
    current = must_claim(engine, job_id)

    def finish(session: Session, own: Claim, mark: str) -> None:
        record(session, actor=SYSTEM, deed=mark, object_kind="job", object_id=job_id)
        finish_job(session, claim=own)

    with pytest.raises(FencedError):
        in_transaction(engine, lambda session: finish(session, stale, "stale"))
    in_transaction(engine, lambda session: finish(session, current, "current"))
    with pytest.raises(FencedError):
        in_transaction(engine, lambda session: finish(session, stale, "late"))

    with engine.connect() as connection:
        assert connection.execute(sa.select(ENTRY.c.deed)).scalars().all() == ["current"]
    assert row(engine, job_id).state is JobState.DONE


@pytest.mark.parametrize(
    "write_back",
    [
        lambda session, own: retry_job(session, claim=own, error="x"),
        lambda session, own: extend_lease(session, claim=own, lease_s=1),
        lambda session, own: defer_job(session, claim=own, delay_s=1),
    ],
    ids=["retry", "extend", "defer"],
)
def test_a_stale_worker_can_write_nothing_back(engine: Engine, write_back: object) -> None:
    job_id = promise(engine)
    stale = must_claim(engine, job_id, lease_s=-1)
    must_claim(engine, job_id)
    before = row(engine, job_id)

    assert callable(write_back)
    with pytest.raises(FencedError):
        in_transaction(engine, lambda session: write_back(session, stale))

    assert row(engine, job_id) == before


def test_a_failed_job_waits_and_is_dead_after_five_attempts(engine: Engine) -> None:
    job_id = promise(engine)

    for _ in range(4):
        own = must_claim(engine, job_id)
        state = in_transaction(engine, lambda session: retry_job(session, claim=own, error="no", delay_s=0))  # noqa: B023 - called at once
        assert state is JobState.QUEUED
    last = must_claim(engine, job_id)
    state = in_transaction(engine, lambda session: retry_job(session, claim=last, error="never"))

    assert state is JobState.DEAD
    assert row(engine, job_id).last_error == "never"
    assert claim(engine, job_id) is None


def test_a_job_that_waits_for_its_next_attempt_is_not_to_be_had(engine: Engine) -> None:
    job_id = promise(engine)
    own = must_claim(engine, job_id)
    in_transaction(engine, lambda session: retry_job(session, claim=own, error="no", delay_s=60))

    assert claim(engine, job_id) is None
    assert in_transaction(engine, lambda session: due_jobs(session, limit=10)) == []


def test_a_deferred_job_keeps_all_its_attempts(engine: Engine) -> None:
    job_id = promise(engine)
    own = must_claim(engine, job_id)
    in_transaction(engine, lambda session: defer_job(session, claim=own, delay_s=0))

    again = must_claim(engine, job_id)

    assert (again.attempts, again.token) == (1, 2)


def test_a_job_whose_process_died_five_times_is_buried_and_not_before(engine: Engine) -> None:
    job_id = promise(engine)
    for _ in range(4):
        must_claim(engine, job_id, lease_s=-1)
    too_early = in_transaction(engine, bury_exhausted_jobs)
    must_claim(engine, job_id, lease_s=-1)

    assert too_early == []
    assert claim(engine, job_id) is None
    assert in_transaction(engine, bury_exhausted_jobs) == [job_id]
    assert row(engine, job_id).state is JobState.DEAD


def test_an_extended_lease_lasts(engine: Engine) -> None:
    job_id = promise(engine)
    own = must_claim(engine, job_id, lease_s=-1)

    in_transaction(engine, lambda session: extend_lease(session, claim=own, lease_s=60))

    assert claim(engine, job_id) is None


def test_delays_between_attempts_grow_to_a_minute() -> None:
    assert [retry_delay_s(attempts) for attempts in (1, 2, 3, 4, 5)] == [1, 4, 16, 60, 60]
