"""What a finished assignment says: its scarce rows and the reason of everything that stays."""

import numpy as np

from fulfillment.routing.arrays import BoolArray, IntArray
from fulfillment.routing.plan import NOWHERE, Assignment, BacklogEntry, Prices, Reason, ScarceRow
from fulfillment.routing.problem import Problem

LEAST_PRICE_SHOWN = 0.5


def scarce_rows(problem: Problem, prices: Prices, used: IntArray) -> tuple[ScarceRow, ...]:
    """The rows priced at half a minor unit or more, the dearest first. `used[row]` as `Meter` counts."""
    stock_used = used[: problem.stock.size].reshape(problem.stock.shape)
    rows = [
        ScarceRow(
            warehouse=problem.warehouse_codes[warehouse],
            sku=problem.skus[sku],
            shelf_class=level,
            price_minor=float(prices.stock[level, sku, warehouse]),
            used=int(stock_used[level, sku, warehouse]),
            available=int(problem.available[level, sku, warehouse]),
        )
        for level, sku, warehouse in np.argwhere(prices.stock >= LEAST_PRICE_SHOWN).tolist()
    ]
    rows += [
        ScarceRow(
            warehouse=problem.warehouse_codes[warehouse],
            sku=None,
            shelf_class=0,
            price_minor=float(prices.capacity[warehouse]),
            used=int(used[problem.stock.size + warehouse]),
            available=int(problem.capacity[warehouse]),
        )
        for warehouse in np.flatnonzero(prices.capacity >= LEAST_PRICE_SHOWN).tolist()
    ]
    return tuple(
        sorted(rows, key=lambda row: (-row.price_minor, row.warehouse, row.sku or "", row.shelf_class))
    )


def prices_from(problem: Problem, scarce: tuple[ScarceRow, ...]) -> Prices:
    """The prices of an earlier plan for this problem; rows it does not know are left out."""
    prices = Prices.zero(problem)
    skus = {sku: row for row, sku in enumerate(problem.skus)}
    codes = {code: row for row, code in enumerate(problem.warehouse_codes)}
    for row in scarce:
        warehouse = codes.get(row.warehouse)
        if warehouse is None:
            continue
        if row.sku is None:
            prices.capacity[warehouse] = row.price_minor
        elif row.sku in skus and row.shelf_class < len(prices.stock):
            prices.stock[row.shelf_class, skus[row.sku], warehouse] = row.price_minor
    return prices


def backlog_of(problem: Problem, assignment: Assignment, used: IntArray) -> tuple[BacklogEntry, ...]:
    """Every group that stays, in order, with its reason."""
    left = problem.available - used[: problem.stock.size].reshape(problem.stock.shape)
    capacity_left = problem.capacity - used[problem.stock.size : problem.stock.size + problem.warehouses]
    groups = np.flatnonzero(assignment.warehouse == NOWHERE)
    return tuple(
        BacklogEntry(
            order_id=problem.order_ids[int(problem.order_of_group[group])],
            line=int(problem.line[group]),
            qty=int(problem.line_share[group]),
            reason=reason_of(problem, int(group), left, capacity_left),
        )
        for group in groups
    )


def reason_of(problem: Problem, group: int, left: IntArray, capacity_left: IntArray) -> Reason:
    """Why the group stays, given what the plan leaves over."""
    is_open = problem.bar[group] == 0
    if not is_open.any():
        return Reason.BARRED
    if not (is_open & holds(problem, group, problem.available)).any() or is_line_short(problem, group):
        return Reason.SHORT
    fits = is_open & holds(problem, group, left)
    if not fits.any():
        return Reason.CLAIMED
    if not (fits & (capacity_left > 0)).any():
        return Reason.CAPACITY
    is_complete = problem.is_ship_complete[problem.order_of_group[group]]
    return Reason.COMPANION if is_complete and group_count(problem, group) > 1 else Reason.DEARER


def is_line_short(problem: Problem, group: int) -> bool:
    """The line was cut because no warehouse holds it whole, and all of them together do not either."""
    order = problem.order_of_group[group]
    own = np.arange(problem.group_start[order], problem.group_start[order + 1])
    shares = own[problem.line[own] == problem.line[group]]
    if len(shares) == 1:
        return False
    items = slice(int(problem.item_start[group]), int(problem.item_start[group + 1]))
    each = problem.item_qty[items] // problem.line_share[group]
    wanted = each * problem.line_share[shares].sum()
    is_open = problem.bar[group] == 0
    levels = problem.available[: int(problem.shelf_class[group]) + 1][:, problem.item_sku[items]][
        :, :, is_open
    ]
    return bool((levels.sum(axis=2) < wanted[None, :]).any())


def group_count(problem: Problem, group: int) -> int:
    """How many groups the order of this group has."""
    order = problem.order_of_group[group]
    return int(problem.group_start[order + 1] - problem.group_start[order])


def holds(problem: Problem, group: int, units: IntArray) -> BoolArray:
    """`holds[warehouse]`: `units[class, sku, warehouse]` cover every item at every class it counts in."""
    items = slice(int(problem.item_start[group]), int(problem.item_start[group + 1]))
    levels = units[: int(problem.shelf_class[group]) + 1][:, problem.item_sku[items], :]
    return np.asarray((levels >= problem.item_qty[items][None, :, None]).all(axis=(0, 1)))
