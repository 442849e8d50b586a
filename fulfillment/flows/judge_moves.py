"""Why a plan moves an order: one reason by rule, and for an order that makes room the row it frees."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from fulfillment.routing.arrays import IntArray
from fulfillment.routing.plan import NOWHERE, Assignment, Plan
from fulfillment.routing.problem import Problem
from fulfillment.routing.tariff import ParcelTariff
from fulfillment.routing.usage import Meter


class MoveReason(StrEnum):
    """Why an order is placed elsewhere; where several hold, the first of these."""

    UNAVAILABLE = "unavailable"
    """Its place may not or cannot send it any more."""
    FOUND = "found"
    """It waited, and can be sent now."""
    WAITS = "waits"
    """Not everything promised can be sent any more, and this order is the one to wait."""
    ON_TIME = "on_time"
    """It arrives sooner after, or no longer after, the day it is due."""
    FEWER_PARCELS = "fewer_parcels"
    """It leaves in fewer parcels."""
    CHEAPER = "cheaper"
    """Its own cost falls."""
    MAKES_ROOM = "makes_room"
    """Its own cost does not fall; it frees what other orders need more."""


@dataclass(frozen=True)
class Judgment:
    """The reason of one move, what it saves its own order, and the row concerned where there is one."""

    reason: MoveReason
    saved_minor: int
    detail: Mapping[str, Any] = field(default_factory=dict)


class Judge:
    """Compares a plan with what stands, order by order; what is common to all is counted once."""

    def __init__(self, problem: Problem, standing: Assignment, found: Plan) -> None:
        self.problem = problem
        self.found = found
        self.standing = standing
        self.meter = Meter(problem, ParcelTariff(problem))
        self.before = _View.of(self.meter, standing)
        self.after = _View.of(self.meter, found.assignment)
        self.prices = self.meter.flat_prices(found.prices)
        self.overdrawn = self.before.used > self.meter.limits
        self.overdrawn[problem.stock.size :] = False
        place = np.maximum(standing.warehouse, 0)
        self.is_barred = (problem.bar[np.arange(problem.groups), place] > 0) & (standing.warehouse != NOWHERE)

    def judge(self, order: int) -> Judgment:
        """Why the order at this row is moved."""
        saved = int(self.before.cost[order] - self.after.cost[order])
        reason, detail = self._lost(order)
        if reason is None:
            reason, detail = self._gained(order, saved)
        return Judgment(reason, saved, detail)

    def _lost(self, order: int) -> tuple[MoveReason | None, dict[str, Any]]:
        """The reason of an order that cannot stay as it is, or that could not be sent before."""
        groups = slice(int(self.problem.group_start[order]), int(self.problem.group_start[order + 1]))
        stood, stands = self.standing.warehouse[groups], self.found.assignment.warehouse[groups]
        barred = np.flatnonzero(self.is_barred[groups])
        if len(barred):
            return MoveReason.UNAVAILABLE, {"warehouse": self._code(int(stood[barred[0]]))}
        rows = self.before.rows(order)
        gone = rows[self.overdrawn[rows]]
        if len(gone):
            return MoveReason.UNAVAILABLE, self._name(int(gone[0]))
        if ((stood == NOWHERE) & (stands != NOWHERE)).any():
            return MoveReason.FOUND, {}
        if ((stood != NOWHERE) & (stands == NOWHERE)).any() or not len(rows):
            return MoveReason.WAITS, {}
        return None, {}

    def _gained(self, order: int, saved: int) -> tuple[MoveReason, dict[str, Any]]:
        """The reason of an order that could have stayed."""
        if self.after.late_days[order] < self.before.late_days[order]:
            return MoveReason.ON_TIME, {}
        if self.after.parcels[order] < self.before.parcels[order]:
            return MoveReason.FEWER_PARCELS, {}
        if saved > 0:
            return MoveReason.CHEAPER, {}
        freed = np.setdiff1d(self.before.rows(order), self.after.rows(order))
        if not len(freed):
            freed = self.before.rows(order)
        dearest = int(freed[np.argmax(self.prices[freed])])
        return MoveReason.MAKES_ROOM, self._name(dearest)

    def _name(self, row: int) -> dict[str, Any]:
        """The row as plain values: stock by class, SKU and warehouse, or a warehouse's parcels."""
        price = round(float(self.prices[row]))
        if row >= self.problem.stock.size:
            return {"warehouse": self._code(row - self.problem.stock.size), "price_minor": price}
        level, sku, warehouse = np.unravel_index(row, self.problem.stock.shape)
        return {
            "warehouse": self._code(int(warehouse)),
            "sku": self.problem.skus[int(sku)],
            "shelf_class": int(level),
            "price_minor": price,
        }

    def _code(self, warehouse: int) -> str:
        return self.problem.warehouse_codes[warehouse]


@dataclass(frozen=True, eq=False)
class _View:
    """One assignment, counted by order."""

    cost: IntArray  # [order] without the penalties of what stays
    parcels: IntArray  # [order]
    late_days: IntArray  # [order] sum over its parcels
    used: IntArray  # [row]
    first: IntArray  # [order + 1] where the rows of an order begin
    row: IntArray  # [entry] sorted by order

    @classmethod
    def of(cls, meter: Meter, assignment: Assignment) -> "_View":
        """The assignment, counted."""
        problem = meter.problem
        sent = meter.sendings(assignment)
        parcels = meter.parcels(sent)
        late = meter.late_days(parcels)
        entries = meter.uses(sent)
        sequence = np.argsort(entries.owner, kind="stable")
        return cls(
            cost=np.rint(meter.sending_costs(sent, problem.orders)).astype(np.int64),
            parcels=np.bincount(parcels.order, minlength=problem.orders),
            late_days=np.bincount(parcels.order, late, problem.orders).astype(np.int64),
            used=meter.used(entries),
            first=np.searchsorted(entries.owner[sequence], np.arange(problem.orders + 1)),
            row=entries.row[sequence],
        )

    def rows(self, order: int) -> IntArray:
        """The rows this order uses."""
        return self.row[int(self.first[order]) : int(self.first[order + 1])]
