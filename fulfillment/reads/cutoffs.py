"""When each warehouse's next cut-off is, as an instant."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.store.columns import table_of
from fulfillment.warehouse.tables import Warehouse

WAREHOUSE = table_of(Warehouse)


def list_next_cutoffs(session: Session, *, now: datetime) -> dict[datetime, list[str]]:
    """The open warehouses by the instant of their next cut-off, the nearest instant first."""
    query = sa.select(WAREHOUSE.c.code, WAREHOUSE.c.time_zone, WAREHOUSE.c.cutoff_at)
    rows = session.connection().execute(query.where(WAREHOUSE.c.is_active).order_by(WAREHOUSE.c.code))
    found: dict[datetime, list[str]] = {}
    for row in rows:
        found.setdefault(next_cutoff(row.time_zone, row.cutoff_at, now=now), []).append(row.code)
    return dict(sorted(found.items()))


def next_cutoff(time_zone: str, cutoff_at: time, *, now: datetime) -> datetime:
    """The first instant from now on at which clocks there show the cut-off; days of 23 and 25 hours count.

    On a day that skips this time it is the instant that time would have been without the jump.
    """
    zone = ZoneInfo(time_zone)
    today = now.astimezone(zone).date()
    instants = (
        datetime.combine(today + timedelta(days=ahead), cutoff_at, tzinfo=zone).astimezone(UTC)
        for ahead in (0, 1)
    )
    return next(instant for instant in instants if instant >= now)
