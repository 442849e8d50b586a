"""The figures of a plan's backlog: which lines wait, what they lack, and what would end each wait."""

from typing import Any

import numpy as np

from fulfillment.reads.plan_scene import Scene
from fulfillment.routing.arrays import IntArray
from fulfillment.routing.plan import NOWHERE, Plan, Reason
from fulfillment.routing.problem import Bar, Problem

MOST_WAITING = 200
MOST_SKUS = 100
LACKS = frozenset({Reason.SHORT, Reason.CLAIMED})


def waiting_lines(stands: Scene, found: Plan) -> list[dict[str, Any]]:
    """The first lines that wait, each with the SKUs it lacks and the warehouses that could end its wait."""
    problem = stands.problem
    stays = np.flatnonzero(found.assignment.warehouse == NOWHERE)[:MOST_WAITING]
    used = stands.meter.used(stands.meter.entries(found.assignment))
    left = problem.available - used[: problem.stock.size].reshape(problem.stock.shape)
    return [
        {
            "order_id": entry.order_id,
            "line": entry.line,
            "qty": entry.qty,
            "reason": entry.reason.value,
            "skus": _lacking(problem, group, left if entry.reason is Reason.CLAIMED else problem.available),
            **_ways_out(problem, group, entry.reason, left),
        }
        for group, entry in zip(stays.tolist(), found.backlog[:MOST_WAITING], strict=True)
    ]


def _items(problem: Problem, group: int) -> IntArray:
    return np.arange(int(problem.item_start[group]), int(problem.item_start[group + 1]))


def _lacking(problem: Problem, group: int, units: IntArray) -> list[str]:
    """The SKUs of the group that no open warehouse has enough of; all of them where each is somewhere."""
    items = _items(problem, group)
    level = int(problem.shelf_class[group])
    is_open = problem.bar[group] == Bar.OPEN
    most = units[level][:, is_open].max(axis=1, initial=0)[problem.item_sku[items]]
    short = items[most < problem.item_qty[items]]
    return [problem.skus[sku] for sku in problem.item_sku[short if len(short) else items].tolist()]


def _ways_out(problem: Problem, group: int, reason: Reason, left: IntArray) -> dict[str, Any]:
    """The bars of a group no warehouse may send, or the full warehouses that hold it."""
    codes = problem.warehouse_codes
    if reason is Reason.BARRED:
        bars = {
            bar.name.lower(): [codes[row] for row in np.flatnonzero(problem.bar[group] == bar).tolist()]
            for bar in Bar
            if bar is not Bar.OPEN
        }
        return {"bars": {name: found for name, found in bars.items() if found}}
    if reason is Reason.CAPACITY:
        items = _items(problem, group)
        each = left[int(problem.shelf_class[group])][problem.item_sku[items]].T  # [warehouse, item]
        has = (each >= problem.item_qty[items]).all(axis=1)
        return {
            "warehouses": [codes[row] for row in np.flatnonzero(has & (problem.bar[group] == 0)).tolist()]
        }
    return {}


def count_waiting(found: Plan) -> dict[str, dict[str, int]]:
    """How many lines and units wait for each reason, complete."""
    totals: dict[str, dict[str, int]] = {}
    for entry in found.backlog:
        total = totals.setdefault(entry.reason.value, {"lines": 0, "units": 0})
        total["lines"] += 1
        total["units"] += entry.qty
    return totals


def missing_skus(stands: Scene, found: Plan) -> list[dict[str, Any]]:
    """The SKUs whose lack makes lines wait: units asked for by them, and units unused elsewhere.

    The most asked for come first. Lines that only wait for another line of their order lack nothing.
    """
    problem = stands.problem
    groups = np.flatnonzero(found.assignment.warehouse == NOWHERE)
    lacks = np.zeros(problem.groups, dtype=bool)
    lacks[groups] = [entry.reason in LACKS for entry in found.backlog]
    items = np.flatnonzero(lacks[problem.group_of_item])
    asked = np.bincount(problem.item_sku[items], problem.item_qty[items], len(problem.skus)).astype(np.int64)
    used = stands.meter.used(stands.meter.entries(found.assignment))
    left = problem.available - used[: problem.stock.size].reshape(problem.stock.shape)
    unused = left[0].sum(axis=1)
    rows = np.lexsort((np.arange(len(asked)), -asked))[:MOST_SKUS]
    return [
        {"sku": problem.skus[row], "units": int(asked[row]), "unused": int(unused[row])}
        for row in rows.tolist()
        if asked[row]
    ]
