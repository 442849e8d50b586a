"""The reasons, grades and dispositions that returns are told apart by."""

from enum import StrEnum


class ReturnReason(StrEnum):
    """Why goods come back; the first five are the seller's fault."""

    DAMAGED = "damaged"
    DEFECTIVE = "defective"
    WRONG_ITEM = "wrong_item"
    NOT_DELIVERED = "not_delivered"
    RECALLED = "recalled"
    UNWANTED = "unwanted"
    LEAVING = "leaving"
    COOLING_OFF = "cooling_off"


class Grade(StrEnum):
    """The condition an inspector found."""

    SEALED = "sealed"
    OPENED = "opened"
    DAMAGED = "damaged"
    EXPIRED = "expired"
    WRONG_GOODS = "wrong_goods"


class RefundCause(StrEnum):
    """What a refund undoes: a return, units never sent, units that never arrived, or nothing.

    Goodwill undoes nothing: the buyer keeps the goods. A refund was found where the provider paid it unasked.
    """

    RETURN = "return"
    CANCELLATION = "cancellation"
    UNDELIVERED = "undelivered"
    GOODWILL = "goodwill"
    FOUND = "found"


class Disposition(StrEnum):
    """Where inspected units go; a supplement never goes straight back to stock (21 CFR 111.510)."""

    RESTOCK = "restock"
    QUARANTINE = "quarantine"
    SCRAP = "scrap"
