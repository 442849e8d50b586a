"""An order's parts as a plan puts them: which units leave from where, and which wait."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from fulfillment.orders.promises import NewPart, PartUnits
from fulfillment.reads.routing_rows import RoutedLine
from fulfillment.routing.plan import ParcelPlan

Units = dict[uuid.UUID, PartUnits]
"""Units by their order line; pieces of one line that stood apart come together."""


def parts_of(lines: Sequence[RoutedLine], parcels: Sequence[ParcelPlan]) -> list[NewPart]:
    """One part for each warehouse that sends anything; what no parcel has comes last, without a warehouse."""
    placed: dict[str | None, Units] = {}
    left = [_units_of(line) for line in lines]
    for parcel in parcels:
        target = placed.setdefault(parcel.warehouse, {})
        for number, qty in parcel.lines:
            rest = sum(units.qty for units in left[number].values()) if lines[number].is_kit else qty
            for units in list(left[number].values()):
                taken = min(rest, units.qty)
                rest -= taken
                _add(target, replace(units, qty=taken))
                left[number][units.order_line_id] = replace(units, qty=units.qty - taken)
    waiting: Units = {}
    for line in left:
        for units in line.values():
            _add(waiting, units)
    if waiting:
        placed[None] = waiting
    return [NewPart(code, tuple(units.values())) for code, units in placed.items()]


def _units_of(line: RoutedLine) -> Units:
    total: Units = {}
    for units in line.units:
        _add(total, PartUnits(units.order_line_id, units.sku, units.qty))
    return total


def _add(target: Units, units: PartUnits) -> None:
    if units.qty:
        before = target.get(units.order_line_id)
        target[units.order_line_id] = replace(units, qty=units.qty + (before.qty if before else 0))
