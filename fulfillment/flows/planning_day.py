"""The day as the planner sees it: all unreleased orders, the problem they make, and where each stands now."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cached_property
from hashlib import blake2b

import numpy as np
from sqlmodel import Session

from fulfillment.orders.promises import NewPart
from fulfillment.reads.routing_rows import RoutingRows, problem_of, read_routing_rows
from fulfillment.reads.unreleased import UnreleasedOrder, list_unreleased
from fulfillment.routing.plan import NOWHERE, Assignment
from fulfillment.routing.problem import Problem
from fulfillment.routing.starting import assignment_from, cost_of
from fulfillment.routing.tariff import ParcelTariff
from fulfillment.routing.usage import Meter
from fulfillment.store.clock import read_now

Placement = dict[tuple[str, str], int]
"""Units by warehouse (empty where they wait) and order line."""


@dataclass(frozen=True)
class Snapshot:
    """Everything a plan is made from, as of one moment."""

    orders: list[UnreleasedOrder]
    rows: RoutingRows
    now: datetime


@dataclass(frozen=True)
class Day:
    """The problem of a snapshot, and where its orders stand."""

    seen: Snapshot
    problem: Problem
    places: dict[tuple[str, int], str] = field(repr=False)

    @cached_property
    def standing(self) -> Assignment:
        """What is promised now, as a plan."""
        return assignment_from(self.problem, self.places)

    @cached_property
    def standing_cost_minor(self) -> int:
        """What is promised now costs, with the penalties of what waits."""
        return cost_of(self.problem, self.standing)

    @cached_property
    def is_standing_sound(self) -> bool:
        """Whether everything promised can be sent as it stands: nothing is barred and no row overdrawn."""
        meter = Meter(self.problem, ParcelTariff(self.problem))
        is_sent = self.standing.warehouse != NOWHERE
        place = np.maximum(self.standing.warehouse, 0)
        barred = self.problem.bar[np.arange(self.problem.groups), place] > 0
        used = meter.used(meter.entries(self.standing))
        return not (barred & is_sent).any() and bool((used <= meter.limits).all())


def read_snapshot(session: Session) -> Snapshot:
    """All unreleased orders with the rows of their problem."""
    now = read_now(session)
    orders = list_unreleased(session)
    return Snapshot(orders, read_routing_rows(session, orders=orders, now=now), now)


def day_of(seen: Snapshot) -> Day:
    """The day of a snapshot.

    Raises:
        InvalidInputError: the data make no problem, such as a negative stock; it names the row.
    """
    return Day(seen, problem_of(seen.rows), _places(seen.rows))


def _places(rows: RoutingRows) -> dict[tuple[str, int], str]:
    """Where each line stands now, if it is promised at all; a kit stands where its first part does."""
    return {
        (order_id, number): code
        for order_id, lines in rows.lines.items()
        for number, line in enumerate(lines)
        if (code := line.units[0].warehouse_code) is not None
    }


def placement_now(order: UnreleasedOrder) -> Placement:
    """Where the order's units stand."""
    placement: Placement = {}
    for units in order.units:
        key = (units.warehouse_code or "", str(units.order_line_id))
        placement[key] = placement.get(key, 0) + units.qty
    return placement


def placement_of(parts: Sequence[NewPart]) -> Placement:
    """Where these parts put an order's units."""
    return {
        (part.warehouse_code or "", str(units.order_line_id)): units.qty
        for part in parts
        for units in part.units
        if units.qty
    }


def fingerprint(seen: Snapshot, placements: Sequence[Placement]) -> str:
    """A digest of all that a plan depends on, with the orders standing at these places.

    What a plan frees it counts as free, so that a plan's own moves change nothing but the places: the digest
    of a snapshot with the places a plan gives is the digest of the next snapshot, if nothing else happens.
    """
    digest = blake2b(digest_size=16)
    for column in fields(seen.rows):
        if column.name not in {"orders", "lines"}:
            digest.update(repr((column.name, getattr(seen.rows, column.name))).encode())
    for order, row, placement in zip(seen.orders, seen.rows.orders, placements, strict=True):
        terms = (row.id, row.destination, row.due_days, row.shelf_class, row.is_ship_complete)
        limits = (row.pinned_warehouse, row.forbidden_warehouses, order.priority)
        digest.update(repr((terms, limits, sorted(placement.items()))).encode())
    return digest.hexdigest()
