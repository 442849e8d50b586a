"""Units that came back, by article and lot, from the ledger: in all, and waiting for inspection."""

import uuid
from collections import Counter

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.returns.lots import ByLot
from fulfillment.warehouse.places import place_id

# A kit is announced and counted as one, but comes back as its parts: only the ledger knows them.
_CAME_BACK = sa.text("""
    SELECT m.sku, m.lot, CAST(sum(m.qty) AS integer) AS qty FROM movement m
    JOIN return_line l ON m.subject_kind = 'return_line' AND m.subject_id = CAST(l.id AS text)
    WHERE l.order_line_id = :order_line_id
        AND m.reason = 'return_receipt' AND m.from_location_id = :customer
    GROUP BY 1, 2
    """)
_RECEIVED = sa.text("""
    SELECT sku, lot, CAST(sum(qty) AS integer) AS qty FROM movement
    WHERE subject_kind = 'return_line' AND subject_id = :return_line_id AND reason = 'return_receipt'
    GROUP BY 1, 2 ORDER BY 1, 2
    """)
_SETTLED = sa.text("""
    SELECT m.sku, m.lot, CAST(sum(m.qty) AS integer) AS qty FROM movement m
    JOIN inspection i ON m.subject_kind = 'inspection' AND m.subject_id = CAST(i.id AS text)
    WHERE i.return_line_id = CAST(:return_line_id AS uuid) GROUP BY 1, 2
    """)


def list_units_back(session: Session, *, order_line_id: uuid.UUID) -> ByLot:
    """What customers have sent back of an order line, in whatever return; undelivered parcels count not."""
    asked = {"order_line_id": order_line_id, "customer": place_id("CUSTOMER")}
    rows = session.connection().execute(_CAME_BACK, asked)
    return Counter({(row.sku, row.lot): row.qty for row in rows})


def list_units_waiting(session: Session, *, return_line_id: uuid.UUID) -> ByLot:
    """What stands at the returns place for a return line and is not inspected yet."""
    asked = {"return_line_id": str(return_line_id)}
    waiting = Counter({(row.sku, row.lot): row.qty for row in session.connection().execute(_RECEIVED, asked)})
    waiting.subtract({(row.sku, row.lot): row.qty for row in session.connection().execute(_SETTLED, asked)})
    return +waiting
