"""Where a plan begins: an earlier plan or today's reservations."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from fulfillment.routing.plan import NOWHERE, Assignment, ScarceRow
from fulfillment.routing.problem import Problem
from fulfillment.routing.tariff import ParcelTariff
from fulfillment.routing.usage import Meter
from fulfillment.routing.wide_pricing import number_parcels


@dataclass(frozen=True)
class Start:
    """Where an earlier plan or today's reservations put each line, and the prices found then.

    `warehouse_of[order id, line]` is a warehouse code; what is missing starts in the backlog.
    """

    warehouse_of: Mapping[tuple[str, int], str] = field(default_factory=dict)
    scarce: tuple[ScarceRow, ...] = ()


def assignment_from(problem: Problem, warehouse_of: Mapping[tuple[str, int], str]) -> Assignment:
    """The assignment that sends each line from the warehouse given, one parcel per order and warehouse."""
    codes = {code: row for row, code in enumerate(problem.warehouse_codes)}
    order_of, line = problem.order_of_group.tolist(), problem.line.tolist()
    places = [
        codes.get(warehouse_of.get((problem.order_ids[order], number), ""), NOWHERE)
        for order, number in zip(order_of, line, strict=True)
    ]
    warehouse = np.array(places, dtype=np.int64)
    parcel = np.full(problem.groups, NOWHERE, dtype=np.int16)
    for size in np.unique(np.diff(problem.group_start)):
        orders = np.flatnonzero(np.diff(problem.group_start) == size)
        groups = problem.group_start[orders][:, None] + np.arange(size)[None, :]
        parcel[groups] = number_parcels(warehouse[groups])
    return Assignment(warehouse.astype(np.int16), parcel)


def cost_of(problem: Problem, assignment: Assignment) -> int:
    """What an assignment costs with the penalties of what it leaves, feasible or not."""
    return int(Meter(problem, ParcelTariff(problem)).order_costs(assignment).sum())
