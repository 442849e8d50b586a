"""What can be said before the first step: prices of what is short, and the plans of good simple rules."""

from collections.abc import Iterator

import numpy as np

from fulfillment.routing.arrays import running_totals
from fulfillment.routing.peers import plan_by_rule
from fulfillment.routing.plan import Assignment, Prices
from fulfillment.routing.problem import Problem

STRONG_RULES = ("nearest_complete", "magento_distance")
MOST_GROUPS = 10_000
"""Line by line in plain Python: a quarter of a second."""
MOST_GROUPS_OF_WIDE = 50_000
WIDE = 8
"""Orders of more groups are not priced exactly, and there a simple rule may be the best there is."""


def shortage_prices(problem: Problem) -> Prices:
    """A unit of an item that is short everywhere costs what the first unit refused is worth.

    That is the optimum of the knapsack of one item, with freight left out; what freight changes in it is
    small, and the ascent finds it. From no prices at all it would have to climb the whole of the penalty.
    """
    prices = Prices.zero(problem)
    group = problem.group_of_item
    units = np.bincount(group, problem.item_qty, problem.groups)
    worth = problem.unfilled_minor[group] / np.maximum(units[group], 1)
    order = np.lexsort((-worth, problem.item_sku))
    sku = problem.item_sku[order]
    total = running_totals(sku, problem.item_qty[order])
    refused = np.flatnonzero(total > problem.available[0].sum(axis=1)[sku])
    short, first = np.unique(sku[refused], return_index=True)
    prices.stock[0, short] = worth[order][refused[first]][:, None]
    return prices


def simple_plans(problem: Problem) -> Iterator[Assignment]:
    """The plans of the strong simple rules, where the problem is small enough for them."""
    is_wide = int(np.diff(problem.group_start).max(initial=0)) > WIDE
    if problem.groups <= (MOST_GROUPS_OF_WIDE if is_wide else MOST_GROUPS):
        for rule in STRONG_RULES:
            yield plan_by_rule(problem, rule)
