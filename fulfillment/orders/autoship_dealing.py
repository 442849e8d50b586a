"""Who goes without when the due orders of a run want more than there is: a rule that can be told to anyone.

The order of service is the order's priority, then how long the subscription has run, then the place in the
list. Each order in turn is granted all of its units, or none where one of its SKUs does not reach for it any
more; what it would have taken stays for those behind it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

Key = TypeVar("Key")


@dataclass(frozen=True)
class Claim(Generic[Key]):
    """What one due order wants, and what decides when its turn is; `priority` 0 is served first."""

    key: Key
    priority: int
    subscribed_on: date | None
    place: int
    units: Mapping[str, int]

    @property
    def turn(self) -> tuple[int, date, int]:
        """Smaller is served earlier; a subscription whose age nobody told is the youngest."""
        return self.priority, self.subscribed_on or date.max, self.place


@dataclass(frozen=True)
class Dealt(Generic[Key]):
    """Who may be promised, in the order of service, and which SKUs the others lacked."""

    granted: tuple[Key, ...]
    short: Mapping[Key, tuple[str, ...]]


def deal(claims: Iterable[Claim[Key]], *, units: Mapping[str, int]) -> Dealt[Key]:
    """Each claim in turn is granted whole or not at all from these units by SKU."""
    left = dict(units)
    granted: list[Key] = []
    short: dict[Key, tuple[str, ...]] = {}
    for claim in sorted(claims, key=lambda claim: claim.turn):
        lacking = tuple(sorted(sku for sku, qty in claim.units.items() if left.get(sku, 0) < qty))
        if lacking:
            short[claim.key] = lacking
            continue
        granted.append(claim.key)
        for sku, qty in claim.units.items():
            left[sku] -= qty
    return Dealt(tuple(granted), short)
