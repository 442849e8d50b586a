"""Promising jobs."""

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, NotFoundError
from fulfillment.store.clock import advance_clock, read_now
from fulfillment.store.columns import table_of
from fulfillment.store.job_claims import bury_job, claim_job, finish_job
from fulfillment.store.jobs import NewJob, due_jobs, enqueue, enqueue_many, revive_dead_job
from fulfillment.store.tables import Job, JobState

JOB = table_of(Job)


def count(session: Session) -> int:
    return session.connection().execute(sa.select(sa.func.count()).select_from(JOB)).scalar_one()


def test_a_key_promises_one_job_while_it_has_not_ended(session: Session) -> None:
    first = enqueue(session, kind="send", payload={"n": 1}, key="a")

    second = enqueue(session, kind="send", payload={"n": 2}, key="a")

    assert second == first
    assert session.connection().execute(sa.select(JOB.c.payload)).scalars().all() == [{"n": 1}]


def test_a_key_of_another_kind_is_another_job(session: Session) -> None:
    first = enqueue(session, kind="send", payload={}, key="a")

    assert enqueue(session, kind="settle", payload={}, key="a") != first


def test_jobs_without_a_key_are_all_promised(session: Session) -> None:
    made = enqueue_many(session, jobs=[NewJob("send"), NewJob("send")])

    assert len(set(made)) == 2


def test_a_key_is_free_again_once_its_job_is_done(session: Session) -> None:
    first = enqueue(session, kind="send", payload={}, key="a")
    claim = claim_job(session, job_id=first, lease_s=10)
    assert claim is not None
    finish_job(session, claim=claim)

    assert enqueue(session, kind="send", payload={}, key="a") != first


def test_once_is_for_ever_even_when_the_job_is_done(session: Session) -> None:
    first = enqueue(session, kind="send", payload={}, key="day", is_once=True)
    claim = claim_job(session, job_id=first, lease_s=10)
    assert claim is not None
    finish_job(session, claim=claim)

    assert enqueue(session, kind="send", payload={}, key="day", is_once=True) == first
    assert count(session) == 1


def test_two_wishes_under_one_key_in_one_batch_make_one_job(session: Session) -> None:
    made = enqueue_many(
        session, jobs=[NewJob("send", key="a"), NewJob("send", key="a"), NewJob("send", key="b")]
    )

    assert len(made) == 2


def test_an_empty_batch_promises_nothing(session: Session) -> None:
    assert enqueue_many(session, jobs=[]) == []


def test_due_jobs_come_by_priority_and_then_by_age(session: Session) -> None:
    ordinary = enqueue(session, kind="send", payload={})
    urgent = enqueue(session, kind="send", payload={}, priority=5)
    enqueue(session, kind="send", payload={}, due_at=read_now(session) + timedelta(hours=1))

    assert due_jobs(session, limit=10) == [urgent, ordinary]
    assert due_jobs(session, limit=1) == [urgent]


def test_a_waiting_job_is_due_when_the_business_clock_reaches_its_time(session: Session) -> None:
    advance_clock(session, by=timedelta(days=3))
    job_id = enqueue(session, kind="send", payload={}, due_at=read_now(session) + timedelta(hours=2))

    advance_clock(session, by=timedelta(hours=1))
    too_early = due_jobs(session, limit=10)
    advance_clock(session, by=timedelta(hours=1))
    in_time = due_jobs(session, limit=10)

    assert too_early == []
    assert in_time == [job_id]


def test_a_dead_job_is_revived_with_all_its_attempts(session: Session) -> None:
    job_id = enqueue(session, kind="send", payload={})
    claim = claim_job(session, job_id=job_id, lease_s=10)
    assert claim is not None
    bury_job(session, claim=claim, error="broken")

    revive_dead_job(session, job_id=job_id)
    again = claim_job(session, job_id=job_id, lease_s=10)

    assert again is not None
    assert (again.attempts, again.token) == (1, 2)


def test_a_job_that_is_not_dead_cannot_be_revived(session: Session) -> None:
    job_id = enqueue(session, kind="send", payload={})

    with pytest.raises(ConflictError, match="is queued; only a dead job"):
        revive_dead_job(session, job_id=job_id)


def test_an_unknown_job_cannot_be_revived(session: Session) -> None:
    with pytest.raises(NotFoundError):
        revive_dead_job(session, job_id=uuid4())


def test_a_dead_job_whose_key_was_promised_again_is_not_revived(session: Session) -> None:
    job_id = enqueue(session, kind="send", payload={}, key="a")
    claim = claim_job(session, job_id=job_id, lease_s=10)
    assert claim is not None
    bury_job(session, claim=claim, error="broken")
    enqueue(session, kind="send", payload={}, key="a")

    with pytest.raises(ConflictError, match="Another job"):
        revive_dead_job(session, job_id=job_id)

    state = session.connection().execute(sa.select(JOB.c.state).where(JOB.c.id == job_id)).scalar_one()
    assert state is JobState.DEAD
