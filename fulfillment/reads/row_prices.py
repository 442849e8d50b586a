"""What the last applied plan found scarce units to be worth, as single orders pay it until the next plan."""

from collections.abc import Collection
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.routing.plan import ScarceRow

PRICE_WEIGHT: Final = 0.75
"""How much of the last plan's prices a single order pays: the best share measured (see docs/routing.md).

Yesterday's prices are a guess at today's, and a guess that is believed entirely costs more.
"""

_PRICES = sa.text("""
    SELECT warehouse_code, sku, shelf_class, price_minor, used, available FROM row_price
    WHERE sku = '' OR sku = ANY(CAST(:skus AS text[]))
    ORDER BY warehouse_code, sku, shelf_class
    """)


def read_row_prices(session: Session, *, skus: Collection[str]) -> tuple[ScarceRow, ...]:
    """The priced rows of these SKUs and of all warehouses' parcels, at the weight single orders give them."""
    rows = session.connection().execute(_PRICES, {"skus": sorted(skus)})
    return tuple(
        ScarceRow(
            warehouse=row.warehouse_code,
            sku=row.sku or None,
            shelf_class=row.shelf_class,
            price_minor=row.price_minor * PRICE_WEIGHT,
            used=row.used,
            available=row.available,
        )
        for row in rows
    )
