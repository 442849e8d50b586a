"""Shelf life in a few classes, so that a promise of long-dated goods can be counted and not only hoped for.

An order says how many days longer than a product's own minimum its goods have to keep. Rounded up to the next
step, that is its class; units count in every class up to the one they last for.
"""

from bisect import bisect_left, bisect_right
from typing import Final

from fulfillment.core.policy import MOST_SHELF_DAYS

SHELF_STEPS_DAYS: Final = (0, 30, 60, 90, 180, MOST_SHELF_DAYS)
"""Days beyond the product's minimum that each class stands for: the cycles that autoships usually have.

The same steps for every problem, so that what a plan found a class to be worth holds at acceptance too.
"""


def class_needed(days: int) -> int:
    """The class an order needs whose goods have to keep so many days longer, at most `MOST_SHELF_DAYS`."""
    return bisect_left(SHELF_STEPS_DAYS, days)


def class_of_units(days: int | None) -> int:
    """The highest class units serve that keep so many days longer; None for goods that do not expire."""
    if days is None:
        return len(SHELF_STEPS_DAYS) - 1
    return max(0, bisect_right(SHELF_STEPS_DAYS, days) - 1)
