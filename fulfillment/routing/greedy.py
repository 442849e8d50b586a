"""A feasible plan from prices: orders propose their best, what fits is taken, the rest propose again."""

import numpy as np

from fulfillment.routing.arrays import BoolArray, IntArray, running_totals
from fulfillment.routing.plan import NOWHERE, Prices
from fulfillment.routing.pricing import Priced, Pricer
from fulfillment.routing.usage import Entries, Meter

MOST_ROUNDS = 40


def fill(
    pricer: Pricer,
    meter: Meter,
    *,
    prices: Prices | None,
    rank: IntArray,
    open_orders: BoolArray,
    plan: Priced,
    left: IntArray,
) -> None:
    """Every open order gets the best plan under prices that the rest left over allows.

    `rank[order]` decides who is served first where two want the same units. `plan` holds the other orders'
    choices and receives the new ones; `left[row]` is what they leave and is lowered by what is taken.
    """
    waiting = open_orders.copy()
    for turn in range(MOST_ROUNDS):
        if not waiting.any():
            return
        _propose(pricer, meter, prices=prices, waiting=waiting, plan=plan, left=left)
        entries = meter.entries(plan.assignment, waiting)
        accepted = waiting & ~_overdrawn(entries, rank, left)
        if turn == MOST_ROUNDS - 1 or not accepted.any():
            break
        _take(entries, accepted, left)
        waiting &= ~accepted
    _fill_one_by_one(pricer, meter, prices=prices, rank=rank, waiting=waiting, plan=plan, left=left)


def _propose(
    pricer: Pricer, meter: Meter, *, prices: Prices | None, waiting: BoolArray, plan: Priced, left: IntArray
) -> None:
    shape = pricer.problem.stock.shape
    rows = pricer.rows(
        prices, left=left[: meter.stock_rows].reshape(shape), capacity_left=left[meter.stock_rows :]
    )
    pricer.price(rows, plan, waiting)


def _overdrawn(entries: Entries, rank: IntArray, left: IntArray) -> BoolArray:
    """The orders that would, together with those ranked before them, use more of a row than is left."""
    order = np.argsort(rank[entries.order], kind="stable")
    totals = np.empty(len(order), dtype=np.int64)
    totals[order] = running_totals(entries.row[order], entries.amount[order])
    is_over = np.zeros(len(rank), dtype=bool)
    is_over[entries.order[totals > left[entries.row]]] = True
    return is_over


def _take(entries: Entries, accepted: BoolArray, left: IntArray) -> None:
    is_taken = accepted[entries.order]
    np.subtract.at(left, entries.row[is_taken], entries.amount[is_taken])


def _fill_one_by_one(
    pricer: Pricer,
    meter: Meter,
    *,
    prices: Prices | None,
    rank: IntArray,
    waiting: BoolArray,
    plan: Priced,
    left: IntArray,
) -> None:
    """The orders still waiting, in rank; one that trips over its own groups sends what fits of its plan."""
    one = np.zeros(len(rank), dtype=bool)
    for order in np.flatnonzero(waiting)[np.argsort(rank[waiting], kind="stable")]:
        one[order] = True
        _propose(pricer, meter, prices=prices, waiting=one, plan=plan, left=left)
        entries = meter.entries(plan.assignment, one)
        while _overdrawn(entries, rank, left)[order] or (meter.used(entries) > left).any():
            _drop_one_group(pricer, plan, int(order))
            entries = meter.entries(plan.assignment, one)
        _take(entries, one, left)
        one[order] = False


def _drop_one_group(pricer: Pricer, plan: Priced, order: int) -> None:
    """One group fewer leaves, or none at all where the order ships complete or not at all."""
    problem = pricer.problem
    groups = np.arange(problem.group_start[order], problem.group_start[order + 1])
    sent = groups[plan.assignment.warehouse[groups] >= 0]
    dropped = groups if problem.is_ship_complete[order] else sent[-1:]
    plan.assignment.warehouse[dropped] = NOWHERE
    plan.assignment.parcel[dropped] = NOWHERE
