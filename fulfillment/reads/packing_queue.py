"""The packing bench's work: fulfillment orders with picked units that are in no parcel yet."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import NotFoundError


@dataclass(frozen=True)
class PartToPack:
    """A fulfillment order at the bench; `to_pick` units of it are still in their bins."""

    id: uuid.UUID
    number: str
    order_number: str
    recipient: str
    wave_number: str | None
    totes: str
    to_pack: int
    to_pick: int
    promised_ship_by: datetime | None


_QUEUE = """
    SELECT f.id, f.number, o.number AS order_number, coalesce(o.ship_to->>'name', '') AS recipient,
        w.number AS wave_number,
        coalesce((SELECT string_agg(DISTINCT t.tote, ', ') FROM pick_task t
            WHERE t.fulfillment_order_id = f.id AND t.tote IS NOT NULL), '') AS totes,
        CAST(sum(n.qty_picked - n.qty_packed) AS integer) AS to_pack,
        CAST(sum(n.qty - n.qty_picked) AS integer) AS to_pick, o.promised_ship_by
    FROM fulfillment_order f JOIN customer_order o ON o.id = f.order_id
    JOIN fulfillment_order_line n ON n.fulfillment_order_id = f.id LEFT JOIN wave w ON w.id = f.wave_id
    WHERE f.warehouse_code = :warehouse_code AND f.state = 'picking'
    """
_LIST = sa.text(f"""{_QUEUE}
    GROUP BY f.id, o.id, w.number HAVING sum(n.qty_picked - n.qty_packed) > 0
    ORDER BY sum(n.qty - n.qty_picked) > 0, o.priority, o.promised_ship_by, f.id LIMIT :limit
    """)
_FIND = sa.text("""
    SELECT f.id FROM fulfillment_order f JOIN customer_order o ON o.id = f.order_id
    WHERE (f.number = :code OR o.number = :code OR o.source_ref = :code
            OR f.id IN (SELECT fulfillment_order_id FROM pick_task WHERE tote = :code))
        AND f.state IN ('picking', 'packed') AND f.warehouse_code = :warehouse_code
    ORDER BY f.state = 'packed', f.id DESC LIMIT 1
    """)
_CODES = sa.text("""
    SELECT sku, gtin AS code FROM product WHERE sku = ANY(CAST(:skus AS text[])) AND gtin IS NOT NULL
    UNION ALL
    SELECT sku, code FROM product_barcode WHERE sku = ANY(CAST(:skus AS text[])) AND units = 1
    """)


def list_parts_to_pack(session: Session, *, warehouse_code: str, limit: int) -> list[PartToPack]:
    """What waits to be packed: what is picked completely first, and among that the most urgent."""
    rows = session.connection().execute(_LIST, {"warehouse_code": warehouse_code, "limit": limit})
    return [PartToPack(*row) for row in rows]


def find_part_to_pack(session: Session, *, code: str, warehouse_code: str) -> uuid.UUID:
    """The fulfillment order of a scanned tote, of its own number, or of its order's.

    Raises:
        NotFoundError: none at this warehouse is picked or packed under that code.
    """
    values = {"code": code.strip(), "warehouse_code": warehouse_code}
    found = session.connection().execute(_FIND, values).scalar_one_or_none()
    if found is None:
        raise NotFoundError(
            f"Nothing at {warehouse_code} waits to be packed under {code.strip()}. Scan the tote, or the "
            "number of the order on its pick list.",
            code=code,
        )
    part_id: uuid.UUID = found
    return part_id


def list_unit_codes(session: Session, *, skus: Collection[str]) -> dict[str, list[str]]:
    """The codes that one unit of each article may carry, its SKU first."""
    codes = {sku: [sku] for sku in skus}
    for row in session.connection().execute(_CODES, {"skus": sorted(skus)}):
        codes[row.sku].append(row.code)
    return codes
