"""What may be known of jobs."""

from sqlmodel import Session

from fulfillment.store.job_claims import bury_job, claim_job
from fulfillment.store.job_reports import (
    count_jobs,
    count_jobs_by_kind,
    find_job,
    list_dead_jobs,
    list_jobs,
    oldest_due_at,
)
from fulfillment.store.jobs import enqueue
from fulfillment.store.tables import JobState


def test_every_state_is_counted_also_where_there_is_none(session: Session) -> None:
    enqueue(session, kind="send", payload={})

    assert count_jobs(session) == {
        JobState.QUEUED: 1,
        JobState.RUNNING: 0,
        JobState.DONE: 0,
        JobState.DEAD: 0,
    }
    assert count_jobs_by_kind(session) == [("send", JobState.QUEUED, 1)]


def test_pages_of_jobs_are_complete_and_do_not_overlap(session: Session) -> None:
    made = [enqueue(session, kind="send", payload={}) for _ in range(5)]

    first = list_jobs(session, limit=3)
    second = list_jobs(session, limit=3, after=first[-1]["id"])

    assert sorted(job["id"] for job in first + second) == sorted(made)
    assert len(second) == 2


def test_a_dead_job_is_listed_with_its_reason_and_without_its_payload(session: Session) -> None:
    job_id = enqueue(session, kind="send", payload={"email": "ada@example.net"})
    claim = claim_job(session, job_id=job_id, lease_s=10)
    assert claim is not None
    bury_job(session, claim=claim, error="The address does not exist.")

    (dead,) = list_dead_jobs(session, limit=10)

    assert (dead["id"], dead["last_error"]) == (job_id, "The address does not exist.")
    assert "payload" not in dead
    assert find_job(session, job_id=job_id) == dead


def test_nobody_waits_where_nothing_is_due(session: Session) -> None:
    assert oldest_due_at(session) is None

    enqueue(session, kind="send", payload={})

    assert oldest_due_at(session) is not None
