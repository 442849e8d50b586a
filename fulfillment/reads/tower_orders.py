"""Orders that wait: held, short of stock, or not released yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.store.clock import read_now

_HELD = sa.text("""
    SELECT o.id, o.number, o.hold_code, o.hold_note, o.ordered_at, o.total_minor, o.currency, o.kind,
        o.accepted_at IS NOT NULL AS is_promised, m.number AS member_number,
        coalesce(m.name, o.ship_to->>'name') AS name
    FROM customer_order o LEFT JOIN member m ON m.id = o.member_id
    WHERE o.state = 'held' ORDER BY o.ordered_at, o.id LIMIT :limit
    """)
_MISSING = sa.text("""
    WITH waiting AS (
        SELECT n.sku, sum(n.qty) AS units, count(DISTINCT f.order_id) AS orders,
            min(o.ordered_at) AS since
        FROM fulfillment_order f
        JOIN fulfillment_order_line n ON n.fulfillment_order_id = f.id AND n.qty > 0
        JOIN customer_order o ON o.id = f.order_id
        WHERE f.state = 'backordered' GROUP BY n.sku
    )
    SELECT w.*, p.name,
        coalesce((SELECT sum(greatest(sellable - reserved - kept_back, 0)) FROM availability a
            WHERE a.sku = w.sku), 0) AS free,
        coalesce((SELECT sum(greatest(l.qty_expected - l.qty_received, 0)) FROM receipt_line l
            JOIN receipt r ON r.id = l.receipt_id
            WHERE l.sku = w.sku AND r.state IN ('expected', 'receiving')), 0) AS expected,
        (SELECT min(r.expected_on) FROM receipt_line l JOIN receipt r ON r.id = l.receipt_id
            WHERE l.sku = w.sku AND r.state IN ('expected', 'receiving')) AS expected_on
    FROM waiting w JOIN product p USING (sku)
    ORDER BY w.units DESC, w.sku LIMIT :limit
    """)
_BACKORDERED = sa.text("""
    SELECT o.id, o.number, f.number AS part_number, o.ordered_at,
        coalesce(m.name, o.ship_to->>'name') AS name,
        (SELECT string_agg(n.qty || ' × ' || n.sku, ', ' ORDER BY n.sku) FROM fulfillment_order_line n
            WHERE n.fulfillment_order_id = f.id AND n.qty > 0) AS missing
    FROM fulfillment_order f JOIN customer_order o ON o.id = f.order_id
    LEFT JOIN member m ON m.id = o.member_id
    WHERE f.state = 'backordered' ORDER BY o.ordered_at, f.id LIMIT :limit
    """)  # noqa: RUF001 - the sign for "times", as the page shows it
_UNRELEASED = sa.text("""
    SELECT w.code, w.name, w.time_zone, w.cutoff_at, w.daily_parcel_capacity AS capacity,
        coalesce(q.parts, 0) AS parts, coalesce(q.units, 0) AS units, q.oldest, coalesce(q.late, 0) AS late
    FROM warehouse w LEFT JOIN (
        SELECT f.warehouse_code AS code, count(DISTINCT f.id) AS parts, sum(n.qty) AS units,
            min(o.ordered_at) AS oldest,
            count(DISTINCT f.id) FILTER (WHERE o.promised_ship_by < :now) AS late
        FROM fulfillment_order f JOIN customer_order o ON o.id = f.order_id
        JOIN fulfillment_order_line n ON n.fulfillment_order_id = f.id
        WHERE f.state = 'promised' AND o.state = 'accepted' GROUP BY f.warehouse_code
    ) q USING (code)
    WHERE w.is_active ORDER BY w.code
    """)


@dataclass(frozen=True)
class WaitingHall:
    """What one warehouse has not released, and the minutes to its cut-off; None once that has passed."""

    code: str
    name: str
    parts: int
    units: int
    capacity: int
    oldest: datetime | None
    late: int
    cutoff: str
    minutes_left: int | None


def list_held(session: Session, *, limit: int) -> Sequence[sa.Row[Any]]:
    """Held orders, the oldest first."""
    return session.connection().execute(_HELD, {"limit": limit}).all()


def list_missing_stock(session: Session, *, limit: int) -> Sequence[sa.Row[Any]]:
    """What backorders wait for, article by article: units wanted, free now, and expected from suppliers."""
    return session.connection().execute(_MISSING, {"limit": limit}).all()


def list_backorders(session: Session, *, limit: int) -> Sequence[sa.Row[Any]]:
    """Backordered parts, the oldest order first, with what they lack."""
    return session.connection().execute(_BACKORDERED, {"limit": limit}).all()


def list_waiting_halls(session: Session) -> list[WaitingHall]:
    """Every active warehouse with what it has not released."""
    now = read_now(session)
    return [_hall(row, now) for row in session.connection().execute(_UNRELEASED, {"now": now})]


def _hall(row: Any, now: datetime) -> WaitingHall:  # noqa: ANN401 - a row of the query above
    local = now.astimezone(ZoneInfo(row.time_zone))
    left = (row.cutoff_at.hour - local.hour) * 60 + row.cutoff_at.minute - local.minute
    return WaitingHall(
        code=row.code,
        name=row.name,
        parts=row.parts,
        units=int(row.units),
        capacity=row.capacity,
        oldest=row.oldest,
        late=row.late,
        cutoff=f"{row.cutoff_at:%H:%M}",
        minutes_left=left if left > 0 else None,
    )
