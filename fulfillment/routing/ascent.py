"""Prices on scarce rows by the volume algorithm: a lower bound, and an average plan to cut and round by.

The Lagrangian of the stock and capacity rows separates into single orders, which the kernel solves exactly,
so every price vector gives a lower bound. Prices move from the best point found along the averaged excess of
use over supply (Barahona and Anbil, "The volume algorithm", Mathematical Programming 87, 2000).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from fulfillment.routing.arrays import BoolArray, FloatArray
from fulfillment.routing.pricing import Priced, Pricer
from fulfillment.routing.usage import Entries, Meter

FIRST_STEP = 1.0
SHORTER_STEP = 0.7
STALLS_BEFORE_SHORTER = 4
TARGET_ABOVE_BOUND = 1.004
SMALLEST_STEP = 0.004


@dataclass(eq=False)
class Ascent:
    """The state of the search for prices; `climb` may be called again to go on."""

    pricer: Pricer
    meter: Meter
    free: Priced  # every order at no price at all
    free_entries: Entries
    prices: FloatArray  # [row] the best so far
    bound: float
    average_use: FloatArray  # [row]
    step: float = FIRST_STEP
    stalls: int = 0
    best: Priced = field(init=False)  # every order at the best prices

    def __post_init__(self) -> None:
        self.best = self.free

    def touched(self, prices: FloatArray) -> BoolArray:
        """The orders whose free plan uses a priced row; every other keeps that plan at these prices.

        Prices are never negative, so a plan that pays none of them costs what it cost free, and no other
        plan got cheaper.
        """
        is_priced = prices[self.free_entries.row] > 0
        touched = np.zeros(self.pricer.problem.orders, dtype=bool)
        touched[self.free_entries.order[is_priced]] = True
        # The bound of an order too wide for the exact kernel is not its plan's value, so it proves nothing.
        return touched | (self.free.floor < self.free.value)

    def evaluate(self, prices: FloatArray) -> tuple[Priced, float]:
        """Every order at these prices, and the lower bound they prove."""
        priced = self.free.copy()
        self.pricer.price(self.pricer.rows(self.meter.shaped_prices(prices)), priced, self.touched(prices))
        is_paid = prices > 0
        return priced, float(priced.floor.sum() - prices[is_paid] @ self.meter.limits[is_paid])

    def climb(self, steps: int, upper: float, go_on: Callable[[], bool]) -> None:
        """Up to `steps` further price vectors are tried; the best is kept."""
        for _ in range(steps):
            if self.step < SMALLEST_STEP or not go_on():
                return
            direction = self.average_use - self.meter.limits
            direction[(self.prices <= 0) & (direction < 0)] = 0.0
            length = float(direction @ direction)
            if length < 1e-9:
                return
            target = max(self.bound * TARGET_ABOVE_BOUND, (self.bound + upper) / 2)
            trial = np.maximum(self.prices + self.step * (target - self.bound) / length * direction, 0.0)
            self._judge(trial, *self.evaluate(trial))

    def _judge(self, trial: FloatArray, priced: Priced, bound: float) -> None:
        use = self.meter.used(self.meter.entries(priced.assignment)).astype(np.float64)
        self.average_use += 0.25 * (use - self.average_use)
        if bound > self.bound:
            self.prices, self.bound, self.best = trial, bound, priced
            self.stalls = 0
            return
        self.stalls += 1
        if self.stalls >= STALLS_BEFORE_SHORTER:
            self.step *= SHORTER_STEP
            self.stalls = 0

    def start_at(self, prices: FloatArray) -> None:
        """The search begins at prices known from an earlier plan."""
        trial = np.where(np.isfinite(prices), np.maximum(prices, 0.0), 0.0)
        self._judge(trial, *self.evaluate(trial))
