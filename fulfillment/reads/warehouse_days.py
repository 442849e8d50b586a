"""How many parcels each warehouse can still send, by its own day and cut-off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.routing.rows import WarehouseRow

DAYS_AHEAD: Final = 3
"""Later departures that a plan counts on: an order is not left without stock because today is full."""

# A fulfillment order that is not packed yet will be one parcel at least; a packed one is as many as it has.
_TAKEN = sa.text("""
    SELECT f.warehouse_code, w.released_at,
        greatest(1, (SELECT count(*) FROM parcel p
            WHERE p.fulfillment_order_id = f.id AND p.state <> 'cancelled')) AS parcels
    FROM fulfillment_order f JOIN wave w ON w.id = f.wave_id
    WHERE w.released_at >= :since AND f.state NOT IN ('promised', 'backordered', 'cancelled')
    """)


@dataclass(frozen=True)
class Taken:
    """Parcels of fulfillment orders that were released today, before the cut-off and after it."""

    before_cutoff: int = 0
    after_cutoff: int = 0


def read_taken(session: Session, *, sites: Sequence[sa.Row[Any]], now: datetime) -> dict[str, Taken]:
    """What each warehouse has released since its day began, in its own time."""
    known = {site.code: site for site in sites}
    begins = {site.code: _today_at(site.time_zone, time(0), now) for site in sites}
    taken: dict[str, Taken] = {}
    for row in session.connection().execute(_TAKEN, {"since": min(begins.values(), default=now)}):
        site = known[row.warehouse_code]
        if row.released_at < begins[site.code]:
            continue
        before = taken.get(site.code, Taken())
        is_late = row.released_at >= _today_at(site.time_zone, site.cutoff_at, now)
        taken[site.code] = Taken(
            before.before_cutoff + (0 if is_late else row.parcels),
            before.after_cutoff + (row.parcels if is_late else 0),
        )
    return taken


def warehouse_row(site: sa.Row[Any], *, now: datetime, taken: Taken | None = None) -> WarehouseRow:
    """The warehouse as the planner sees it; without `taken` its capacity is left out.

    Past the cut-off, and once today is full, parcels leave a day later. Today's parcels and those of the next
    departures count together.
    """
    is_over = now >= _today_at(site.time_zone, site.cutoff_at, now)
    capacity = None
    if taken is not None:
        daily = site.daily_parcel_capacity
        today = 0 if is_over else max(0, daily - taken.before_cutoff)
        capacity = today + max(0, DAYS_AHEAD * daily - taken.after_cutoff)
        is_over = is_over or not today
    return WarehouseRow(
        code=site.code,
        capacity=capacity,
        handling_minor=site.handling_minor,
        ready_days=1 if is_over else 0,
        is_open=site.is_active,
    )


def _today_at(time_zone: str, clock: time, now: datetime) -> datetime:
    """The instant at which it is, or was, this time there today."""
    zone = ZoneInfo(time_zone)
    return datetime.combine(now.astimezone(zone).date(), clock, tzinfo=zone).astimezone(UTC)
