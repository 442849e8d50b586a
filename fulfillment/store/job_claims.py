"""The right to work on a job: counted before the work, fenced by a token, ended with its effect.

The time of a job is the database's own: due, leased and expired are never judged by a worker's clock or by
the business clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError
from fulfillment.store.columns import table_of
from fulfillment.store.tables import Job, JobState

MAX_ERROR_LENGTH = 4000
FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 60.0
PROCESS_DIED = "The worker's process died or lost its lease while it ran this job."

JOB = table_of(Job)
ENDED: dict[str, Any] = {"ended_at": sa.func.clock_timestamp(), "lease_until": None}


class FencedError(ConflictError):
    """The lease ran out and the job was given to somebody else; what was done here must not be saved."""

    code = "job-fenced"


@dataclass(frozen=True)
class Claim:
    """The right to work on a job until its lease ends; the token is what its end is checked against."""

    job_id: UUID
    kind: str
    payload: dict[str, Any]
    token: int
    attempts: int
    max_attempts: int

    @property
    def is_last_attempt(self) -> bool:
        """Whether a failure now makes the job dead."""
        return self.attempts >= self.max_attempts


def claim_job(session: Session, *, job_id: UUID, lease_s: float, worker: str = "") -> Claim | None:
    """This job is ours until the lease ends, and the attempt is counted; None if it is not to be had.

    Commit before working: a process that dies at its work has then used up the attempt.
    """
    now = sa.func.now()
    is_free = sa.or_(
        sa.and_(JOB.c.state == JobState.QUEUED, JOB.c.due_at <= now),
        sa.and_(JOB.c.state == JobState.RUNNING, JOB.c.lease_until < now),
    )
    statement = (
        sa.update(JOB)
        .where(JOB.c.id == job_id, is_free, JOB.c.attempts < JOB.c.max_attempts)
        .values(
            state=JobState.RUNNING,
            attempts=JOB.c.attempts + 1,
            token=JOB.c.token + 1,
            lease_until=_lease_end(lease_s),
            started_at=now,
            claimed_by=worker,
        )
        .returning(
            JOB.c.id.label("job_id"),
            JOB.c.kind,
            JOB.c.payload,
            JOB.c.token,
            JOB.c.attempts,
            JOB.c.max_attempts,
        )
    )
    row = session.connection().execute(statement).one_or_none()
    return None if row is None else Claim(**row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name


def extend_lease(session: Session, *, claim: Claim, lease_s: float) -> None:
    """The job stays ours for another lease from now.

    Raises:
        FencedError: it is no longer ours.
    """
    _write_back(session, claim=claim, values={"lease_until": _lease_end(lease_s)})


def require_claim(session: Session, *, claim: Claim) -> None:
    """The job is still ours and cannot be taken before this transaction ends.

    Raises:
        FencedError: it is no longer ours.
    """
    _write_back(session, claim=claim, values={"token": claim.token})


def finish_job(session: Session, *, claim: Claim, result: Mapping[str, Any] | None = None) -> None:
    """The job is done, in the same transaction as its effect.

    Raises:
        FencedError: it is no longer ours; the caller's transaction must not commit.
    """
    values = {"state": JobState.DONE, "result": None if result is None else dict(result), "last_error": None}
    _write_back(session, claim=claim, values={**values, **ENDED})


def retry_job(session: Session, *, claim: Claim, error: str, delay_s: float | None = None) -> JobState:
    """The job runs again after the delay, or is dead because this was its last attempt; returns which.

    Raises:
        FencedError: it is no longer ours.
    """
    if claim.is_last_attempt:
        bury_job(session, claim=claim, error=error)
        return JobState.DEAD
    delay = retry_delay_s(claim.attempts) if delay_s is None else delay_s
    _write_back(session, claim=claim, values={**queued_in(delay), "last_error": error[:MAX_ERROR_LENGTH]})
    return JobState.QUEUED


def bury_job(session: Session, *, claim: Claim, error: str) -> None:
    """The job is dead at once: trying again could not help.

    Raises:
        FencedError: it is no longer ours.
    """
    values = {"state": JobState.DEAD, "last_error": error[:MAX_ERROR_LENGTH], **ENDED}
    _write_back(session, claim=claim, values=values)


def defer_job(session: Session, *, claim: Claim, delay_s: float) -> None:
    """The job looks again after the delay, and this look does not count as an attempt.

    For work that waits for somebody else's answer; it must have an end of its own.

    Raises:
        FencedError: it is no longer ours.
    """
    _write_back(session, claim=claim, values={**queued_in(delay_s), "attempts": JOB.c.attempts - 1})


def retry_delay_s(attempts: int) -> float:
    """Seconds to wait after this many attempts: 1, 4, 16, then 60."""
    return min(LONGEST_RETRY_S, FIRST_RETRY_S * 4.0 ** (attempts - 1))


def bury_exhausted_jobs(session: Session) -> list[UUID]:
    """Jobs whose last attempt ended with their process are dead; returns their ids."""
    statement = (
        sa.update(JOB)
        .where(
            JOB.c.state == JobState.RUNNING,
            JOB.c.lease_until < sa.func.now(),
            JOB.c.attempts >= JOB.c.max_attempts,
        )
        .values(state=JobState.DEAD, last_error=PROCESS_DIED, **ENDED)
        .returning(JOB.c.id)
    )
    return list(session.connection().execute(statement).scalars())


def _write_back(session: Session, *, claim: Claim, values: Mapping[str, Any]) -> None:
    """The job's row is changed if its token is still the claim's.

    Raises:
        FencedError: it is not.
    """
    statement = (
        sa.update(JOB)
        .where(JOB.c.id == claim.job_id, JOB.c.token == claim.token, JOB.c.state == JobState.RUNNING)
        .values(values)
    )
    if session.connection().execute(statement).rowcount != 1:
        raise FencedError(
            f"Job {claim.job_id} was given to another worker; this attempt's result is discarded.",
            job_id=str(claim.job_id),
        )


def _lease_end(lease_s: float) -> sa.ColumnElement[datetime]:
    """The end of a lease that begins now. The statement's own time: the transaction may be older."""
    return sa.type_coerce(sa.func.clock_timestamp() + timedelta(seconds=lease_s), sa.DateTime(timezone=True))


def queued_in(delay_s: float) -> dict[str, Any]:
    """The columns of a job that waits."""
    due_at = sa.func.now() + timedelta(seconds=delay_s)
    return {"state": JobState.QUEUED, "due_at": due_at, "lease_until": None, "claimed_by": None}
