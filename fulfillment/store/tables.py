"""What the store itself keeps: keys, jobs, audit, state history, the clock."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field, SQLModel

from fulfillment.store.columns import (
    check,
    created_at_column,
    enum_column,
    id_column,
    json_column,
    number_column,
    text_column,
    utc_column,
)

MAX_ATTEMPTS = 5


class JobState(StrEnum):
    """A job waits, runs under a lease, and ends in exactly one of done and dead."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"


class IdempotencyKey(SQLModel, table=True):
    """One client key, with the fingerprint of its request and the answer it got."""

    __tablename__ = "idempotency_key"

    actor_key: str = text_column(primary_key=True)
    key: str = text_column(primary_key=True)
    fingerprint: str = text_column()
    status: int | None = Field(default=None)
    # JSON and not JSONB: the answer is given again with its members in their first order.
    body: dict[str, Any] | None = Field(default=None, sa_type=postgresql.JSON(none_as_null=True))
    created_at: datetime = created_at_column()

    __table_args__ = (
        check("answer_complete", "(status IS NULL) = (body IS NULL)"),
        sa.Index("ix_idempotency_key_created_at", "created_at"),
    )


class Job(SQLModel, table=True):
    """Work promised by a committed transaction; the queue in Redis is only its doorbell."""

    __tablename__ = "job"

    id: UUID = id_column()
    kind: str = text_column()
    key: str | None = text_column(default=None)
    is_once: bool = Field(default=False)
    payload: dict[str, Any] = json_column(default=dict)
    state: JobState = enum_column(JobState, default=JobState.QUEUED)
    priority: int = Field(default=0)
    due_at: datetime = utc_column()
    attempts: int = Field(default=0)
    max_attempts: int = Field(default=MAX_ATTEMPTS)
    token: int = Field(default=0, sa_type=sa.BigInteger)
    lease_until: datetime | None = utc_column(default=None)
    claimed_by: str | None = text_column(default=None)
    started_at: datetime | None = utc_column(default=None)
    ended_at: datetime | None = utc_column(default=None)
    last_error: str | None = text_column(default=None)
    result: dict[str, Any] | None = json_column(default=None)
    created_at: datetime = created_at_column()

    __table_args__ = (
        check("attempts_in_limit", "attempts BETWEEN 0 AND max_attempts"),
        check("running_has_lease", "(state = 'running') = (lease_until IS NOT NULL)"),
        check("ended_has_time", "(state IN ('done', 'dead')) = (ended_at IS NOT NULL)"),
        check("once_has_key", "NOT is_once OR key IS NOT NULL"),
        sa.Index(
            "uq_job_live_key",
            "kind",
            "key",
            unique=True,
            postgresql_where=sa.text("key IS NOT NULL AND state IN ('queued', 'running')"),
        ),
        sa.Index("uq_job_once_key", "kind", "key", unique=True, postgresql_where=sa.text("is_once")),
        sa.Index(
            "ix_job_queued", sa.text("priority DESC"), "due_at", postgresql_where=sa.text("state = 'queued'")
        ),
        sa.Index("ix_job_running", "lease_until", postgresql_where=sa.text("state = 'running'")),
        sa.Index("ix_job_dead", "ended_at", postgresql_where=sa.text("state = 'dead'")),
    )


class AuditEntry(SQLModel, table=True):
    """Who did what to which object and why; never changed, never deleted."""

    __tablename__ = "audit_entry"

    seq: int | None = number_column()
    at: datetime = utc_column()
    actor_kind: str = text_column()
    actor_id: str = text_column()
    actor_name: str = text_column()
    deed: str = text_column()
    object_kind: str = text_column()
    object_id: str = text_column()
    detail: dict[str, Any] = json_column(default=dict)
    created_at: datetime = created_at_column()

    __table_args__ = (
        sa.Index("ix_audit_entry_object", "object_kind", "object_id", "seq"),
        sa.Index("ix_audit_entry_actor", "actor_kind", "actor_id", "seq"),
    )


class StateHistory(SQLModel, table=True):
    """Every change of every state; never changed, never deleted."""

    __tablename__ = "state_history"

    seq: int | None = number_column()
    at: datetime = utc_column()
    object_kind: str = text_column()
    object_id: str = text_column()
    from_state: str | None = text_column(default=None)
    to_state: str = text_column()
    actor_kind: str = text_column()
    actor_id: str = text_column()
    actor_name: str = text_column()
    reason: str = text_column()
    created_at: datetime = created_at_column()

    __table_args__ = (sa.Index("ix_state_history_object", "object_kind", "object_id", "seq"),)


class AllowedEdge(SQLModel, table=True):
    """The edges of every state machine, as the triggers read them; the application cannot change them."""

    __tablename__ = "allowed_edge"

    object_kind: str = text_column(primary_key=True)
    from_state: str = text_column(primary_key=True)
    to_state: str = text_column(primary_key=True)


class ClockSetting(SQLModel, table=True):
    """How far the business clock runs ahead of the database's; one row at most, none in production."""

    __tablename__ = "clock_setting"

    id: int = Field(
        default=1, primary_key=True, sa_type=sa.SmallInteger, sa_column_kwargs={"autoincrement": False}
    )
    shift: timedelta = Field(sa_type=sa.Interval)

    __table_args__ = (check("single_row", "id = 1"),)
