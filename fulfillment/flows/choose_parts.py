"""The cheapest way to send one order from the stock that is free: parts, their cost, and the reasons."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from fulfillment.flows.parts_of_plan import parts_of
from fulfillment.orders.promises import NewPart
from fulfillment.reads.routing_rows import RoutedLine, RoutingRows, gather_lines, problem_of
from fulfillment.reads.unreleased import UnreleasedOrder
from fulfillment.routing.choosing import Choice, choose_one
from fulfillment.routing.explaining import Alternative, Ruling
from fulfillment.routing.finishing import prices_from
from fulfillment.routing.plan import Reason, ScarceRow

MOST_ALTERNATIVES: Final = 5
"""Other ways that are written down with an order: the cheapest ones; a person compares no more."""

WAITS: Final = "out_of_stock"
"""The rule of units that no warehouse had free."""


@dataclass(frozen=True)
class ChosenParts:
    """One part for each warehouse that sends anything, and one without a warehouse for what waits."""

    parts: tuple[NewPart, ...]

    @property
    def missing(self) -> dict[str, int]:
        """Units that wait, by SKU."""
        units: dict[str, int] = {}
        for part in self.parts:
            if part.warehouse_code is None:
                for each in part.units:
                    units[each.sku] = units.get(each.sku, 0) + each.qty
        return units


def choose_parts(rows: RoutingRows, *, rule: str) -> ChosenParts:
    """The parts of the only order of these rows by the planner's own kernel, `rule` saying why it was asked.

    Raises:
        InvalidInputError: a row makes no problem; it is named.
    """
    [lines] = rows.lines.values()
    if not rows.warehouses:
        return _all_waiting(lines)
    problem = problem_of(rows)
    choice = choose_one(problem, prices_from(problem, rows.prices), most_alternatives=MOST_ALTERNATIVES)
    reasons = _reasons(choice)
    parts = [
        replace(part, reasons={"rule": rule if part.warehouse_code else WAITS, **reasons})
        for part in parts_of(lines, choice.parcels)
    ]
    if choice.parcels:
        parts[0] = replace(parts[0], cost_minor=choice.cost_minor)
    return ChosenParts(tuple(parts))


def all_waiting(order: UnreleasedOrder) -> ChosenParts:
    """Everything waits, because others took the units again and again."""
    return _all_waiting(gather_lines(order))


def _all_waiting(lines: Sequence[RoutedLine]) -> ChosenParts:
    return ChosenParts(tuple(replace(part, reasons={"rule": WAITS}) for part in parts_of(lines, [])))


def _reasons(choice: Choice) -> dict[str, Any]:
    """What the order's page tells, as plain values in the shape of a plan's own reasons."""
    reasons: dict[str, Any] = {"alternatives": told_alternatives(choice.alternatives)}
    if choice.paid:
        reasons["prices"] = told_prices(choice.paid)
    return reasons


def told_alternatives(alternatives: Iterable[Alternative]) -> list[dict[str, Any]]:
    """The ways an order could have gone, as plain values for its page."""
    return [
        {
            "warehouses": [parcel.warehouse for parcel in way.parcels],
            "cost_minor": way.cost_minor,
            "priced_minor": way.priced_minor,
            "is_chosen": way.is_chosen,
            "ruled_out_by": [_told_ruling(ruling) for ruling in way.ruled_out_by],
        }
        for way in alternatives
    ]


def _told_ruling(ruling: Ruling) -> dict[str, Any]:
    """What was asked of the row and what it had; a bar has only its kind."""
    told: dict[str, Any] = {"reason": ruling.reason.value, "warehouse": ruling.warehouse, "sku": ruling.sku}
    if ruling.reason is Reason.BARRED:
        return {**told, "bar": int(ruling.bar)}
    return {
        **told,
        "shelf_class": ruling.shelf_class,
        "needed": ruling.needed,
        "left": ruling.left,
        "price_minor": round(ruling.price_minor),
    }


def told_prices(paid: Sequence[ScarceRow]) -> list[dict[str, Any]]:
    """The scarce units the chosen way takes, and what one of each is worth to other orders."""
    return [
        {
            "warehouse": row.warehouse,
            "sku": row.sku,
            "shelf_class": row.shelf_class,
            "units": row.used,
            "price_minor": round(row.price_minor),
        }
        for row in paid
    ]
