"""The outbox: a job is there if and only if the transaction that promised it committed.

The queue in Redis is only the doorbell. Whoever works on a job first claims it, see `job_claims`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, NotFoundError
from fulfillment.core.ids import new_id
from fulfillment.store.columns import JSON_TYPE, table_of
from fulfillment.store.job_claims import queued_in
from fulfillment.store.tables import MAX_ATTEMPTS, Job, JobState

CHANNEL: Final = "fulfillment_jobs"
LIVE = (JobState.QUEUED, JobState.RUNNING)

JOB = table_of(Job)

# One statement for any number of jobs: it is planned once, inserts them, and rings for those that are due.
ENQUEUE = sa.text(
    """
    WITH made AS (
        INSERT INTO job (
            id, kind, key, is_once, payload, state, priority, due_at, attempts, max_attempts, token
        )
        SELECT id, kind, key, is_once, payload, 'queued', priority,
            -- The wish is in business time, the table in the database's own.
            greatest(due_at - coalesce((SELECT shift FROM clock_setting), interval '0'), now()),
            0, :max_attempts, 0
        FROM jsonb_to_recordset(:wishes) AS wish (
            id uuid, kind text, key text, is_once boolean, payload jsonb, priority integer,
            due_at timestamptz
        )
        ON CONFLICT DO NOTHING
        RETURNING id, due_at
    )
    SELECT id, CASE WHEN due_at <= now() THEN pg_notify(:channel, id::text) END FROM made
    """
).bindparams(
    sa.bindparam("wishes", type_=JSON_TYPE),
    sa.bindparam("channel", CHANNEL),
    sa.bindparam("max_attempts", MAX_ATTEMPTS),
)


@dataclass(frozen=True)
class NewJob:
    """A job to be promised; the same `key` and kind promise it only once while it has not ended."""

    kind: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    due_at: datetime | None = None
    priority: int = 0
    is_once: bool = False


def enqueue(
    session: Session,
    *,
    kind: str,
    payload: Mapping[str, Any],
    key: str | None = None,
    due_at: datetime | None = None,
    priority: int = 0,
    is_once: bool = False,
) -> UUID:
    """The job will run after this transaction commits; returns its id, or that of the job with its key.

    `due_at` is an instant of the business clock, as a rule `read_now` plus a span. A key promises one job
    of its kind as long as that job has not ended; with `is_once`, one for ever.
    """
    wish = NewJob(kind, payload, key=key, due_at=due_at, priority=priority, is_once=is_once)
    while True:
        made = enqueue_many(session, jobs=[wish])
        if made:
            return made[0]
        found = _find_by_key(session, kind=kind, key=key)
        # None: the job that stood in the way ended between the two statements, so there is room now.
        if found is not None:
            return found


def enqueue_many(session: Session, *, jobs: Sequence[NewJob]) -> list[UUID]:
    """The jobs will run after this transaction commits; returns the ids of those that are new.

    PostgreSQL delivers the ring on commit, and only then.
    """
    if not jobs:
        return []
    wishes = [
        {
            "id": str(new_id()),
            "kind": job.kind,
            "key": job.key,
            "is_once": job.is_once,
            "payload": dict(job.payload),
            "priority": job.priority,
            "due_at": None if job.due_at is None else job.due_at.isoformat(),
        }
        for job in jobs
    ]
    return list(session.connection().execute(ENQUEUE, {"wishes": wishes}).scalars())


def revive_dead_job(session: Session, *, job_id: UUID) -> None:
    """A dead job is due again with all its attempts.

    Raises:
        NotFoundError: there is no such job.
        ConflictError: it is not dead, or another job has been promised under its key.
    """
    job = (
        session.connection().execute(sa.select(JOB).where(JOB.c.id == job_id).with_for_update()).one_or_none()
    )
    if job is None:
        raise NotFoundError(f"There is no job {job_id}.")
    if job.state is not JobState.DEAD:
        raise ConflictError(f"Job {job_id} is {job.state.value}; only a dead job can be revived.")
    if job.key is not None and _find_by_key(session, kind=job.kind, key=job.key, states=LIVE):
        raise ConflictError(f"Another job does the work of {job_id} already.")
    values = {**queued_in(0), "attempts": 0, "ended_at": None}
    session.connection().execute(sa.update(JOB).where(JOB.c.id == job_id).values(values))
    session.connection().execute(sa.select(sa.func.pg_notify(CHANNEL, str(job_id))))


def due_jobs(session: Session, *, limit: int) -> list[UUID]:
    """Jobs that somebody should work on now, most urgent first: waiting ones, and those left by the dead."""
    now = sa.func.now()
    waiting = (
        sa.select(JOB.c.id)
        .where(JOB.c.state == JobState.QUEUED, JOB.c.due_at <= now)
        .order_by(JOB.c.priority.desc(), JOB.c.due_at)
        .limit(limit)
    )
    abandoned = (
        sa.select(JOB.c.id).where(JOB.c.state == JobState.RUNNING, JOB.c.lease_until < now).limit(limit)
    )
    connection = session.connection()
    found = [*connection.execute(abandoned).scalars(), *connection.execute(waiting).scalars()]
    return found[:limit]


def _find_by_key(
    session: Session, *, kind: str, key: str | None, states: Sequence[JobState] = LIVE
) -> UUID | None:
    """The job that holds this key: one that has not ended, or one promised once for ever."""
    holds = sa.or_(JOB.c.state.in_(states), JOB.c.is_once)
    statement = sa.select(JOB.c.id).where(JOB.c.kind == kind, JOB.c.key == key, holds)
    return session.connection().execute(statement.limit(1)).scalar_one_or_none()


def forget_done_jobs(session: Session, *, before: datetime) -> int:
    """Jobs done before this instant, by the database's own clock, are gone; returns how many.

    Dead jobs stay, because a person has to see to them. A periodic job is promised for the period that has
    begun only, so that forgetting those of old periods brings none of them back.
    """
    done = sa.delete(JOB).where(JOB.c.state == JobState.DONE, JOB.c.ended_at < before)
    return session.connection().execute(done).rowcount
