"""The kinds of places, lots and movements that the warehouse tells apart."""

from enum import StrEnum

NO_LOT = ""
"""The lot of goods that are not lot-tracked; a real row, so that every balance has the same key."""


class LocationKind(StrEnum):
    """What a location is; supplier, customer and adjustment stand outside and may go negative."""

    SUPPLIER = "supplier"
    RECEIVING = "receiving"
    BIN = "bin"
    PICKED = "picked"
    SHIPPED = "shipped"
    CUSTOMER = "customer"
    RETURNS = "returns"
    QUARANTINE = "quarantine"
    SCRAP = "scrap"
    ADJUSTMENT = "adjustment"


class MovementReason(StrEnum):
    """Why units moved."""

    RECEIPT = "receipt"
    PUT_AWAY = "put_away"
    PICK = "pick"
    PUT_BACK = "put_back"
    SHIP = "ship"
    DELIVER = "deliver"
    RETURN_RECEIPT = "return_receipt"
    QUARANTINE = "quarantine"
    RESTOCK = "restock"
    SCRAP = "scrap"
    COUNT = "count"
    ADJUSTMENT = "adjustment"
    TRANSFER = "transfer"


class LotState(StrEnum):
    """Whether a lot's units may be promised."""

    SELLABLE = "sellable"
    HELD = "held"
    EXPIRED = "expired"
