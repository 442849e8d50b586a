"""What an outsider may know about jobs: how many are in each state, and which, page by page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.store.columns import table_of
from fulfillment.store.tables import Job, JobState

JOB = table_of(Job)
SHOWN = (
    JOB.c.id,
    JOB.c.kind,
    JOB.c.key,
    JOB.c.state,
    JOB.c.attempts,
    JOB.c.max_attempts,
    JOB.c.due_at,
    JOB.c.created_at,
    JOB.c.started_at,
    JOB.c.ended_at,
    JOB.c.last_error,
)


def count_jobs(session: Session) -> dict[JobState, int]:
    """How many jobs are in each state; every state is named, and the sum is every job ever promised."""
    statement = sa.select(JOB.c.state, sa.func.count().label("n")).group_by(JOB.c.state)
    found = {row.state: row.n for row in session.connection().execute(statement)}
    return {state: found.get(state, 0) for state in JobState}


def count_jobs_by_kind(session: Session) -> list[tuple[str, JobState, int]]:
    """How many jobs of each kind are in each state, in the order of their names."""
    statement = (
        sa.select(JOB.c.kind, JOB.c.state, sa.func.count())
        .group_by(JOB.c.kind, JOB.c.state)
        .order_by(JOB.c.kind, JOB.c.state)
    )
    return [(kind, state, count) for kind, state, count in session.connection().execute(statement)]


def find_job(session: Session, *, job_id: UUID) -> dict[str, Any] | None:
    """One job as it may be shown, its payload left out; None if there is none."""
    row = session.connection().execute(sa.select(*SHOWN).where(JOB.c.id == job_id)).one_or_none()
    return None if row is None else dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name


def list_jobs(
    session: Session,
    *,
    limit: int,
    states: Sequence[JobState] | None = None,
    kind: str | None = None,
    after: UUID | None = None,
) -> list[dict[str, Any]]:
    """Jobs in the order of their ids, which is the order of their making; `after` is the last id seen."""
    statement = sa.select(*SHOWN).order_by(JOB.c.id).limit(limit)
    if states is not None:
        statement = statement.where(JOB.c.state.in_(states))
    if kind is not None:
        statement = statement.where(JOB.c.kind == kind)
    if after is not None:
        statement = statement.where(JOB.c.id > after)
    rows = session.connection().execute(statement)
    return [dict(row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's documented name


def list_dead_jobs(session: Session, *, limit: int, after: UUID | None = None) -> list[dict[str, Any]]:
    """The jobs that a person must look at, each with the reason of its last failure."""
    return list_jobs(session, limit=limit, states=[JobState.DEAD], after=after)


def oldest_due_at(session: Session) -> datetime | None:
    """Since when the longest-waiting due job has waited; None if nobody waits."""
    statement = sa.select(sa.func.min(JOB.c.due_at)).where(
        JOB.c.state == JobState.QUEUED, JOB.c.due_at <= sa.func.now()
    )
    return session.connection().execute(statement).scalar_one_or_none()
