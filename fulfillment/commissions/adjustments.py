"""Which units of a line lose their volume, and how many points each of them takes back: pure arithmetic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fulfillment.core.volumes import Volumes, negate_volumes, share_volumes


@dataclass(frozen=True)
class UnitReversal:
    """The points one unit of a line takes back; the reversals of all its units cancel the line's credit."""

    unit_no: int
    volumes: Volumes


def reverse_units(
    line_volumes: Mapping[str, int], *, line_units: int, unit_nos: Sequence[int]
) -> list[UnitReversal]:
    """One reversal for each unit named by its number, 1 to the units of the line.

    Each unit has its own share whatever the order they come back in, so that points never depend on which
    return was quicker.
    """
    return [
        UnitReversal(
            unit_no,
            negate_volumes(
                share_volumes(line_volumes, units_before=unit_no - 1, units=1, line_units=line_units)
            ),
        )
        for unit_no in unit_nos
    ]
