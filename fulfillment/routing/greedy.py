"""A feasible plan from prices: orders propose their best, what fits is taken, the rest propose again."""

import numpy as np

from fulfillment.routing.arrays import BoolArray, FloatArray, IntArray, running_totals
from fulfillment.routing.plan import NOWHERE, Assignment
from fulfillment.routing.pricing import Priced, Pricer, Rows
from fulfillment.routing.usage import Entries, Meter

MOST_READINGS = 8


def fill(
    pricer: Pricer,
    meter: Meter,
    *,
    prices: FloatArray | None,
    rank: IntArray,
    open_orders: BoolArray,
    plan: Priced,
    left: IntArray,
) -> None:
    """Every open order gets the best plan under prices that the rest left over allows.

    `rank[order]` decides who is served first where two want the same units. `plan` holds the other orders'
    choices and receives the new ones; `left[row]` of stock and capacity is what they leave and is lowered by
    what is taken. `prices[row]` may go on over the cuts.
    """
    waiting = open_orders.copy()
    proposals = Proposals(pricer, meter, prices, plan, left)
    while waiting.any():
        entries = proposals.make(waiting)
        accepted = _accept(entries, waiting, rank, left)
        if not accepted.any():
            for order in _first_in_line(_overdrawn_alone(entries, left, waiting), waiting, rank):
                accepted[order] = True
                proposals.trim(order)
        waiting &= ~accepted


def settle(
    meter: Meter, assignment: Assignment, *, wanted: BoolArray, rank: IntArray, left: IntArray
) -> BoolArray:
    """The wanted orders whose plans fit together, served in rank; what they use is taken from `left[row]`."""
    return _accept(meter.entries(assignment, wanted, has_cuts=False), wanted, rank, left)


def _accept(entries: Entries, wanted: BoolArray, rank: IntArray, left: IntArray) -> BoolArray:
    """Those of the wanted orders that fit together, in rank; what they use is taken from `left`.

    An order refused keeps none of the units it stood in line for, so the line is read again without it.
    """
    accepted = np.zeros(len(rank), dtype=bool)
    asking = entries
    for _ in range(MOST_READINGS):
        fits = wanted & ~accepted & ~_overdrawn(asking, rank, left)
        if not fits.any():
            break
        _take(asking, fits, left)
        accepted |= fits
        is_open = ~accepted[asking.owner]
        asking = Entries(asking.owner[is_open], asking.row[is_open], asking.amount[is_open])
    return accepted


