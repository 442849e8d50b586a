"""One order at acceptance: the cheapest way to serve it now, and what speaks against the other ways.

The same kernel as the planner's prices it, on a problem that holds this order alone, so that a promise and a
plan never disagree.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fulfillment.routing.arrays import IntArray
from fulfillment.routing.explaining import Alternative, Ruling
from fulfillment.routing.finishing import LEAST_PRICE_SHOWN
from fulfillment.routing.greedy import fill
from fulfillment.routing.plan import NOWHERE, Assignment, ParcelPlan, Prices, Reason, ScarceRow, parcels_of
from fulfillment.routing.pricing import Priced, Pricer
from fulfillment.routing.problem import Bar, Problem
from fulfillment.routing.usage import Meter, Sendings

CHOSEN = 0
"""The owner that stands for the chosen way among all that are compared."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The cheapest way under prices. Costs are freight, handling, splits and lateness, without penalties.

    `alternatives` are the chosen way and, by cost, everything from each warehouse; `paid` are the priced rows
    that the chosen way uses.
    """

    parcels: tuple[ParcelPlan, ...]
    unfilled: tuple[tuple[int, int], ...]  # (line, units)
    cost_minor: int
    alternatives: tuple[Alternative, ...]
    paid: tuple[ScarceRow, ...]


def choose_one(problem: Problem, prices: Prices, *, most_alternatives: int) -> Choice:
    """The cheapest way for the only order of the problem, counting what scarce units are worth to others.

    A price steers and never refuses: where the order would rather wait than pay, it is served without prices.
    """
    assert problem.orders == 1, "the problem holds the one order"
    pricer = Pricer(problem, cache_cells=0)
    meter = Meter(problem, pricer.tariff)
    has_prices = bool(prices.stock.any() or prices.capacity.any())
    chosen = _price(pricer, meter, prices if has_prices else None)
    if has_prices and (chosen.warehouse == NOWHERE).any():
        chosen = _price(pricer, meter, None)
    staying = np.flatnonzero(chosen.warehouse == NOWHERE)
    ways = _Ways(problem, meter, chosen, prices)
    return Choice(
        parcels=ways.parcels[CHOSEN],
        unfilled=tuple((int(problem.line[g]), int(problem.line_share[g])) for g in staying),
        cost_minor=int(ways.cost[CHOSEN]),
        alternatives=tuple(ways.compared(most_alternatives)),
        paid=tuple(ways.paid()),
    )


def _price(pricer: Pricer, meter: Meter, prices: Prices | None) -> Assignment:
    """The best plan under prices; where its groups want the same units, the best that fits together."""
    priced = Priced.blank(pricer.problem)
    available, capacity = pricer.problem.available, pricer.problem.capacity
    pricer.price(pricer.rows(prices, left=available, capacity_left=capacity), priced)
    used = meter.used(meter.entries(priced.assignment, has_cuts=False))
    if (used > meter.limits).any():
        fill(
            pricer,
            meter,
            prices=None if prices is None else meter.flat_prices(prices),
            rank=np.zeros(1, dtype=np.int64),
            open_orders=np.ones(1, dtype=bool),
            plan=priced,
            left=meter.limits.copy(),
        )
    return priced.assignment


class _Ways:
    """The chosen way and everything from each warehouse, measured together."""

    def __init__(self, problem: Problem, meter: Meter, chosen: Assignment, prices: Prices) -> None:
        self.problem = problem
        self.meter = meter
        self.flat = meter.flat_prices(prices)
        self.senders = np.flatnonzero(problem.zone[problem.destination[0]] >= 0)
        sent = self._sendings(chosen)
        self.owners = 1 + len(self.senders)
        self.cost = np.rint(meter.sending_costs(sent, self.owners)).astype(np.int64)
        entries = meter.uses(sent, has_cuts=False)
        rows = len(meter.limits)
        flat_used = np.bincount(entries.owner * rows + entries.row, entries.amount, self.owners * rows)
        self.used = flat_used.reshape(self.owners, rows).astype(np.int64)  # [way, row]
        whole = tuple(
            (int(line), int(share)) for line, share in zip(problem.line, problem.line_share, strict=True)
        )
        self.parcels: list[tuple[ParcelPlan, ...]] = [
            parcels_of(problem, chosen, 0),
            *((ParcelPlan(problem.warehouse_codes[code], whole),) for code in self.senders.tolist()),
        ]

    def _sendings(self, chosen: Assignment) -> Sendings:
        """What leaves in each way; the owner is the way."""
        first = self.meter.sendings(chosen)
        groups, ways = self.problem.groups, len(self.senders)
        return Sendings(
            np.concatenate([first.owner, np.repeat(np.arange(1, ways + 1), groups)]),
            np.concatenate([first.group, np.tile(np.arange(groups), ways)]),
            np.concatenate([first.warehouse, np.repeat(self.senders, groups)]),
            np.concatenate([first.parcel, np.zeros(groups * ways, dtype=np.int64)]),
        )

    def compared(self, most: int) -> Iterator[Alternative]:
        """The chosen way first, then the cheapest of the others."""
        if self.parcels[CHOSEN]:
            yield self._alternative(CHOSEN)
        others = sorted(range(1, self.owners), key=lambda way: int(self.cost[way]))
        shown = [way for way in others if self._goes_elsewhere(way)]
        yield from (self._alternative(way) for way in shown[:most])

    def _goes_elsewhere(self, way: int) -> bool:
        mine = self.parcels[CHOSEN]
        return len(mine) != 1 or mine[0].warehouse != self.parcels[way][0].warehouse or self._is_partial

    @property
    def _is_partial(self) -> bool:
        sent = sum(qty for parcel in self.parcels[CHOSEN] for _, qty in parcel.lines)
        return sent < int(self.problem.line_share.sum())

    def _alternative(self, way: int) -> Alternative:
        cost = int(self.cost[way])
        return Alternative(
            parcels=self.parcels[way],
            cost_minor=cost,
            priced_minor=cost + round(float(self.used[way] @ self.flat)),
            is_chosen=way == CHOSEN,
            ruled_out_by=() if way == CHOSEN else tuple(self._rulings(way)),
        )

    def _rulings(self, way: int) -> Iterator[Ruling]:
        """What bars it, else the rows that are too small, else the rows whose price makes it dear."""
        warehouse = int(self.senders[way - 1])
        bars = self.problem.bar[:, warehouse]
        for group in np.flatnonzero(bars).tolist():
            sku = self.problem.skus[int(self.problem.item_sku[self.problem.item_start[group]])]
            code = self.problem.warehouse_codes[warehouse]
            yield Ruling(Reason.BARRED, code, sku=sku, bar=Bar(int(bars[group])))
        if bars.any():
            return
        used, limits = self.used[way], self.meter.limits
        short = np.flatnonzero(used > limits)
        rows = short if len(short) else self._priced_rows(used)
        for row in rows.tolist():
            reason = Reason.SHORT if used[row] > limits[row] else Reason.DEARER
            yield self._ruling(row, int(used[row]), reason)

    def _priced_rows(self, used: IntArray) -> IntArray:
        return np.flatnonzero((used > 0) & (self.flat >= LEAST_PRICE_SHOWN))

    def _ruling(self, row: int, needed: int, reason: Reason) -> Ruling:
        left, price = int(self.meter.limits[row]), float(self.flat[row])
        warehouse, sku, level = self._named(row)
        if sku is None and reason is Reason.SHORT:
            reason = Reason.CAPACITY
        return Ruling(
            reason,
            warehouse,
            sku=sku,
            shelf_class=level,
            needed=needed,
            left=left,
            available=left,
            price_minor=price,
        )

    def paid(self) -> Iterator[ScarceRow]:
        """The priced rows of the chosen way, with how many units it takes of each."""
        used = self.used[CHOSEN]
        for row in self._priced_rows(used).tolist():
            warehouse, sku, level = self._named(row)
            available = int(self.meter.limits[row])
            yield ScarceRow(warehouse, sku, level, float(self.flat[row]), int(used[row]), available)

    def _named(self, row: int) -> tuple[str, str | None, int]:
        """Which warehouse, SKU and class a row is; a row of parcels has no SKU."""
        if row >= self.meter.stock_rows:
            return self.problem.warehouse_codes[row - self.meter.stock_rows], None, 0
        level, sku, warehouse = (int(n) for n in np.unravel_index(row, self.problem.stock.shape))
        return self.problem.warehouse_codes[warehouse], self.problem.skus[sku], level
