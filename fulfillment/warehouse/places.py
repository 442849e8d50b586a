"""The places every warehouse has, and the three accounts outside all of them.

Their ids follow from their names, so that no deed has to look them up.
"""

import uuid
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from fulfillment.warehouse.kinds import LocationKind

_NAMESPACE: Final = uuid.UUID("5d1f2c3a-6c0b-5f0e-9a53-0f5a7c1d2e44")

OUTSIDE: Final = {
    "SUPPLIER": LocationKind.SUPPLIER,
    "CUSTOMER": LocationKind.CUSTOMER,
    "ADJUSTMENT": LocationKind.ADJUSTMENT,
}
INSIDE: Final = {
    "RECEIVING": LocationKind.RECEIVING,
    "PICKED": LocationKind.PICKED,
    "SHIPPED": LocationKind.SHIPPED,
    "RETURNS": LocationKind.RETURNS,
    "QUARANTINE": LocationKind.QUARANTINE,
    "SCRAP": LocationKind.SCRAP,
    # Units a picker did not find wait here for a count: they are neither sold nor written off unseen.
    "MISSING": LocationKind.QUARANTINE,
}


@dataclass(frozen=True)
class Places:
    """Ids of a warehouse's own places and of the accounts outside."""

    receiving: uuid.UUID
    picked: uuid.UUID
    shipped: uuid.UUID
    returns: uuid.UUID
    quarantine: uuid.UUID
    scrap: uuid.UUID
    missing: uuid.UUID
    supplier: uuid.UUID
    customer: uuid.UUID
    adjustment: uuid.UUID


def place_id(code: str, *, warehouse_code: str | None = None) -> uuid.UUID:
    """The id of a standard place, or of an outside account where there is no warehouse."""
    return uuid.uuid5(_NAMESPACE, code if warehouse_code is None else f"{warehouse_code}/{code}")


@lru_cache(maxsize=1024)
def places_of(warehouse_code: str) -> Places:
    """The ids of all standard places of a warehouse, with the accounts outside."""
    inside = {code.lower(): place_id(code, warehouse_code=warehouse_code) for code in INSIDE}
    outside = {code.lower(): place_id(code) for code in OUTSIDE}
    return Places(**inside, **outside)
