"""The pulse of the whole house: how many of everything that somebody may have to look at."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.states import FulfillmentOrderState, OrderState
from fulfillment.orders.lifecycle import OrderProgress, derive_progress
from fulfillment.store.clock import read_now

PROGRESS_DAYS = 30
"""Orders older than this are counted only where something is still to be done about them."""
LONGEST_AT_DOCK_DAYS = 60
"""Parcels packed longer ago than this before the days shown are taken to have left before them."""
STALLED_AFTER = timedelta(days=5)
EXPIRING_WITHIN = timedelta(days=60)
"""How far ahead last days of sale are looked at: time enough for a sale, a transfer or a buy-back."""

# The lowest id of a time: ids begin with their milliseconds, so that a range of them needs no other index.
_LOWEST_ID = sa.text("""
    SELECT CAST(
        overlay(
            lpad(to_hex((extract(epoch FROM now() - make_interval(days => :days)) * 1000)::bigint), 12, '0')
            PLACING '-' FROM 9 FOR 0
        ) || '-0000-0000-000000000000' AS uuid)
    """)
_PROGRESS = sa.text("""
    SELECT state, parts, count(*) AS orders FROM (
        SELECT o.state, array_agg(DISTINCT f.state) FILTER (WHERE f.id IS NOT NULL) AS parts
        FROM customer_order o LEFT JOIN fulfillment_order f ON f.order_id = o.id
        WHERE o.id >= CAST(:since AS uuid)
        GROUP BY o.id
    ) each GROUP BY state, parts
    """)
_PULSE = sa.text("""
    SELECT
        (SELECT count(*) FROM customer_order WHERE state = 'held') AS held,
        (SELECT count(*) FROM fulfillment_order WHERE state = 'backordered') AS backordered,
        (SELECT count(*) FROM fulfillment_order f JOIN customer_order o ON o.id = f.order_id
            WHERE f.state = 'promised' AND o.state = 'accepted') AS unreleased,
        (SELECT count(*) FROM wave WHERE state IN ('released', 'picking')) AS waves,
        (SELECT count(*) FROM pick_task t JOIN wave w ON w.id = t.wave_id
            WHERE w.state IN ('released', 'picking') AND t.state = 'open') AS tasks,
        (SELECT count(*) FROM count_task WHERE counted_at IS NULL) AS counts,
        (SELECT coalesce(sum(b.qty), 0) FROM balance b JOIN location l ON l.id = b.location_id
            WHERE l.code = 'MISSING' AND b.qty > 0) AS missing_units,
        (SELECT count(*) FROM parcel WHERE problem IS NOT NULL) AS problems,
        (SELECT count(*) FROM postage WHERE state = 'in_doubt') AS in_doubt,
        (SELECT count(*) FROM parcel WHERE state IN ('packed', 'labeled')) AS waiting_parcels,
        (SELECT count(*) FROM parcel WHERE state = 'shipped'
            AND coalesce(tracking_at, shipped_at) < :stalled_before) AS stalled,
        (SELECT count(*) FROM return_authorization WHERE state = 'received') AS to_inspect,
        (SELECT count(*) FROM refund WHERE state = 'proposed') AS to_approve,
        (SELECT count(*) FROM refund WHERE state IN ('unknown', 'failed')) AS refunds_stuck,
        (SELECT count(*) FROM job WHERE state = 'dead') AS dead_jobs,
        (SELECT count(*) FROM job
            WHERE state = 'queued' AND due_at < now() - interval '1 minute') AS late_jobs,
        (SELECT count(*) FROM (
            SELECT 1 FROM balance b JOIN lot t USING (sku, lot) JOIN location l ON l.id = b.location_id
            JOIN product p ON p.sku = b.sku
            WHERE l.is_sellable AND b.qty > 0 AND t.state = 'sellable'
                AND t.expires_on - p.min_remaining_days <= :expiring_by
            GROUP BY b.sku, b.lot
        ) lots) AS expiring_lots
    """)
_SHIPPED_BY_DAY = sa.text("""
    SELECT d.day::date AS day, coalesce(p.parcels, 0) AS parcels
    FROM generate_series(CAST(:first AS date), CAST(:last AS date), interval '1 day') AS d (day)
    LEFT JOIN (
        SELECT CAST(shipped_at AT TIME ZONE 'UTC' AS date) AS day, count(*) AS parcels FROM parcel
        WHERE id >= CAST(:since AS uuid) AND shipped_at >= :first GROUP BY 1
    ) p ON p.day = d.day
    ORDER BY d.day
    """)


@dataclass(frozen=True)
class Pulse:
    """What the tower's first page counts; `now` is the business clock."""

    now: datetime
    progress: Mapping[OrderProgress, int]
    held: int
    backordered: int
    unreleased: int
    waves: int
    tasks: int
    counts: int
    missing_units: int
    problems: int
    in_doubt: int
    waiting_parcels: int
    stalled: int
    to_inspect: int
    to_approve: int
    refunds_stuck: int
    dead_jobs: int
    late_jobs: int
    expiring_lots: int

    @property
    def orders(self) -> int:
        """All orders counted by progress."""
        return sum(self.progress.values())


def read_pulse(session: Session) -> Pulse:
    """Every count of the tower, in two questions."""
    now = read_now(session)
    values = {"stalled_before": now - STALLED_AFTER, "expiring_by": (now + EXPIRING_WITHIN).date()}
    counts = session.connection().execute(_PULSE, values).one()
    return Pulse(now=now, progress=count_progress(session), **dict(counts._mapping))  # noqa: SLF001 - SQLAlchemy's documented name


def count_progress(session: Session) -> dict[OrderProgress, int]:
    """How many of the last days' orders have come how far; every step is named, in its order."""
    found = dict.fromkeys(OrderProgress, 0)
    since = _lowest_id(session, days=PROGRESS_DAYS)
    for row in session.connection().execute(_PROGRESS, {"since": since}):
        states = [FulfillmentOrderState(state) for state in row.parts or ()]
        found[derive_progress(OrderState(row.state), states)] += row.orders
    return found


def count_shipped_by_day(session: Session, *, days: int) -> list[tuple[datetime, int]]:
    """Parcels the carriers took on each of the last days, today last."""
    last = read_now(session).date()
    values = {
        "first": last - timedelta(days=days - 1),
        "last": last,
        "since": _lowest_id(session, days=days + LONGEST_AT_DOCK_DAYS),
    }
    return [(row.day, row.parcels) for row in session.connection().execute(_SHIPPED_BY_DAY, values)]


def _lowest_id(session: Session, *, days: int) -> uuid.UUID:
    """No row made within the last days has a lower id; by the clock that makes ids, not the business one."""
    found: uuid.UUID = session.connection().execute(_LOWEST_ID, {"days": days}).scalar_one()
    return found
