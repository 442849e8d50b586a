"""GS1 element strings as scanners deliver them: article, lot, expiry, serial number and count in one code."""

from dataclasses import dataclass
from datetime import date

import biip
from biip import ParseError
from biip.gs1_messages import GS1Message

GTIN_IDENTIFIERS = ("01", "02")
LOT, EXPIRY, BEST_BEFORE, SERIAL = "10", "17", "15", "21"
COUNT_IDENTIFIERS = ("30", "37")
SHORTEST = 16
"""A GTIN with its identifier; anything shorter is a code of another kind."""


@dataclass(frozen=True)
class Gs1Reading:
    """What one code says; None where it does not say it."""

    gtin: str
    lot: str | None = None
    expires_on: date | None = None
    serial: str | None = None
    units: int | None = None


def read_element_string(code: str) -> Gs1Reading | None:
    """What a GS1 element string says, raw or with its identifiers in brackets; None if it is none.

    Only strings that name an article count: a lot or a date alone would not say of what.
    """
    if len(code) < SHORTEST:
        return None
    message = _parse(code)
    if message is None:
        return None
    values = {element.ai.ai: element for element in message.element_strings}
    article = next((values[ai] for ai in GTIN_IDENTIFIERS if ai in values), None)
    if article is None or article.gtin is None:
        return None
    expiry = values.get(EXPIRY) or values.get(BEST_BEFORE)
    count = next((values[ai].value for ai in COUNT_IDENTIFIERS if ai in values), None)
    return Gs1Reading(
        gtin=article.gtin.as_gtin_14(),
        lot=values[LOT].value if LOT in values else None,
        expires_on=expiry.date if expiry else None,
        serial=values[SERIAL].value if SERIAL in values else None,
        units=int(count) if count else None,
    )


def _parse(code: str) -> GS1Message | None:
    try:
        if code.startswith("("):
            return GS1Message.parse_hri(code)
        return biip.parse(code).gs1_message
    except ParseError:
        return None
