"""The walk of a wave: zone by zone, up one visited aisle and down the next.

This S-shape rule is what pickers follow without a map (de Koster, Le-Duc and Roodbergen 2007, section 7).
Aisles without a pick are passed by, and do not turn the direction round.
"""

import re
from collections.abc import Sequence
from typing import Protocol, TypeVar


class Stop(Protocol):
    """A bin to visit; `walk_rank` counts from the front of its aisle."""

    @property
    def zone(self) -> str:
        """The part of the hall that is walked through before the next one."""

    @property
    def aisle(self) -> str:
        """The aisle, named in the order in which aisles lie side by side."""

    @property
    def walk_rank(self) -> int:
        """The place along the aisle."""

    @property
    def bin_code(self) -> str:
        """The bin's own code, which decides between bins at one place."""


StopT = TypeVar("StopT", bound=Stop)


def order_stops(stops: Sequence[StopT]) -> list[StopT]:
    """The stops in walking order; stops at one bin keep the order in which they were given."""
    by_aisle: dict[tuple[tuple[object, ...], tuple[object, ...]], list[StopT]] = {}
    for stop in stops:
        by_aisle.setdefault((natural_order(stop.zone), natural_order(stop.aisle)), []).append(stop)
    walk: list[StopT] = []
    zone: tuple[object, ...] | None = None
    is_upward = True
    for key in sorted(by_aisle):
        if key[0] != zone:
            zone, is_upward = key[0], True
        sign = 1 if is_upward else -1
        walk.extend(
            sorted(by_aisle[key], key=lambda stop: (sign * stop.walk_rank, natural_order(stop.bin_code)))
        )
        is_upward = not is_upward
    return walk


def natural_order(name: str) -> tuple[object, ...]:
    """A sort key under which A-2 comes before A-10."""
    parts = re.split(r"(\d+)", name)
    return tuple((1, int(part), part) if place % 2 else (0, 0, part) for place, part in enumerate(parts))
