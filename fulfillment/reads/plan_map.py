"""The figures of a plan's map: warehouses with their parcels, and destinations with who serves them."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from fulfillment.reads.plan_scene import Scene
from fulfillment.reads.unreleased import UnreleasedOrder
from fulfillment.routing.arrays import FloatArray, IntArray
from fulfillment.routing.plan import NOWHERE
from fulfillment.routing.problem import UNLIMITED, Bar

MOST_SPOTS = 300
"""More circles than this are no map but a blot; the cells grow until so many are enough."""

CELL_DEGREES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)


def warehouse_figures(stood: Scene, stands: Scene) -> list[dict[str, Any]]:
    """Each warehouse's parcels before and after, what it can still send, and what it is planned to send."""
    problem = stands.problem
    before, after = (_parcels_by_warehouse(scene) for scene in (stood, stands))
    units = np.bincount(
        stands.sent.warehouse, problem.units[stands.sent.group], minlength=problem.warehouses
    ).astype(np.int64)
    closed = (problem.bar == Bar.CLOSED).any(axis=0)
    return [
        {
            "code": code,
            "is_open": not bool(closed[row]),
            "capacity": None if problem.capacity[row] >= UNLIMITED else int(problem.capacity[row]),
            "parcels_before": int(before.get(code, 0)),
            "parcels": int(after.get(code, 0)),
            "units": int(units[row]),
        }
        for row, code in enumerate(problem.warehouse_codes)
    ]


def _parcels_by_warehouse(scene: Scene) -> dict[str, int]:
    problem, parcels = scene.problem, scene.parcels
    boxes = np.bincount(parcels.warehouse, parcels.boxes, minlength=problem.warehouses).astype(np.int64)
    return dict(zip(problem.warehouse_codes, boxes.tolist(), strict=True))


def spot_figures(orders: Sequence[UnreleasedOrder], stood: Scene, stands: Scene) -> list[dict[str, Any]]:
    """Where the orders go: few enough places for a map, each with its orders and who serves it."""
    rows = np.array([row for row, order in enumerate(orders) if order.latitude is not None], dtype=np.int64)
    if not len(rows):
        return []
    at = np.array([(orders[row].latitude, orders[row].longitude) for row in rows], dtype=np.float64)
    cell = cluster(at)
    count = int(cell.max()) + 1
    sizes = np.bincount(cell, minlength=count)
    middle = np.stack([np.bincount(cell, at[:, axis], count) / sizes for axis in (0, 1)], axis=1)
    waits = np.zeros(stands.problem.orders, dtype=bool)
    waits[stands.problem.order_of_group[stands.assignment.warehouse == NOWHERE]] = True
    waiting = np.bincount(cell, waits[rows], count).astype(np.int64)
    cell_of = np.full(stands.problem.orders, NOWHERE, dtype=np.int64)
    cell_of[rows] = cell
    before, after = (_served(scene, cell_of, count) for scene in (stood, stands))
    zips: list[Counter[str]] = [Counter() for _ in range(count)]
    for place, row in zip(cell.tolist(), rows.tolist(), strict=True):
        zips[place][f"{orders[row].country} {orders[row].zip[:5]}"] += 1
    return [
        {
            "at": [round(float(middle[place, 0]), 3), round(float(middle[place, 1]), 3)],
            "zip": min(zips[place], key=lambda text: (-zips[place][text], text)),
            "orders": int(sizes[place]),
            "waiting": int(waiting[place]),
            "before": before[place],
            "after": after[place],
        }
        for place in sorted(range(count), key=lambda place: (-int(sizes[place]), place))
    ]


def cluster(at: FloatArray) -> IntArray:
    """`cell[point]`: points of one cell of the finest grid that has few enough cells, numbered from 0."""
    for step in CELL_DEGREES[:-1]:
        found, cell = _cells(at, step)
        if found <= MOST_SPOTS:
            return cell
    return _cells(at, CELL_DEGREES[-1])[1]


def _cells(at: FloatArray, step: float) -> tuple[int, IntArray]:
    found, cell = np.unique(np.rint(at / step).astype(np.int64), axis=0, return_inverse=True)
    return len(found), np.asarray(cell.reshape(-1), dtype=np.int64)


def _served(scene: Scene, cell_of: IntArray, count: int) -> list[dict[str, int]]:
    """By cell the parcels from each warehouse that sends any there, the most first."""
    warehouses = scene.problem.warehouses
    cell = cell_of[scene.parcels.order]
    is_known = cell >= 0
    key = cell[is_known] * warehouses + scene.parcels.warehouse[is_known]
    boxes = np.bincount(key, scene.parcels.boxes[is_known], count * warehouses).astype(np.int64)
    table = boxes.reshape(count, warehouses)
    return [
        {
            scene.problem.warehouse_codes[row]: int(table[place, row])
            for row in np.argsort(-table[place], kind="stable").tolist()
            if table[place, row]
        }
        for place in range(count)
    ]
