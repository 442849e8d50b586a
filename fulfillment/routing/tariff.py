"""What a parcel costs before any price on stock: zone, weight step, packing, lateness and split."""

from dataclasses import dataclass

import numpy as np

from fulfillment.routing.arrays import BoolArray, FloatArray, IntArray
from fulfillment.routing.problem import Problem

TOUCHES = (0.0, 0.2, 0.5, 1.0)
STEEPEST = 1_000.0
HALVINGS = 60


@dataclass(frozen=True, eq=False)
class Lines:
    """Lines below the cost of a parcel: `fixed + per_g * weight`."""

    fixed: FloatArray  # [line, order, warehouse]
    per_g: FloatArray  # [line, order, warehouse]


class ParcelTariff:
    """The cost of one parcel of any order from any warehouse."""

    def __init__(self, problem: Problem) -> None:
        self.limits = problem.weight_limit_g
        self.heaviest = int(problem.weight_limit_g[-1])
        self.rate = np.ascontiguousarray(problem.rate_minor.T)  # [step, zone]
        self.zone = np.maximum(problem.zone, 0)[problem.destination].astype(np.int32)  # [order, warehouse]
        arrival = problem.ready_days[None, :] + problem.transit_days[problem.destination]
        late_days = np.maximum(arrival - problem.due_days[:, None], 0)
        self.once = late_days * problem.late_minor[:, None] + problem.split_minor  # [order, warehouse]
        self.pack = problem.pack_minor

    def boxes(self, billable_g: IntArray) -> IntArray:
        """How many boxes that much weight fills; a parcel above the heaviest step travels in several."""
        return np.maximum(-(-billable_g // self.heaviest), 1)

    def cost(self, orders: IntArray, billable_g: IntArray) -> IntArray:
        """`cost[subset, warehouse, order]` of a parcel of `billable_g[subset, order]`, charged the split."""
        boxes = self.boxes(billable_g)
        zone = self.zone[orders].T[None]
        cost: IntArray = self.rate[self._step(billable_g, boxes)[:, None, :], zone]
        cost += self.once[orders].T[None]
        cost += boxes[:, None, :] * self.pack[None, :, None]
        if boxes.max(initial=1) > 1:
            cost += (boxes - 1)[:, None, :] * self.rate[-1][zone]
        return cost

    def _step(self, billable_g: IntArray, boxes: IntArray) -> IntArray:
        """The rate's step for the last box."""
        last_g = billable_g - (boxes - 1) * self.heaviest
        return np.minimum(np.searchsorted(self.limits, last_g), len(self.limits) - 1)

    def parcel_costs(self, orders: IntArray, warehouses: IntArray, billable_g: IntArray) -> IntArray:
        """`cost[parcel]` of parcels given one by one, charged the split."""
        boxes = self.boxes(billable_g)
        zone = self.zone[orders, warehouses]
        cost: IntArray = self.rate[self._step(billable_g, boxes), zone] + (boxes - 1) * self.rate[-1, zone]
        return np.asarray(cost + self.once[orders, warehouses] + boxes * self.pack[warehouses])

    def lines(self, orders: IntArray, lightest_g: IntArray, total_g: IntArray) -> Lines:
        """Lines below the parcel cost for every weight from the lightest to the total.

        The step function is constant up to each limit, so a rising line is below it when it is below at the
        limits, and again one full box higher for every further box. Each line touches the lower hull of these
        points above another share of the way, so that one of them is near whatever a parcel weighs.
        """
        x, height, is_in = self._corners(orders, lightest_g, total_g)
        lines = [self._touching(x, height, is_in, touch) for touch in self._touches(lightest_g, total_g)]
        once = self.once[orders]
        return Lines(
            fixed=np.stack([level + once for level, _ in lines]),
            per_g=np.stack([slope for _, slope in lines]),
        )

    @staticmethod
    def _touches(lightest_g: IntArray, total_g: IntArray) -> list[FloatArray]:
        return [lightest_g + share * (total_g - lightest_g) for share in TOUCHES]

    def _corners(
        self, orders: IntArray, lightest_g: IntArray, total_g: IntArray
    ) -> tuple[FloatArray, FloatArray, BoolArray]:
        """`x[point, order]`, `height[point, order, warehouse]`, and which points count for which order."""
        rate = self.rate[:, self.zone[orders]] + self.pack[None, None, :].astype(np.float64)
        full = self.cost(orders, total_g[None])[0].T - self.once[orders]
        boxes = int(self.boxes(total_g).max())
        grams = np.concatenate([box * self.heaviest + self.limits for box in range(boxes)])
        heights = np.concatenate([box * rate[-1] + rate for box in range(boxes)])
        is_in = (grams[:, None] >= lightest_g) & (grams[:, None] < total_g)
        x = np.concatenate([np.broadcast_to(grams[:, None], is_in.shape), total_g[None]]).astype(np.float64)
        everyone = np.ones((1, len(orders)), dtype=bool)
        return x, np.concatenate([heights, full[None]]), np.concatenate([is_in, everyone])

    @staticmethod
    def _touching(
        x: FloatArray, height: FloatArray, is_in: BoolArray, touch: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """`(level, slope)[order, warehouse]` of the highest line at `touch` that is above no point.

        How high it gets is concave in its slope, so halving intervals finds the slope.
        """
        away = np.where(is_in, x - touch, 0.0)[:, :, None]
        tall = np.where(is_in[:, :, None], height, np.inf)
        low = np.zeros(height.shape[1:])
        high = np.full(height.shape[1:], STEEPEST)
        for _ in range(HALVINGS):
            thirds = (2 * low + high) / 3, (low + 2 * high) / 3
            left, right = ((tall - slope * away).min(axis=0) for slope in thirds)
            low = np.where(left < right, thirds[0], low)
            high = np.where(left < right, high, thirds[1])
        # Whatever the search missed, the level is lowered until the line is below every point.
        level = (tall - low * away).min(axis=0)
        return level - low * touch[:, None], low
