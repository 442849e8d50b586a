"""Free units of some SKUs in every active warehouse, with where the warehouses are."""

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.places import distance_km
from fulfillment.store.columns import table_of
from fulfillment.warehouse.tables import Availability, Warehouse

WAREHOUSE = table_of(Warehouse)
AVAILABILITY = table_of(Availability)

NOWHERE_KM = 100_000.0
"""The distance of a destination whose place is not known: all warehouses are equally far."""


@dataclass(frozen=True)
class FreeStock:
    """Free units by warehouse code and SKU, and the place of each warehouse."""

    units: dict[str, dict[str, int]]
    places: dict[str, tuple[str, float, float]]

    def rank_from(self, *, country: str, latitude: float | None, longitude: float | None) -> list[str]:
        """The warehouses, nearest first, those in the destination's country before all others."""

        def remoteness(code: str) -> tuple[bool, float, str]:
            home, *place = self.places[code]
            if latitude is None or longitude is None:
                return home != country, NOWHERE_KM, code
            return home != country, distance_km(place[0], place[1], latitude, longitude), code

        return sorted(self.places, key=remoteness)


def read_free_stock(session: Session, *, skus: Collection[str]) -> FreeStock:
    """What could be promised now; it may change before the promise, which checks again."""
    wanted = sa.and_(AVAILABILITY.c.warehouse_code == WAREHOUSE.c.code, AVAILABILITY.c.sku.in_(sorted(skus)))
    query = (
        sa.select(
            WAREHOUSE.c.code,
            WAREHOUSE.c.country,
            WAREHOUSE.c.latitude,
            WAREHOUSE.c.longitude,
            AVAILABILITY.c.sku,
            (AVAILABILITY.c.sellable - AVAILABILITY.c.reserved).label("free"),
        )
        .select_from(WAREHOUSE.outerjoin(AVAILABILITY, wanted))
        .where(WAREHOUSE.c.is_active)
    )
    stock = FreeStock({}, {})
    for row in session.connection().execute(query):
        stock.places[row.code] = (row.country, row.latitude, row.longitude)
        units = stock.units.setdefault(row.code, {})
        if row.sku is not None and row.free > 0:
            units[row.sku] = row.free
    return stock
