"""Commission periods: which one an event belongs to, by the company's own calendar."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from fulfillment.commissions.tables import CommissionPeriod
from fulfillment.core.errors import ConflictError, NotFoundError
from fulfillment.store.columns import table_of

PERIOD = table_of(CommissionPeriod)


def find_open_period(session: Session, *, at: datetime, time_zone: str) -> str:
    """The code of the period that takes an event now: the one it falls in, or the next that is open.

    A span that nobody has set up becomes a period when its first event comes: the month, as far as no other
    period has taken of it. The period cannot be closed before the caller's transaction ends, so that no event
    slips into a closed one.
    """
    connection = session.connection()
    instant = at
    while True:
        query = (
            sa.select(PERIOD.c.code, PERIOD.c.closed_at, PERIOD.c.ends_at)
            .where(PERIOD.c.starts_at <= instant, PERIOD.c.ends_at > instant)
            .order_by(PERIOD.c.starts_at)
            .limit(1)
            .with_for_update(read=True)
        )
        found = connection.execute(query).one_or_none()
        if found is None:
            _open_month(session, at=instant, time_zone=time_zone)
            continue
        if found.closed_at is None:
            code: str = found.code
            return code
        instant = found.ends_at


def close_period(session: Session, *, code: str, now: datetime) -> None:
    """The period takes no more events; what comes later goes to the next.

    Raises:
        NotFoundError: there is no such period.
        ConflictError: it is closed already, or has not ended.
    """
    statement = (
        sa.update(PERIOD)
        .where(PERIOD.c.code == code, PERIOD.c.closed_at.is_(None), PERIOD.c.ends_at <= now)
        .values(closed_at=now)
    )
    if session.connection().execute(statement).rowcount == 1:
        return
    found = session.connection().execute(sa.select(PERIOD.c.closed_at).where(PERIOD.c.code == code))
    row = found.one_or_none()
    if row is None:
        raise NotFoundError(f"There is no commission period {code}.")
    state = "closed already" if row.closed_at else "still running"
    raise ConflictError(f"Commission period {code} is {state}; it cannot be closed now.")


def list_periods(session: Session) -> Sequence[sa.Row[Any]]:
    """All periods, the latest first."""
    query = sa.select(PERIOD).order_by(PERIOD.c.starts_at.desc())
    return session.connection().execute(query).all()


def _open_month(session: Session, *, at: datetime, time_zone: str) -> None:
    """The month of an instant is a period, between those that stand before and after it."""
    zone = ZoneInfo(time_zone)
    local = at.astimezone(zone)
    first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    starts, ends = first.astimezone(UTC), (first + timedelta(days=32)).replace(day=1).astimezone(UTC)
    connection = session.connection()
    before = sa.select(sa.func.max(PERIOD.c.ends_at)).where(PERIOD.c.ends_at <= at)
    after = sa.select(sa.func.min(PERIOD.c.starts_at)).where(PERIOD.c.starts_at > at)
    starts = max(starts, connection.execute(before).scalar_one() or starts)
    ends = min(ends, connection.execute(after).scalar_one() or ends)
    taken = sa.select(PERIOD.c.starts_at).where(
        PERIOD.c.code == f"{first:%Y-%m}", PERIOD.c.starts_at != starts
    )
    is_taken = connection.execute(taken).one_or_none() is not None
    code = f"{starts.astimezone(zone):%Y-%m-%d}" if is_taken else f"{first:%Y-%m}"
    connection.execute(
        insert(PERIOD).values(code=code, starts_at=starts, ends_at=ends).on_conflict_do_nothing()
    )
