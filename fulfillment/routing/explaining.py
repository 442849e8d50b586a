"""Why this warehouse: an order's alternatives with their cost and the row that ruled each out."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fulfillment.routing.arrays import FloatArray, IntArray
from fulfillment.routing.finishing import LEAST_PRICE_SHOWN
from fulfillment.routing.plan import NOWHERE, Assignment, ParcelPlan, Plan, Prices, Reason, parcels_of
from fulfillment.routing.pricing import Priced, Pricer
from fulfillment.routing.problem import Bar, Problem
from fulfillment.routing.slicing import Part, part_of
from fulfillment.routing.tariff import ParcelTariff
from fulfillment.routing.usage import Meter


@dataclass(frozen=True, slots=True)
class Ruling:
    """The row that speaks against an alternative.

    `reason` is barred (`bar` says how), short (the whole stock is too small), claimed (others use it),
    capacity, or dearer. `left` is what the other orders of the plan leave, `price_minor` the worth of a unit.
    """

    reason: Reason
    warehouse: str
    sku: str | None = None
    shelf_class: int = 0
    needed: int = 0
    left: int = 0
    available: int = 0
    price_minor: float = 0.0
    bar: Bar = Bar.OPEN


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to serve the order: its cost, without and with the prices of scarce rows, and its obstacles."""

    parcels: tuple[ParcelPlan, ...]
    cost_minor: int
    priced_minor: int
    is_chosen: bool
    ruled_out_by: tuple[Ruling, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The chosen way first, then the others by cost; `backlog` names why each line that stays does."""

    order_id: str
    alternatives: tuple[Alternative, ...]
    backlog: tuple[tuple[int, int, Reason], ...]  # (line, units, reason)


@dataclass(frozen=True, slots=True)
class OrderChoice:
    """The best plan of one order under prices."""

    parcels: tuple[ParcelPlan, ...]
    unfilled: tuple[tuple[int, int], ...]  # (line, units)
    cost_minor: int
    priced_minor: float


def price_one(
    problem: Problem, order_id: str, prices: Prices | None = None, left: IntArray | None = None
) -> OrderChoice:
    """The cheapest way to serve one order from the stock there is, counting what scarce units are worth.

    The same kernel as the planner's, so that a promise and a plan never disagree. `left[row]` replaces the
    problem's stock and capacity where given.
    """
    part = part_of(problem, np.array([problem.order_rows[order_id]]), left)
    pricer = Pricer(part.problem, cache_cells=0)
    meter = Meter(part.problem, pricer.tariff)
    priced = Priced.blank(part.problem)
    rows = pricer.rows(
        None if prices is None else part.prices(prices),
        left=part.problem.available,
        capacity_left=part.problem.capacity,
    )
    pricer.price(rows, priced)
    staying = np.flatnonzero(priced.assignment.warehouse == NOWHERE)
    return OrderChoice(
        parcels=parcels_of(part.problem, priced.assignment, 0),
        unfilled=tuple((int(part.problem.line[g]), int(part.problem.line_share[g])) for g in staying),
        cost_minor=int(meter.order_costs(priced.assignment)[0]),
        priced_minor=float(priced.value[0]),
    )


def explain(problem: Problem, plan: Plan, order_id: str) -> Explanation:
    """The order's chosen way, its cheapest way if it were alone, and everything from each warehouse."""
    return Explainer(problem, plan).explain(order_id)


class Explainer:
    """Explains many orders of one plan; what the plan uses is counted once."""

    def __init__(self, problem: Problem, plan: Plan) -> None:
        self.problem = problem
        self.plan = plan
        meter = Meter(problem, ParcelTariff(problem))
        self.left = meter.limits - meter.used(meter.entries(plan.assignment))

    def explain(self, order_id: str) -> Explanation:
        """The order's alternatives, the chosen one first.

        Raises:
            KeyError: where the problem has no such order.
        """
        row = self.problem.order_rows[order_id]
        part = part_of(self.problem, np.array([row]))
        view = OrderView(self.plan, part, self.left[part.rows])
        found = {view.key(candidate): candidate for candidate in view.candidates()}
        shown = sorted((view.alternative(candidate) for candidate in found.values()), key=_rank)
        backlog = tuple(
            (entry.line, entry.qty, entry.reason) for entry in self.plan.backlog if entry.order_id == order_id
        )
        return Explanation(order_id, tuple(shown), backlog)


def _rank(alternative: Alternative) -> tuple[bool, int]:
    return not alternative.is_chosen, alternative.cost_minor


class OrderView:
    """One order cut out of its plan, with what the others leave it."""

    def __init__(self, plan: Plan, part: Part, left: IntArray) -> None:
        self.problem = part.problem
        self.prices = part.prices(plan.prices)
        self.chosen = Assignment(plan.assignment.warehouse[part.groups], plan.assignment.parcel[part.groups])
        self.pricer = Pricer(self.problem, cache_cells=0)
        self.meter = Meter(self.problem, self.pricer.tariff)
        # What the order itself uses in the plan is free for any other way of serving it.
        self.left = left + self.meter.used(self.meter.entries(self.chosen))

    def candidates(self) -> list[Assignment]:
        """The chosen way, the way it would go alone, and everything from each warehouse with a zone."""
        alone = Priced.blank(self.problem)
        self.pricer.price(self.pricer.rows(None), alone)
        together = np.zeros(self.problem.groups, dtype=np.int16)
        single = [
            Assignment(np.full(self.problem.groups, warehouse, dtype=np.int16), together)
            for warehouse in np.flatnonzero(self.problem.zone[self.problem.destination[0]] >= 0)
        ]
        return [self.chosen, alone.assignment, *single]

    @staticmethod
    def key(assignment: Assignment) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Equal for assignments that do the same."""
        return tuple(assignment.warehouse.tolist()), tuple(assignment.parcel.tolist())

    def alternative(self, assignment: Assignment) -> Alternative:
        """The assignment with its costs and what speaks against it."""
        cost = int(self.meter.order_costs(assignment)[0])
        used = self.meter.used(self.meter.entries(assignment))
        flat = self.meter.flat_prices(self.prices)
        is_chosen = self.key(assignment) == self.key(self.chosen)
        return Alternative(
            parcels=parcels_of(self.problem, assignment, 0),
            cost_minor=cost,
            priced_minor=cost + round(float(used @ flat)),
            is_chosen=is_chosen,
            ruled_out_by=() if is_chosen else tuple(self._rulings(assignment, used, flat)),
        )

    def _rulings(self, assignment: Assignment, used: IntArray, flat: FloatArray) -> Iterator[Ruling]:
        """Bars first, then the rows that are too small, else the rows whose price makes it dear."""
        yield from self._bars(assignment)
        short = np.flatnonzero(used > self.left)
        rows = short if len(short) else np.flatnonzero((used > 0) & (flat >= LEAST_PRICE_SHOWN))
        for row in rows.tolist():
            yield self._ruling(row, int(used[row]), float(flat[row]))

    def _bars(self, assignment: Assignment) -> Iterator[Ruling]:
        for group in np.flatnonzero(assignment.warehouse >= 0).tolist():
            warehouse = int(assignment.warehouse[group])
            bar = Bar(int(self.problem.bar[group, warehouse]))
            if bar is not Bar.OPEN:
                sku = self.problem.skus[int(self.problem.item_sku[self.problem.item_start[group]])]
                yield Ruling(Reason.BARRED, self.problem.warehouse_codes[warehouse], sku=sku, bar=bar)

    def _ruling(self, row: int, needed: int, price: float) -> Ruling:
        available, left = int(self.meter.limits[row]), int(self.left[row])
        if row >= self.meter.stock_rows:
            code = self.problem.warehouse_codes[row - self.meter.stock_rows]
            reason = Reason.CAPACITY if needed > left else Reason.DEARER
            return Ruling(reason, code, needed=needed, left=left, available=available, price_minor=price)
        level, sku, warehouse = (int(n) for n in np.unravel_index(row, self.problem.stock.shape))
        reason = Reason.SHORT if needed > available else Reason.CLAIMED if needed > left else Reason.DEARER
        return Ruling(
            reason,
            self.problem.warehouse_codes[warehouse],
            sku=self.problem.skus[sku],
            shelf_class=level,
            needed=needed,
            left=left,
            available=available,
            price_minor=price,
        )
