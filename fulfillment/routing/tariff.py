"""What a parcel costs before any price on stock: zone, weight step, packing, lateness and split."""

import numpy as np

from fulfillment.routing.arrays import FloatArray, IntArray
from fulfillment.routing.problem import Problem


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

    def slope(
        self, orders: IntArray, lightest_g: IntArray, total_g: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """A line below the parcel cost for every weight from the lightest to the total.

        Returns `fixed[order, warehouse]` and `per_g[order, warehouse]`. The step function is constant up to
        each limit, so a rising line is below it when it is below at the limits; beyond the heaviest step the
        function repeats itself, raised by one full box, so the slope of a full box is the steepest allowed.
        """
        rate = self.rate[:, self.zone[orders]].astype(np.float64)  # [step, order, warehouse]
        start = np.searchsorted(self.limits, np.minimum(lightest_g, self.heaviest))
        rows = np.arange(len(orders))
        x_start = self.limits[start].astype(np.float64)
        base = rate[start, rows]  # [order, warehouse]
        slope = np.broadcast_to(rate[-1] / self.heaviest, base.shape).copy()
        for step, limit in enumerate(self.limits):
            # A cheaper rate at a heavier step bends the line down, so the base is what all later steps allow.
            base = np.where((step >= start)[:, None], np.minimum(base, rate[step]), base)
            end = np.minimum(float(limit), total_g.astype(np.float64))
            is_counted = (step > start) & (end > x_start)
            rise = (rate[step] - base) / np.maximum(end - x_start, 1.0)[:, None]
            slope = np.where(is_counted[:, None], np.minimum(slope, rise), slope)
        # A second box can be lighter than the lightest group, so the line then stays below every step.
        through_origin = (rate / self.limits[:, None, None]).min(axis=0)
        slope = np.where((total_g > self.heaviest)[:, None], np.minimum(slope, through_origin), slope)
        slope = np.where((total_g <= x_start)[:, None], 0.0, slope)
        fixed = base - slope * x_start[:, None] + self.once[orders] + self.pack[None, :]
        return np.asarray(fixed), np.asarray(slope)
