"""Prices orders of many groups at the true rate, with the bound of `wide`."""

from dataclasses import dataclass

import numpy as np

from fulfillment.routing.arrays import FloatArray, IntArray, SmallArray
from fulfillment.routing.plan import NOWHERE
from fulfillment.routing.problem import Problem
from fulfillment.routing.tariff import Lines, ParcelTariff
from fulfillment.routing.wide import NEVER, WideOrders, choose_places


@dataclass(frozen=True, eq=False)
class WideBest:
    """A good plan of each order and a bound below its best one."""

    value: FloatArray  # [order]
    floor: FloatArray  # [order]
    warehouse: SmallArray  # [order, group]
    parcel: SmallArray  # [order, group]


@dataclass(frozen=True, eq=False)
class WidePricer:
    """Prices batches of orders with equally many groups, too many for the exact recursion."""

    problem: Problem
    tariff: ParcelTariff
    capacity_price: FloatArray  # [warehouse]
    capacity_left: IntArray | None  # [warehouse]

    def best(self, orders: IntArray, groups: IntArray, cost: FloatArray, lines: Lines) -> WideBest:
        """The best candidate of each order under `cost[order, group, warehouse]`."""
        problem = self.problem
        charged = charged_weight(problem, groups)
        fixed = lines.fixed + self.capacity_price[None, None, :]
        if self.capacity_left is not None:
            fixed = np.where(self.capacity_left[None, None, :] > 0, fixed, NEVER)
        unfilled = problem.unfilled_minor[groups].astype(np.float64)
        wide = WideOrders(
            group_cost=np.minimum(cost, NEVER),
            weight_g=charged.astype(np.float64),
            unfilled=unfilled,
            fixed=fixed,
            per_g=lines.per_g,
            split=float(problem.split_minor),
            is_complete=problem.is_ship_complete[orders],
        )
        choice = choose_places(wide)
        value = unfilled.sum(axis=1)
        warehouse = np.full(groups.shape, NOWHERE, dtype=np.int64)
        for places in choice.places:
            found = self._value(orders, groups, places, wide)
            is_better = found < value
            value = np.where(is_better, found, value)
            warehouse[is_better] = places[is_better]
        return WideBest(
            value, np.minimum(choice.floor, value), warehouse.astype(np.int16), number_parcels(warehouse)
        )

    def _value(self, orders: IntArray, groups: IntArray, places: IntArray, wide: WideOrders) -> FloatArray:
        """The true cost of one parcel from each warehouse used, and of what stays."""
        at = (
            places[:, None, :] == np.arange(self.problem.warehouses)[None, :, None]
        )  # [order, warehouse, group]
        weight = (at * self.problem.weight_g[groups][:, None, :]).sum(axis=2)
        dim_weight = (at * self.problem.dim_weight_g[groups][:, None, :]).sum(axis=2)
        is_used = at.any(axis=2)
        billable = np.where(is_used, np.maximum(weight, dim_weight), 1)
        boxes = self.tariff.boxes(billable)
        every = self.tariff.cost(orders, billable.T)  # [warehouse, warehouse, order]
        parcel = np.diagonal(every, axis1=0, axis2=1) + boxes * self.capacity_price[None, :]
        if self.capacity_left is not None:
            parcel = np.where(boxes > self.capacity_left[None, :], np.inf, parcel)
        sent = np.take_along_axis(wide.group_cost, np.maximum(places, 0)[:, :, None], axis=2)[:, :, 0]
        value = np.where(places >= 0, sent, wide.unfilled).sum(axis=1)
        value += np.where(is_used, parcel, 0.0).sum(axis=1) - wide.split * is_used.any(axis=1)
        is_partial = wide.is_complete & (places < 0).any(axis=1) & (places >= 0).any(axis=1)
        return np.where(is_partial, np.inf, value)


def charged_weight(problem: Problem, groups: IntArray) -> IntArray:
    """`weight[order, group]`: actual or dimensional, whichever is more for the whole order.

    Either is a lower bound of what a parcel is charged.
    """
    weight, dim_weight = problem.weight_g[groups], problem.dim_weight_g[groups]
    is_dim = dim_weight.sum(axis=1) > weight.sum(axis=1)
    return np.where(is_dim[:, None], dim_weight, weight)


def number_parcels(warehouse: IntArray) -> SmallArray:
    """`parcel[order, group]`: one parcel per warehouse, numbered in the order of their first group."""
    size = warehouse.shape[1]
    same = warehouse[:, :, None] == warehouse[:, None, :]
    leader = same.argmax(axis=2)  # the first group at the same warehouse
    is_leader = (leader == np.arange(size)[None, :]) & (warehouse >= 0)
    number = np.cumsum(is_leader, axis=1) - 1
    parcel = np.take_along_axis(number, leader, axis=1)
    return np.where(warehouse >= 0, parcel, NOWHERE).astype(np.int16)
