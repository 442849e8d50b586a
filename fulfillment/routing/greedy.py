"""A feasible plan from prices: orders propose their best, what fits is taken, the rest propose again."""

import numpy as np

from fulfillment.routing.arrays import BoolArray, FloatArray, IntArray, running_totals
from fulfillment.routing.plan import NOWHERE, Assignment
from fulfillment.routing.pricing import Priced, Pricer
from fulfillment.routing.usage import Entries, Meter

MOST_ROUNDS = 40


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
    for turn in range(MOST_ROUNDS):
        if not waiting.any():
            return
        entries = proposals.make(waiting)
        accepted = waiting & ~_overdrawn(entries, rank, left)
        if turn == MOST_ROUNDS - 1 or not accepted.any():
            break
        _take(entries, accepted, left)
        waiting &= ~accepted
    _fill_one_by_one(proposals, rank=rank, waiting=waiting)


def settle(
    meter: Meter, assignment: Assignment, *, wanted: BoolArray, rank: IntArray, left: IntArray
) -> BoolArray:
    """The wanted orders whose plans fit together, served in rank; what they use is taken from `left[row]`."""
    entries = meter.entries(assignment, wanted, has_cuts=False)
    accepted = wanted & ~_overdrawn(entries, rank, left)
    _take(entries, accepted, left)
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
        shape = self.pricer.problem.stock.shape
        rows = self.pricer.rows(
            self.prices,
            left=self.left[: self.meter.stock_rows].reshape(shape),
            capacity_left=self.left[self.meter.stock_rows :],
            surcharge=self.surcharge,
        )
        self.pricer.price(rows, self.plan, orders)
        return self.meter.entries(self.plan.assignment, orders, has_cuts=False)


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


def _fill_one_by_one(proposals: Proposals, *, rank: IntArray, waiting: BoolArray) -> None:
    """The orders still waiting, in rank; one that trips over its own groups sends what fits of its plan."""
    one = np.zeros(len(rank), dtype=bool)
    for order in np.flatnonzero(waiting)[np.argsort(rank[waiting], kind="stable")]:
        one[order] = True
        entries = proposals.make(one)
        while _overdrawn(entries, rank, proposals.left)[order]:
            _drop_one_group(proposals.pricer, proposals.plan, int(order))
            entries = proposals.meter.entries(proposals.plan.assignment, one, has_cuts=False)
        _take(entries, one, proposals.left)
        one[order] = False


def _drop_one_group(pricer: Pricer, plan: Priced, order: int) -> None:
    """One group fewer leaves, or none at all where the order ships complete or not at all."""
    problem = pricer.problem
    groups = np.arange(problem.group_start[order], problem.group_start[order + 1])
    sent = groups[plan.assignment.warehouse[groups] >= 0]
    dropped = groups if problem.is_ship_complete[order] else sent[-1:]
    plan.assignment.warehouse[dropped] = NOWHERE
    plan.assignment.parcel[dropped] = NOWHERE
