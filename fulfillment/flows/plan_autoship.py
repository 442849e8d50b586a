"""The due orders of a run are planned together, beside what single orders hold and will want."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.policy import CompanyPolicy
from fulfillment.flows.parts_of_plan import parts_of
from fulfillment.orders.autoship_dealing import Claim, Dealt, deal
from fulfillment.reads.autoship_rows import (
    DueOrder,
    SingleDemand,
    list_due_orders,
    read_single_demand,
    read_units_for_autoship,
)
from fulfillment.reads.routing_rows import RoutingRows, problem_of, read_routing_rows
from fulfillment.reads.warehouse_days import DAYS_AHEAD
from fulfillment.routing.apart import Planner
from fulfillment.routing.plan import NOWHERE, Plan, Progress
from fulfillment.routing.problem import Problem
from fulfillment.routing.rows import StockRow, WarehouseRow
from fulfillment.store.clock import read_now
from fulfillment.store.session import InTransaction
from fulfillment.warehouse.queries import list_warehouses

DEALT_OUT = "dealt_out"
"""Others whose turn came earlier took the last of a SKU."""

NO_PLAN = "no_plan"
"""The planner found no plan in its time."""

Units = dict[tuple[str, str], int]
"""Units by (warehouse code, SKU)."""


@dataclass(frozen=True)
class PlannedPart:
    """What one warehouse sends of a due order: (order line id, SKU, qty)."""

    warehouse_code: str
    cost_minor: int
    units: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True)
class PlannedDue:
    """A due order with all of its parts."""

    order_id: uuid.UUID
    parts: tuple[PlannedPart, ...]

    def as_json(self) -> list[Any]:
        """Plain values, to be kept until the order is promised."""
        return [str(self.order_id), [[p.warehouse_code, p.cost_minor, [*p.units]] for p in self.parts]]

    @classmethod
    def of(cls, values: Sequence[Any]) -> "PlannedDue":
        """What `as_json` kept."""
        parts = tuple(
            PlannedPart(code, cost, tuple((line, sku, qty) for line, sku, qty in units))
            for code, cost, units in values[1]
        )
        return cls(uuid.UUID(values[0]), parts)


@dataclass(frozen=True)
class PlannedRound:
    """Who is to be promised what, in the order of service, and who is not and why: (reason, SKUs)."""

    waiting: int
    planned: tuple[PlannedDue, ...] = ()
    short: Mapping[uuid.UUID, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Seen:
    dues: list[DueOrder]
    dealt: Dealt[uuid.UUID]
    rows: RoutingRows | None


def plan_round(
    snapshot: InTransaction,
    *,
    run_id: uuid.UUID,
    policy: CompanyPolicy,
    planner: Planner,
    time_limit_s: float,
    seed: int,
    on_progress: Callable[[Progress], None],
    should_stop: Callable[[], bool],
) -> PlannedRound:
    """The best plan found for the due orders that wait, with no transaction open meanwhile.

    Where they want more than there is, the rule of `orders.autoship_dealing` says who is planned at all.

    Raises:
        InvalidInputError: the data make no problem; it names the row.
    """
    seen = snapshot(lambda session: _read(session, run_id, policy))
    short = {key: (DEALT_OUT, skus) for key, skus in seen.dealt.short.items()}
    if seen.rows is None:
        return PlannedRound(len(seen.dues), short=short)
    problem = problem_of(seen.rows)
    found = planner(
        problem,
        time_limit_s=time_limit_s,
        seed=seed,
        workers=1,
        start=None,
        on_progress=on_progress,
        should_stop=should_stop,
    ).plan
    if found is None:
        short.update(dict.fromkeys(seen.dealt.granted, (NO_PLAN, ())))
        return PlannedRound(len(seen.dues), short=short)
    planned = _parts_of_all(problem, found, seen.rows)
    short.update(_left_over(found, seen))
    granted = [planned[key] for key in seen.dealt.granted if key in planned and key not in short]
    figures = {
        "seconds": round(found.seconds, 3),
        "cost_minor": int(found.order_cost_minor[_served(problem, found)].sum()),
        "gap": round(found.gap, 6),
    }
    return PlannedRound(len(seen.dues), tuple(granted), short, figures)


def _read(session: Session, run_id: uuid.UUID, policy: CompanyPolicy) -> _Seen:
    # Hundreds of thousands of lines take longer to sort than a forgotten transaction may idle; this one
    # only reads.
    session.connection().execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = '10min'"))
    now = read_now(session)
    dues = list_due_orders(session, run_id=run_id)
    usual = read_single_demand(session, look_back_days=policy.autoship_look_back_days, now=now)
    reserve = usual.units_of(days=policy.autoship_single_days)
    daily = {site.code: site.daily_parcel_capacity for site in list_warehouses(session) if site.is_active}
    spendable = spendable_units(read_units_for_autoship(session), reserve)
    by_sku: dict[str, int] = {}
    for (code, sku), qty in spendable.items():
        if code in daily:
            by_sku[sku] = by_sku.get(sku, 0) + qty
    claims = (
        Claim(due.order.order_id, due.order.priority, due.subscribed_on, due.place, due.units) for due in dues
    )
    dealt = deal(claims, units=by_sku)
    rows = _rows_of(session, dues=dues, dealt=dealt, now=now)
    if rows is not None:
        rows = _beside_single_orders(rows, spendable=spendable, usual=usual, daily=daily, policy=policy)
    return _Seen(dues, dealt, rows)


def spendable_units(free: Mapping[tuple[str, str], int], reserve: Mapping[tuple[str, str], int]) -> Units:
    """What a run may take of each row, and leave single orders their days."""
    return {key: left for key, qty in free.items() if (left := qty - reserve.get(key, 0)) > 0}


def _rows_of(
    session: Session, *, dues: Sequence[DueOrder], dealt: Dealt[uuid.UUID], now: datetime
) -> RoutingRows | None:
    orders = {due.order.order_id: due.order for due in dues}
    granted = [orders[key] for key in dealt.granted]
    if not granted:
        return None
    return read_routing_rows(session, orders=granted, now=now, may_take_kept_back=True)


def _beside_single_orders(
    rows: RoutingRows,
    *,
    spendable: Units,
    usual: SingleDemand,
    daily: Mapping[str, int],
    policy: CompanyPolicy,
) -> RoutingRows:
    """The rows with what a run may take, and the parcels of the days over which it leaves."""
    later = policy.autoship_ship_days - 1 - DAYS_AHEAD
    singles = usual.parcels_of(days=policy.autoship_ship_days)

    def whole_run(site: WarehouseRow) -> WarehouseRow:
        if site.capacity is None:
            return site
        parcels = site.capacity + later * daily.get(site.code, 0) - singles.get(site.code, 0)
        return replace(site, capacity=max(0, parcels))

    return replace(
        rows,
        stock=_for_the_run(rows.stock, spendable),
        warehouses=[whole_run(site) for site in rows.warehouses],
    )


def _for_the_run(stock: Sequence[StockRow], spendable: Units) -> list[StockRow]:
    """The stock as it stands, of which the planner leaves what single orders want."""
    totals: Units = {}
    for row in stock:
        key = (row.warehouse, row.sku)
        totals[key] = totals.get(key, 0) + row.qty
    told: set[tuple[str, str]] = set()
    result = []
    for row in stock:
        key = (row.warehouse, row.sku)
        kept = max(0, totals[key] - spendable.get(key, 0)) if key not in told else 0
        told.add(key)
        result.append(StockRow(row.warehouse, row.sku, row.qty, row.shelf_class, kept))
    return result


def _served(problem: Problem, found: Plan) -> Any:  # noqa: ANN401 - a NumPy mask
    """`served[order]`: nothing of it is left."""
    left = problem.order_of_group[found.assignment.warehouse == NOWHERE]
    served = found.order_cost_minor >= 0
    served[left] = False
    return served


def _left_over(found: Plan, seen: _Seen) -> dict[uuid.UUID, tuple[str, tuple[str, ...]]]:
    """Why a granted order is not promised after all; it is charged whole, so one line is enough."""
    orders = {due.order.order_id: due.order for due in seen.dues}
    left: dict[uuid.UUID, tuple[str, tuple[str, ...]]] = {}
    assert seen.rows is not None, "there is a plan"
    for entry in found.backlog:
        key = uuid.UUID(entry.order_id)
        if key in orders:
            line = seen.rows.lines[entry.order_id][entry.line]
            before = left.get(key, (entry.reason.value, ()))[1]
            skus = {*before, *(units.sku for units in line.units)}
            left[key] = (entry.reason.value, tuple(sorted(skus)))
    return left


def _parts_of_all(problem: Problem, found: Plan, rows: RoutingRows) -> dict[uuid.UUID, PlannedDue]:
    planned = {}
    for place, order in enumerate(rows.orders):
        cost_minor = int(found.order_cost_minor[place])
        parts = parts_of(rows.lines[order.id], found.parcels(problem, order.id))
        key = uuid.UUID(order.id)
        planned[key] = PlannedDue(
            key,
            tuple(
                PlannedPart(
                    part.warehouse_code,
                    0 if number else cost_minor,
                    tuple((str(units.order_line_id), units.sku, units.qty) for units in part.units),
                )
                for number, part in enumerate(parts)
                if part.warehouse_code is not None
            ),
        )
    return planned
