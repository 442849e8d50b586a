"""The floors of all warehouses: open waves, counts that are due, units nobody found, lots about to expire."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.states import WaveState
from fulfillment.store.clock import read_now
from fulfillment.store.columns import enum_type

_WAVES = sa.text("""
    SELECT w.id, w.number, w.warehouse_code, w.state, w.released_at, w.released_by,
        count(*) AS tasks,
        count(*) FILTER (WHERE t.state = 'open') AS open,
        count(*) FILTER (WHERE t.state = 'done') AS done,
        count(*) FILTER (WHERE t.state = 'short') AS short,
        count(DISTINCT t.fulfillment_order_id) AS orders,
        count(DISTINCT t.picker_id) FILTER (WHERE t.claimed_until > now()) AS pickers
    FROM wave w JOIN pick_task t ON t.wave_id = w.id
    WHERE w.state IN ('released', 'picking')
    GROUP BY w.id ORDER BY w.released_at, w.number LIMIT :limit
    """).columns(state=enum_type(WaveState))
_COUNTS = sa.text("""
    SELECT c.id, l.warehouse_code, l.code AS bin, c.sku, p.name, c.lot, c.reason, c.qty_expected, c.opened_by,
        c.created_at
    FROM count_task c JOIN location l ON l.id = c.location_id JOIN product p ON p.sku = c.sku
    WHERE c.counted_at IS NULL ORDER BY c.created_at LIMIT :limit
    """)
_MISSING = sa.text("""
    SELECT l.warehouse_code, b.sku, p.name, b.lot, b.qty
    FROM balance b JOIN location l ON l.id = b.location_id JOIN product p ON p.sku = b.sku
    WHERE l.code = 'MISSING' AND b.qty > 0 ORDER BY l.warehouse_code, b.sku, b.lot LIMIT :limit
    """)
_EXPIRING = sa.text("""
    SELECT b.sku, p.name, b.lot, t.expires_on, p.min_remaining_days, sum(b.qty) AS units,
        count(DISTINCT l.warehouse_code) AS halls, sum(b.qty) * p.price_minor AS value_minor, p.currency,
        t.expires_on - p.min_remaining_days AS sell_by
    FROM balance b JOIN lot t USING (sku, lot) JOIN location l ON l.id = b.location_id
    JOIN product p ON p.sku = b.sku
    WHERE l.is_sellable AND b.qty > 0 AND t.state = 'sellable'
        AND t.expires_on - p.min_remaining_days <= :by
    GROUP BY b.sku, p.name, b.lot, t.expires_on, p.min_remaining_days, p.price_minor, p.currency
    ORDER BY t.expires_on - p.min_remaining_days, b.sku LIMIT :limit
    """)


def list_open_waves(session: Session, *, limit: int) -> Sequence[sa.Row[Any]]:
    """Waves on the floor with how far they are, the oldest first."""
    return session.connection().execute(_WAVES, {"limit": limit}).all()


def list_due_counts(session: Session, *, limit: int) -> Sequence[sa.Row[Any]]:
    """Bins somebody has to count, the longest waiting first."""
    return session.connection().execute(_COUNTS, {"limit": limit}).all()


def list_missing_units(session: Session, *, limit: int) -> Sequence[sa.Row[Any]]:
    """Units that stand as missing until their bin is counted."""
    return session.connection().execute(_MISSING, {"limit": limit}).all()


def list_expiring_lots(session: Session, *, within: timedelta, limit: int) -> Sequence[sa.Row[Any]]:
    """Lots whose last day of sale comes soon: their expiry less the days a buyer must have left."""
    by = (read_now(session) + within).date()
    return session.connection().execute(_EXPIRING, {"by": by, "limit": limit}).all()
