"""What a scanned code means in the catalog: a SKU, a GTIN in any length, or the code of a case."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.specifications import gtin_spellings


@dataclass(frozen=True)
class NamedUnits:
    """Units of the product a code stands for; more than one for the code of a case."""

    sku: str
    name: str
    units: int
    is_lot_tracked: bool
    is_serial_tracked: bool


_FIND = sa.text("""
    SELECT p.sku, p.name, 1 AS units, p.is_lot_tracked, p.is_serial_tracked
    FROM product p WHERE p.sku = ANY(CAST(:codes AS text[])) OR p.gtin = ANY(CAST(:gtins AS text[]))
    UNION ALL
    SELECT p.sku, p.name, b.units, p.is_lot_tracked, p.is_serial_tracked
    FROM product_barcode b JOIN product p USING (sku) WHERE b.code = ANY(CAST(:codes AS text[]))
    LIMIT 2
    """)


def find_named_units(session: Session, *, code: str, gtin: str | None = None) -> NamedUnits | None:
    """What the code, or the GTIN read from a longer code, stands for; None if nothing is known by it."""
    codes: Collection[str] = [code] if gtin is None else [code, gtin]
    values = {"codes": codes, "gtins": gtin_spellings(gtin or code)}
    row = session.connection().execute(_FIND, values).first()
    return None if row is None else NamedUnits(*row)
