"""Unreleased orders that cannot leave in time from where they stand."""

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session

_AT_RISK: Final = sa.text("""
    WITH site AS (
        -- The next day on which parcels leave: today until the cut-off, then tomorrow, in local time.
        SELECT code,
            CAST(CAST(:now AS timestamptz) AT TIME ZONE time_zone AS date)
                + CASE WHEN CAST(CAST(:now AS timestamptz) AT TIME ZONE time_zone AS time) >= cutoff_at
                  THEN 1 ELSE 0 END AS leaves_on,
            time_zone
        FROM warehouse
    )
    SELECT count(DISTINCT o.id)
    FROM fulfillment_order f
    JOIN customer_order o ON o.id = f.order_id
    JOIN site s ON s.code = f.warehouse_code
    WHERE f.state = 'promised' AND o.state = 'accepted'
      AND (s.leaves_on > o.due_on
        OR s.leaves_on > CAST(o.promised_ship_by AT TIME ZONE s.time_zone AS date))
    """)


def count_promises_at_risk(session: Session, *, now: datetime) -> int:
    """Promised orders whose warehouse sends its next parcels after the day they are due or were to leave."""
    found: int = session.connection().execute(_AT_RISK, {"now": now}).scalar_one()
    return found
