"""Stock as a person looks it up: what can be promised by article, and what stands in which bin."""

import uuid
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import NotFoundError


@dataclass(frozen=True)
class ArticleStock:
    """What one warehouse can promise of one article."""

    warehouse_code: str
    sku: str
    name: str
    sellable: int
    reserved: int
    kept_back: int

    @property
    def free(self) -> int:
        """Units that can still be promised to anyone."""
        return max(0, self.sellable - self.reserved - self.kept_back)


@dataclass(frozen=True)
class PlaceStock:
    """Units of one lot in one place inside a warehouse."""

    warehouse_code: str
    location_id: uuid.UUID
    location_code: str
    kind: str
    zone: str
    is_sellable: bool
    is_blocked: bool
    sku: str
    name: str
    lot: str
    lot_state: str
    expires_on: date | None
    qty: int
    claimed: int


@dataclass(frozen=True)
class BinFacts:
    """One bin."""

    id: uuid.UUID
    warehouse_code: str
    code: str
    barcode: str
    zone: str
    aisle: str
    is_sellable: bool
    is_blocked: bool


_ARTICLES = sa.text("""
    SELECT a.warehouse_code, a.sku, p.name, a.sellable, a.reserved, a.kept_back
    FROM availability a JOIN product p USING (sku)
    WHERE (CAST(:warehouse_code AS text) IS NULL OR a.warehouse_code = :warehouse_code)
        AND (CAST(:sku AS text) IS NULL OR a.sku = :sku)
        AND (CAST(:text AS text) IS NULL OR a.sku ILIKE :text OR p.name ILIKE :text OR p.gtin LIKE :text)
        AND (a.sku, a.warehouse_code) > (:after_sku, :after_warehouse)
    ORDER BY a.sku, a.warehouse_code LIMIT :limit
    """)
_PLACES = sa.text("""
    SELECT l.warehouse_code, l.id AS location_id, l.code AS location_code, l.kind, l.zone, l.is_sellable,
        l.is_blocked, b.sku, p.name, b.lot, t.state AS lot_state, t.expires_on, b.qty, b.claimed
    FROM balance b JOIN location l ON l.id = b.location_id JOIN product p ON p.sku = b.sku
    JOIN lot t ON t.sku = b.sku AND t.lot = b.lot
    WHERE l.warehouse_code IS NOT NULL AND b.qty <> 0 AND l.kind <> 'shipped'
        AND (CAST(:warehouse_code AS text) IS NULL OR l.warehouse_code = :warehouse_code)
        AND (CAST(:sku AS text) IS NULL OR b.sku = :sku)
        AND (CAST(:bin_code AS text) IS NULL OR l.code = :bin_code OR l.barcode = :bin_code)
        AND (l.warehouse_code, l.code, b.sku, b.lot) >
            (:after_warehouse, :after_code, :after_sku, :after_lot)
    ORDER BY l.warehouse_code, l.code, b.sku, b.lot LIMIT :limit
    """)
_BIN = sa.text("""
    SELECT id, warehouse_code, code, barcode, zone, aisle, is_sellable, is_blocked FROM location
    WHERE kind = 'bin' AND (barcode = :code OR (warehouse_code = :warehouse_code AND code = :code))
    ORDER BY warehouse_code IS DISTINCT FROM :warehouse_code LIMIT 1
    """)
_WAREHOUSES = sa.text("SELECT code, name FROM warehouse WHERE is_active ORDER BY code")


def list_article_stock(
    session: Session,
    *,
    limit: int,
    warehouse_code: str | None = None,
    sku: str | None = None,
    text: str | None = None,
    after: tuple[str, str] = ("", ""),
) -> list[ArticleStock]:
    """What can be promised, by article and warehouse; `after` is the last (SKU, warehouse) seen."""
    values = {
        "warehouse_code": warehouse_code,
        "sku": sku,
        "text": None if text is None else f"%{_plain(text)}%",
        "after_sku": after[0],
        "after_warehouse": after[1],
        "limit": limit,
    }
    return [ArticleStock(*row) for row in session.connection().execute(_ARTICLES, values)]


def list_place_stock(
    session: Session,
    *,
    limit: int,
    warehouse_code: str | None = None,
    sku: str | None = None,
    bin_code: str | None = None,
    after: tuple[str, str, str, str] = ("", "", "", ""),
) -> list[PlaceStock]:
    """What stands where inside the warehouses; `after` is the last (warehouse, place, SKU, lot) seen."""
    values = {
        "warehouse_code": warehouse_code,
        "sku": sku,
        "bin_code": bin_code,
        "after_warehouse": after[0],
        "after_code": after[1],
        "after_sku": after[2],
        "after_lot": after[3],
        "limit": limit,
    }
    return [PlaceStock(*row) for row in session.connection().execute(_PLACES, values)]


def find_bin_facts(session: Session, *, code: str, warehouse_code: str | None) -> BinFacts | None:
    """The bin with this barcode, or with this code in the warehouse."""
    values = {"code": code.strip(), "warehouse_code": warehouse_code}
    row = session.connection().execute(_BIN, values).one_or_none()
    return None if row is None else BinFacts(*row)


def list_warehouses(session: Session) -> list[tuple[str, str]]:
    """(code, name) of the warehouses at work."""
    return [(row.code, row.name) for row in session.connection().execute(_WAREHOUSES)]


def require_one_warehouse(session: Session, *, asked: str | None, own: str | None) -> str:
    """The warehouse a person works in: the one asked for, else her own, else the first there is.

    Raises:
        NotFoundError: there is no such warehouse, or none at all.
    """
    codes = [code for code, _name in list_warehouses(session)]
    if asked is not None and asked not in codes:
        raise NotFoundError(f"There is no warehouse {asked}.", code=asked)
    found = asked or (own if own in codes else None) or next(iter(codes), None)
    if found is None:
        raise NotFoundError("There is no warehouse yet; import the warehouses first.")
    return found


def _plain(text: str) -> str:
    """The text with nothing in it that LIKE reads as a pattern."""
    return text.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
