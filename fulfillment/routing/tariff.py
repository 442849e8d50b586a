"""What a parcel costs before any price on stock: zone, weight step, packing, lateness and split."""

from dataclasses import dataclass

import numpy as np

from fulfillment.routing.arrays import FloatArray, IntArray
from fulfillment.routing.problem import Problem


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
        """Two lines below the parcel cost for every weight from the lightest to the total.

        The step function is constant up to each limit, so a rising line is below it when it is below at the
        limits, and again one full box higher for every further box. The first line touches at the lightest
        weight, the second at the total: the first and the last edge of the lower hull of these points.
        """
        rate = self.rate[:, self.zone[orders]] + self.pack[None, None, :].astype(np.float64)
        start = np.searchsorted(self.limits, np.minimum(lightest_g, self.heaviest))
        x_start, x_end = self.limits[start].astype(np.float64), total_g.astype(np.float64)
        full = self.cost(orders, total_g[None])[0].T - self.once[orders]
        low = np.minimum(rate[start, np.arange(len(orders))], full)
        points = [
            (box * self.heaviest + int(limit), box * rate[-1] + rate[step])
            for box in range(int(self.boxes(total_g).max()))
            for step, limit in enumerate(self.limits)
        ]
        for x, height in points:
            low = np.where(((x >= x_start) & (x < x_end))[:, None], np.minimum(low, height), low)
        rising = (full - low) / np.maximum(x_end - x_start, 1.0)[:, None]
        falling = np.zeros_like(rising)
        for x, height in points:
            after = ((x > x_start) & (x < x_end))[:, None]
            rising = np.where(
                after, np.minimum(rising, (height - low) / np.maximum(x - x_start, 1.0)[:, None]), rising
            )
            before = ((x >= x_start) & (x < x_end))[:, None]
            falling = np.where(
                before, np.maximum(falling, (full - height) / np.maximum(x_end - x, 1.0)[:, None]), falling
            )
        rising = np.where((x_end <= x_start)[:, None], 0.0, rising)
        once = self.once[orders]
        return Lines(
            fixed=np.stack([low - rising * x_start[:, None] + once, full - falling * x_end[:, None] + once]),
            per_g=np.stack([rising, falling]),
        )
