"""A plan as arrays, with its proof, its prices and its backlog."""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from fulfillment.routing.arrays import FloatArray, IntArray, SmallArray
from fulfillment.routing.problem import Problem

NOWHERE = -1


class Stage(StrEnum):
    """How far the planner came."""

    FREE = "free"
    PRICED = "priced"
    PROVEN = "proven"


class Reason(StrEnum):
    """Why a group stays in the backlog."""

    BARRED = "barred"
    SHORT = "short"
    CLAIMED = "claimed"
    CAPACITY = "capacity"
    COMPANION = "companion"
    DEARER = "dearer"


@dataclass(frozen=True, eq=False)
class Prices:
    """What one more unit of each row is worth, in minor units; zero where nothing is scarce."""

    stock: FloatArray  # [class, sku, warehouse]
    capacity: FloatArray  # [warehouse]

    @classmethod
    def zero(cls, problem: Problem) -> "Prices":
        """Nothing is scarce."""
        return cls(np.zeros(problem.stock.shape), np.zeros(problem.warehouses))


@dataclass(frozen=True, slots=True)
class ScarceRow:
    """One stock row or, where `sku` is None, one warehouse's parcels: what it holds, what the plan uses."""

    warehouse: str
    sku: str | None
    shelf_class: int
    price_minor: float
    used: int
    available: int


@dataclass(frozen=True, slots=True)
class BacklogEntry:
    """One group that stays, with its reason."""

    order_id: str
    line: int
    qty: int
    reason: Reason


@dataclass(frozen=True, eq=False)
class Assignment:
    """Where each group leaves from. Both axes are [group]; NOWHERE means the backlog.

    Groups of one order with the same parcel number share that parcel and its warehouse.
    """

    warehouse: SmallArray
    parcel: SmallArray

    def copy(self) -> "Assignment":
        """An assignment that can be written to without changing this one."""
        return Assignment(self.warehouse.copy(), self.parcel.copy())

    @classmethod
    def empty(cls, problem: Problem) -> "Assignment":
        """Everything in the backlog."""
        nothing = np.full(problem.groups, NOWHERE, dtype=np.int16)
        return cls(nothing, nothing.copy())


@dataclass(frozen=True, slots=True)
class ParcelPlan:
    """One parcel of one order."""

    warehouse: str
    lines: tuple[tuple[int, int], ...]  # (line, units of it)


@dataclass(frozen=True, eq=False)
class Plan:
    """The best plan found: every order's parcels, what stays and why, and how far from the optimum it can be.

    `cost_minor` includes the penalties of the backlog; no plan costs less than `bound_minor`.
    """

    assignment: Assignment
    order_cost_minor: IntArray  # [order]
    cost_minor: int
    bound_minor: int
    prices: Prices
    scarce: tuple[ScarceRow, ...]
    backlog: tuple[BacklogEntry, ...]
    stage: Stage
    seconds: float
    first_plan_seconds: float
    orders_priced: int
    history: tuple[tuple[float, int, int], ...] = field(default=())  # (seconds, cost, bound)
    first_plan_minor: int = 0

    @property
    def gap(self) -> float:
        """How much more than the optimum the plan can cost at most, as a share of its cost."""
        if self.cost_minor <= self.bound_minor:
            return 0.0
        return (self.cost_minor - self.bound_minor) / self.cost_minor

    def parcels(self, problem: Problem, order_id: str) -> tuple[ParcelPlan, ...]:
        """The parcels of one order, in the order of their numbers."""
        return parcels_of(problem, self.assignment, problem.order_rows[order_id])


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known while the planner runs."""

    stage: str
    seconds: float
    cost_minor: int
    bound_minor: int


def parcels_of(problem: Problem, assignment: Assignment, row: int) -> tuple[ParcelPlan, ...]:
    """The parcels of the order at this row, in the order of their numbers."""
    found: dict[int, list[int]] = {}
    for group in range(int(problem.group_start[row]), int(problem.group_start[row + 1])):
        if assignment.parcel[group] != NOWHERE:
            found.setdefault(int(assignment.parcel[group]), []).append(group)
    return tuple(
        ParcelPlan(
            warehouse=problem.warehouse_codes[int(assignment.warehouse[members[0]])],
            lines=tuple((int(problem.line[g]), int(problem.line_share[g])) for g in members),
        )
        for _, members in sorted(found.items())
    )
