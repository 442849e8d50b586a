"""The cheap rule that finds stock for one order at once; the planner improves on it before release.

Nearest warehouse that can send everything, else as few parcels as a greedy cover needs. On measured
instances this costs 1 to 9 % more than the day's optimum, which routing all unreleased orders together
wins back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fulfillment.orders.kinds import OnShortage


@dataclass(frozen=True)
class Demand:
    """Units of one SKU for one order line; parts of one kit share a group and leave together."""

    line_key: int
    sku: str
    qty: int
    group: int


@dataclass(frozen=True)
class Part:
    """Units one warehouse sends: (line key, qty) in line order."""

    warehouse_code: str
    units: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Promise:
    """What can be promised now, by warehouse, and what is missing: (line key, qty)."""

    parts: tuple[Part, ...]
    missing: tuple[tuple[int, int], ...]


Stock = Mapping[str, Mapping[str, int]]
"""Free units by warehouse code and SKU."""


def find_promise(
    demands: Sequence[Demand],
    *,
    stock: Stock,
    ranked_warehouses: Sequence[str],
    on_shortage: OnShortage,
    ships_complete: bool,
) -> Promise:
    """The promise the cheap rule finds; warehouses are ranked nearest first, ties go to the nearer.

    With `refuse` and `backorder` nothing is promised unless all of it can be.
    """
    nothing = Promise((), tuple((demand.line_key, demand.qty) for demand in demands))
    for code in ranked_warehouses:
        if _covers(demands, stock.get(code, {})):
            return Promise((Part(code, tuple((d.line_key, d.qty) for d in demands)),), ())
    if ships_complete:
        return nothing
    promise = _cover_greedily(demands, stock=stock, ranked_warehouses=ranked_warehouses)
    if promise.missing and on_shortage is not OnShortage.SPLIT:
        return nothing
    return promise


def _covers(demands: Sequence[Demand], free: Mapping[str, int]) -> bool:
    wanted: dict[str, int] = {}
    for demand in demands:
        wanted[demand.sku] = wanted.get(demand.sku, 0) + demand.qty
    return all(free.get(sku, 0) >= qty for sku, qty in wanted.items())


def _cover_greedily(demands: Sequence[Demand], *, stock: Stock, ranked_warehouses: Sequence[str]) -> Promise:
    """Take what the warehouse with the most units offers, then the next, until nobody offers any."""
    open_groups = _grouped(demands)
    pool = list(ranked_warehouses)
    parts: list[Part] = []
    while open_groups and pool:
        offers = [(_offer(open_groups, stock.get(code, {})), code) for code in pool]
        units, code = max(offers, key=lambda offer: sum(offer[0].values()))
        if not units:
            break
        pool.remove(code)
        parts.append(Part(code, tuple(sorted(units.items()))))
        open_groups = _what_remains(open_groups, units)
    rank = {code: place for place, code in enumerate(ranked_warehouses)}
    parts.sort(key=lambda part: rank[part.warehouse_code])
    missing = sorted((demand.line_key, demand.qty) for group in open_groups for demand in group)
    return Promise(tuple(parts), tuple(missing))


def _grouped(demands: Sequence[Demand]) -> list[list[Demand]]:
    groups: dict[int, list[Demand]] = {}
    for demand in demands:
        groups.setdefault(demand.group, []).append(demand)
    return list(groups.values())


def _offer(groups: Sequence[Sequence[Demand]], stock: Mapping[str, int]) -> dict[int, int]:
    """Units by line key that one warehouse could send; the parts of a kit together or not at all."""
    free = dict(stock)
    offer: dict[int, int] = {}
    for group in groups:
        if len(group) > 1 and not _covers(group, free):
            continue
        for demand in group:
            qty = min(demand.qty, free.get(demand.sku, 0))
            if qty > 0:
                offer[demand.line_key] = qty
                free[demand.sku] -= qty
    return offer


def _what_remains(groups: Sequence[Sequence[Demand]], taken: Mapping[int, int]) -> list[list[Demand]]:
    remaining = []
    for group in groups:
        rest = [
            Demand(d.line_key, d.sku, d.qty - taken.get(d.line_key, 0), d.group)
            for d in group
            if d.qty > taken.get(d.line_key, 0)
        ]
        if rest:
            remaining.append(rest)
    return remaining
