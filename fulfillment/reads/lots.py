"""From a lot to everyone who has units of it: what a recall asks, answered by one query."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import NotFoundError

MAX_ROWS = 100_000


@dataclass(frozen=True)
class LotHead:
    """A lot, and how many of its units are where: `by_kind` counts them by kind of location."""

    sku: str
    lot: str
    name: str
    state: str
    expires_on: date | None
    by_kind: dict[str, int]


@dataclass(frozen=True)
class LotShipTo:
    """Units of the lot in one parcel: to whom and where they went, and how far they got.

    `qty_returned` counts what came back of the lot from the whole order, because a return names no parcel.
    """

    order_id: uuid.UUID
    order_number: str
    parcel_id: uuid.UUID
    parcel_number: str
    parcel_state: str
    tracking_number: str | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    member_number: str | None
    ship_to: dict[str, Any]
    qty: int
    qty_returned: int


_HEAD = sa.text("""
    SELECT t.sku, t.lot, p.name, t.state, t.expires_on,
        coalesce((
            SELECT jsonb_object_agg(k.kind, k.qty) FROM (
                SELECT l.kind, sum(b.qty) AS qty FROM balance b JOIN location l ON l.id = b.location_id
                WHERE b.sku = t.sku AND b.lot = t.lot AND b.qty <> 0 GROUP BY l.kind
            ) k), '{}') AS by_kind
    FROM lot t JOIN product p USING (sku) WHERE t.sku = :sku AND t.lot = :lot
    """)
# Cancelled parcels were opened again: their units went nowhere.
_SHIP_TOS = sa.text("""
    SELECT o.id AS order_id, o.number AS order_number, p.id AS parcel_id, p.number AS parcel_number,
        p.state AS parcel_state, p.tracking_number, f.shipped_at, f.delivered_at, m.number AS member_number,
        o.ship_to, CAST(sum(n.qty) AS integer) AS qty,
        coalesce((
            SELECT CAST(sum(v.qty) AS integer) FROM movement v
            JOIN return_line r ON v.subject_kind = 'return_line' AND v.subject_id = CAST(r.id AS text)
            JOIN return_authorization a ON a.id = r.return_id
            WHERE v.reason = 'return_receipt' AND v.sku = :sku AND v.lot = :lot AND a.order_id = o.id
        ), 0) AS qty_returned
    FROM parcel_line n
    JOIN parcel p ON p.id = n.parcel_id
    JOIN fulfillment_order f ON f.id = p.fulfillment_order_id
    JOIN customer_order o ON o.id = p.order_id
    LEFT JOIN member m ON m.id = o.member_id
    WHERE n.sku = :sku AND n.lot = :lot AND p.state <> 'cancelled'
    GROUP BY o.id, p.id, f.shipped_at, f.delivered_at, m.number
    ORDER BY o.number, p.number LIMIT :limit
    """)


def read_lot(session: Session, *, sku: str, lot: str) -> LotHead:
    """The lot and where its units stand; the sum over all places is zero, as in every ledger.

    Raises:
        NotFoundError: there is no such lot.
    """
    row = session.connection().execute(_HEAD, {"sku": sku, "lot": lot}).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no lot {lot} of {sku}.", sku=sku, lot=lot)
    return LotHead(*row)


def list_ship_tos(session: Session, *, sku: str, lot: str) -> list[LotShipTo]:
    """Every parcel that holds units of the lot, with the person and address it was made for."""
    values = {"sku": sku, "lot": lot, "limit": MAX_ROWS}
    return [LotShipTo(*row) for row in session.connection().execute(_SHIP_TOS, values)]
