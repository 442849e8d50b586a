"""What fulfillment orders still need from bins, with the shelf life their buyers are owed."""

from collections.abc import Iterable
from datetime import date

from sqlmodel import Session

from fulfillment.catalog.queries import find_min_remaining_days
from fulfillment.orders.queries import OpenPart, OpenUnits, find_shelf_days
from fulfillment.warehouse.allocation import Demand, good_on


def pick_demands(
    session: Session, *, wanted: Iterable[tuple[OpenPart, OpenUnits, int]], today: date
) -> list[Demand]:
    """Units of each (fulfillment order, line, units) that may leave on this day, in the order given."""
    rows = list(wanted)
    minimum = find_min_remaining_days(session, skus={units.sku for _, units, _ in rows})
    beyond = find_shelf_days(session, order_ids={part.order_id for part, _, _ in rows})
    return [
        Demand(
            part.id,
            units.line_id,
            units.sku,
            qty,
            good_on(today=today, owed_days=minimum[units.sku] + beyond[part.order_id]),
        )
        for part, units, qty in rows
    ]
