"""The few words that stand on every paper, handed through the caller's translation."""

from collections.abc import Callable
from datetime import date

Gettext = Callable[[str], str]
"""What turns an English sentence into the reader's language; Babel finds the calls by the name `gettext`."""


def as_written(text: str) -> str:
    """Return the English words themselves."""
    return text


def expiry_and_lot(expires_on: date | None, lot: str, gettext: Gettext) -> str:
    """Return "Exp 2028-01-31 · Lot L1"; the date stands first, so that a long lot cannot push it off."""
    parts = []
    if expires_on:
        parts.append(gettext("Exp %(date)s") % {"date": expires_on.isoformat()})
    if lot:
        parts.append(gettext("Lot %(lot)s") % {"lot": lot})
    return " · ".join(parts)
