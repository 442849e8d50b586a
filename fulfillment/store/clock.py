"""The business clock: the database's own time, moved only where a test or a simulation moves it.

Leases and the due times of jobs never use this clock but plain now(), so that moving it cannot end a lease
early. Jobs that wait become due as much sooner as the clock was advanced.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from fulfillment.core.errors import InvalidInputError
from fulfillment.store.columns import table_of
from fulfillment.store.tables import ClockSetting, Job, JobState

CACHE = "business_now"

SETTING = table_of(ClockSetting)
JOB = table_of(Job)
SHIFT = sa.select(SETTING.c.shift).where(SETTING.c.id == 1).scalar_subquery()
BUSINESS_NOW: sa.ColumnElement[datetime] = sa.func.now() + sa.func.coalesce(SHIFT, sa.text("interval '0'"))
"""The business clock as an expression, for statements that already go to the database."""


def read_now(session: Session) -> datetime:
    """The one instant this transaction happens at, by the business clock; asked once and remembered."""
    transaction = session.get_transaction()
    cached = session.info.get(CACHE)
    if cached is not None and transaction is not None and cached[0] is transaction:
        instant: datetime = cached[1]
        return instant
    found = session.connection().execute(sa.select(BUSINESS_NOW)).scalar_one()
    return remember_now(session, found)


def remember_now(session: Session, now: datetime) -> datetime:
    """Later calls of `read_now` in this transaction answer with this instant, without a question."""
    session.info[CACHE] = (session.get_transaction(), now)
    return now


def set_clock(session: Session, *, now: datetime) -> datetime:
    """The business clock shows `now` and runs on from there; returns it.

    Whoever calls this has checked that the mode is not production.

    Raises:
        InvalidInputError: `now` has no time zone.
    """
    if now.tzinfo is None:
        raise InvalidInputError("The clock needs an instant with a time zone, such as 2026-11-02T09:00:00Z.")
    shift = sa.type_coerce(sa.literal(now, sa.DateTime(timezone=True)) - sa.func.now(), sa.Interval)
    return _shift_to(session, shift)


def advance_clock(session: Session, *, by: timedelta) -> datetime:
    """The business clock runs further ahead by a span of time; returns what it shows now.

    Raises:
        InvalidInputError: the span is negative; events already recorded would lie in the future.
    """
    if by < timedelta(0):
        raise InvalidInputError("The clock can only be advanced; give a span of zero seconds or more.")
    return _shift_to(session, sa.func.coalesce(SHIFT, sa.text("interval '0'")) + sa.literal(by, sa.Interval))


def _shift_to(session: Session, shift: sa.ColumnElement[timedelta]) -> datetime:
    """The stored shift has this value, waiting jobs keep their business time."""
    connection = session.connection()
    current = sa.select(sa.func.coalesce(SHIFT, sa.text("interval '0'")))
    before = connection.execute(current).scalar_one()
    statement = insert(SETTING).values(id=1, shift=shift)
    statement = statement.on_conflict_do_update(
        index_elements=["id"], set_={"shift": statement.excluded.shift}
    )
    after = connection.execute(statement.returning(SETTING.c.shift)).scalar_one()
    connection.execute(
        sa.update(JOB)
        .where(JOB.c.state == JobState.QUEUED, JOB.c.due_at > sa.func.now())
        .values(due_at=JOB.c.due_at - (after - before))
    )
    session.info.pop(CACHE, None)
    return read_now(session)
