"""Commission periods: which one an event belongs to, by the company's own calendar."""

from datetime import UTC, datetime, timedelta
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

    A month that nobody has set up begins to exist when its first event comes.
    """
    connection = session.connection()
    instant = at
    while True:
        query = sa.select(PERIOD.c.code, PERIOD.c.closed_at, PERIOD.c.ends_at).where(
            PERIOD.c.starts_at <= instant, PERIOD.c.ends_at > instant
        )
        found = connection.execute(query).one_or_none()
        if found is None:
            return _open_month(session, at=instant, time_zone=time_zone)
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


def _open_month(session: Session, *, at: datetime, time_zone: str) -> str:
    zone = ZoneInfo(time_zone)
    local = at.astimezone(zone)
    starts = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    ends = (starts + timedelta(days=32)).replace(day=1)
    code = f"{starts:%Y-%m}"
    session.connection().execute(
        insert(PERIOD)
        .values(code=code, starts_at=starts.astimezone(UTC), ends_at=ends.astimezone(UTC))
        .on_conflict_do_nothing()
    )
    return code