class Proposals:
    """Asks orders for their best plans under prices and from what is left."""

    def __init__(
        self, pricer: Pricer, meter: Meter, prices: FloatArray | None, plan: Priced, left: IntArray
    ) -> None:
        self.pricer = pricer
        self.meter = meter
        self.plan = plan
        self.left = left
        self.prices = None if prices is None else meter.shaped_prices(prices)
        self.surcharge = None if prices is None else meter.surcharge(prices)

    def make(self, orders: BoolArray) -> Entries:
        """The orders' best plans are written into the plan; returns what they use."""
        self.pricer.price(self._rows(self.left), self.plan, orders)
        return self.meter.entries(self.plan.assignment, orders, has_cuts=False)

    def _rows(self, left: IntArray) -> Rows:
        return self.pricer.rows(
            self.prices,
            left=left[: self.meter.stock_rows].reshape(self.pricer.problem.stock.shape),
            capacity_left=left[self.meter.stock_rows :],
            surcharge=self.surcharge,
        )

    def trim(self, order: int) -> None:
        """The order sends what fits of its plan; its own groups, each fitting alone, do not fit together."""
        one = np.zeros(self.pricer.problem.orders, dtype=bool)
        one[order] = True
        self._place_one_by_one(order, one)
        entries = self.meter.entries(self.plan.assignment, one, has_cuts=False)
        while (np.bincount(entries.row, entries.amount, len(self.left)) > self.left).any():
            _drop_one_group(self.pricer, self.plan, order)
            entries = self.meter.entries(self.plan.assignment, one, has_cuts=False)
        _take(entries, one, self.left)

    def _place_one_by_one(self, order: int, one: BoolArray) -> None:
        """Each group the order wants to send goes where it adds least, on what its other groups leave."""
        problem, assignment = self.pricer.problem, self.plan.assignment
        groups = np.arange(problem.group_start[order], problem.group_start[order + 1])
        wanted = groups[assignment.warehouse[groups] >= 0]
        assignment.warehouse[groups] = assignment.parcel[groups] = NOWHERE
        parcels: dict[int, int] = {}
        load = np.zeros((2, problem.warehouses), dtype=np.int64)  # [actual or dimensional, warehouse]
        for group in wanted[np.argsort(-problem.units[wanted], kind="stable")].tolist():
            used = self.meter.entries(assignment, one, has_cuts=False)
            left = self.left - np.bincount(used.row, used.amount, len(self.left)).astype(np.int64)
            more = load + np.array([[problem.weight_g[group]], [problem.dim_weight_g[group]]])
            cost = self.pricer.group_prices(np.array([group]), self._rows(left))[0]
            cost += self._added_cost(order, load, more, left[self.meter.stock_rows :])
            place = int(cost.argmin())
            if np.isfinite(cost[place]):
                load[:, place] = more[:, place]
                assignment.warehouse[group] = place
                assignment.parcel[group] = parcels.setdefault(place, len(parcels))
        if problem.is_ship_complete[order] and (assignment.warehouse[wanted] < 0).any():
            assignment.warehouse[groups] = assignment.parcel[groups] = NOWHERE

    def _added_cost(self, order: int, load: IntArray, more: IntArray, boxes_left: IntArray) -> FloatArray:
        """`cost[warehouse]` of the heavier parcel above that of the present one, infinite above capacity."""
        tariff = self.pricer.tariff
        places = np.arange(load.shape[1])
        here = np.full(len(places), order)
        now, then = load.max(axis=0), more.max(axis=0)
        before = np.where(now > 0, tariff.parcel_costs(here, places, np.maximum(now, 1)), 0)
        boxes = tariff.boxes(then) - np.where(now > 0, tariff.boxes(np.maximum(now, 1)), 0)
        added = tariff.parcel_costs(here, places, then) - before
        return np.where(boxes > boxes_left, np.inf, added)


def _overdrawn_alone(entries: Entries, left: IntArray, waiting: BoolArray) -> BoolArray:
    """The waiting orders that use more of a row than is left even if nobody else asks."""
    key = entries.owner * len(left) + entries.row
    found, back = np.unique(key, return_inverse=True)
    total = np.bincount(back, entries.amount, len(found))
    alone = np.zeros(len(waiting), dtype=bool)
    alone[found[total > left[found % len(left)]] // len(left)] = True
    return alone & waiting


def _first_in_line(alone: BoolArray, waiting: BoolArray, rank: IntArray) -> list[int]:
    """The waiting orders in rank, as long as each overdraws alone; at least the first of them."""
    line = np.flatnonzero(waiting)
    line = line[rank[line].argsort()]
    length = int(np.argmin(alone[line])) if not alone[line].all() else len(line)
    return [int(order) for order in line[: max(length, 1)]]


def _overdrawn(entries: Entries, rank: IntArray, left: IntArray) -> BoolArray:
    """The orders that would, together with those ranked before them, use more of a row than is left."""
    order = np.argsort(rank[entries.owner], kind="stable")
    totals = np.empty(len(order), dtype=np.int64)
    totals[order] = running_totals(entries.row[order], entries.amount[order])
    is_over = np.zeros(len(rank), dtype=bool)
    is_over[entries.owner[totals > left[entries.row]]] = True
    return is_over


def _take(entries: Entries, accepted: BoolArray, left: IntArray) -> None:
    is_taken = accepted[entries.owner]
    np.subtract.at(left, entries.row[is_taken], entries.amount[is_taken])


def _drop_one_group(pricer: Pricer, plan: Priced, order: int) -> None:
    """One group fewer leaves, or none at all where the order ships complete or not at all."""
    problem = pricer.problem
    groups = np.arange(problem.group_start[order], problem.group_start[order + 1])
    sent = groups[plan.assignment.warehouse[groups] >= 0]
    dropped = groups if problem.is_ship_complete[order] else sent[-1:]
    plan.assignment.warehouse[dropped] = NOWHERE
    plan.assignment.parcel[dropped] = NOWHERE
