"""From a plan to the moves that carry it out, each with the reason it is made."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from fulfillment.flows.apply_plan import Move
from fulfillment.flows.judge_moves import Judge, Judgment
from fulfillment.flows.parts_of_plan import parts_of
from fulfillment.flows.planning_day import Day, Placement, placement_now, placement_of
from fulfillment.orders.kinds import RouteMoveOutcome
from fulfillment.orders.promises import NewPart
from fulfillment.orders.route_plans import NewMove
from fulfillment.reads.unreleased import UnreleasedOrder
from fulfillment.routing.explaining import Explainer
from fulfillment.routing.plan import Plan

MOST_EXPLAINED: Final = 10_000
"""Moves of a plan told with the ways not taken, 2.5 ms each: a day of 100,000 cannot wait for all of them."""


@dataclass(frozen=True)
class PlannedMove:
    """A move with why it is made."""

    move: Move
    judgment: Judgment

    def told(self, outcome: RouteMoveOutcome) -> NewMove:
        """The move as the history keeps it."""
        now: dict[str | None, dict[str, int]] = {}
        for units in self.move.order.units:
            _count(now.setdefault(units.warehouse_code, {}), units.sku, units.qty)
        then: dict[str | None, dict[str, int]] = {}
        for part in self.move.parts:
            for new in part.units:
                _count(then.setdefault(part.warehouse_code, {}), new.sku, new.qty)
        return NewMove(
            order_id=self.move.order.order_id,
            outcome=outcome,
            from_parts=_told_parts(now),
            to_parts=_told_parts(then),
            saved_minor=self.judgment.saved_minor,
            reason=self.judgment.reason.value,
            detail=self.judgment.detail,
        )


@dataclass(frozen=True)
class Course:
    """What a plan asks for: its moves, and where every order would stand then, in the snapshot's order."""

    moves: list[PlannedMove]
    placements: list[Placement]


def course_of(day: Day, found: Plan, *, plan_id: uuid.UUID, on_order: Callable[[], None]) -> Course:
    """The moves of the orders that the plan places elsewhere; `on_order` is called again and again."""
    explainer = Explainer(day.problem, found)
    judge = Judge(day.problem, day.standing, found)
    course = Course([], [])
    for row, order in enumerate(day.seen.orders):
        key = str(order.order_id)
        parts = parts_of(day.seen.rows.lines[key], found.parcels(day.problem, key))
        placement = placement_of(parts)
        course.placements.append(placement)
        if placement == placement_now(order):
            continue
        on_order()
        reasons: dict[str, Any] = {"rule": "planned"}
        if len(course.moves) < MOST_EXPLAINED:
            reasons["alternatives"] = _alternatives(explainer, key)
        move = _move(order, parts, reasons=reasons, plan_id=plan_id, cost=int(found.order_cost_minor[row]))
        course.moves.append(PlannedMove(move, judge.judge(row)))
    return course


def _move(
    order: UnreleasedOrder,
    parts: Sequence[NewPart],
    *,
    reasons: Mapping[str, Any],
    plan_id: uuid.UUID,
    cost: int,
) -> Move:
    """The move, its first part carrying the order's cost."""
    return Move(
        order=order,
        parts=tuple(
            replace(part, cost_minor=0 if place else cost, reasons=reasons, plan_id=plan_id)
            for place, part in enumerate(parts)
        ),
    )


def _alternatives(explainer: Explainer, order_id: str) -> list[dict[str, Any]]:
    """The ways the order could have gone, as plain values for its page."""
    return [
        {
            "warehouses": [parcel.warehouse for parcel in way.parcels],
            "cost_minor": way.cost_minor,
            "is_chosen": way.is_chosen,
            "ruled_out_by": [asdict(ruling) for ruling in way.ruled_out_by],
        }
        for way in explainer.explain(order_id).alternatives
    ]


def _count(target: dict[str, int], sku: str, qty: int) -> None:
    target[sku] = target.get(sku, 0) + qty


def _told_parts(parts: Mapping[str | None, Mapping[str, int]]) -> list[dict[str, Any]]:
    return [
        {"warehouse": code, "units": [{"sku": sku, "qty": qty} for sku, qty in sorted(units.items()) if qty]}
        for code, units in sorted(parts.items(), key=lambda part: part[0] or "")
    ]
