"""Column generation, cuts and one integer program over the plans that can still matter.

The linear master chooses among the pooled plans of each order (Dantzig and Wolfe, 1960); its duals price the
orders again. Violated covers become rows of the master and prices on (group, warehouse). At the end the
plans of small reduced cost form a set-partitioning program, which SCIP solves from the best plan known.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from fulfillment.routing.arrays import BoolArray, FloatArray, IntArray
from fulfillment.routing.ascent import Ascent
from fulfillment.routing.plan import Assignment
from fulfillment.routing.pool import Columns, Pool
from fulfillment.routing.pricing import Priced
from fulfillment.routing.programs import Program, Relaxed, solve_relaxed, solve_whole
from fulfillment.routing.usage import Entries

TOLERANCE = 1e-6
# The master's duals swing; part of the way to them from the best known prices often proves more.
SHARES = (1.0, 0.5)
STEPS_PER_ROUND = 10
FIRST_STEP = 0.7
LEAST_ABOVE = 1.0002
CLOSE_ENOUGH = 1e-4
# Reduced costs up to this share of a mean order's cost are worth a column, in the master and in the choice.
CHOICE_WIDTH = 0.06
MOST_PER_ORDER = 12
COARSE, FINE = 1e-4, 2e-5
COARSE_ROUNDS = 2
MOST_FINE = 20_000
LEAST_ROUNDS = 3
LEAST_RISE = 5e-5
FIRST_REACH = 0.5
LEAST_BOX = 20.0
MUCH = 0.5
LITTLE = 0.2
ROUND_SPREAD = 0.02
ROUND_MOST = 4


@dataclass(frozen=True, eq=False)
class Master:
    """The program over the pool, with what its rows and columns stand for."""

    program: Program
    columns: Columns
    kept: IntArray  # [column of the program] column of the pool
    active: IntArray  # [order row] order
    rows: IntArray  # [row after the order rows] row of the meter


class Refiner:
    """Sharpens prices and plan of one problem from an ascent and a pool."""

    def __init__(self, ascent: Ascent, pool: Pool, incumbent: Assignment, *, threads: int = 1) -> None:
        self.ascent = ascent
        self.threads = threads
        self.pool = pool
        self.meter = ascent.meter
        self.problem = pool.problem
        self.active = np.zeros(self.problem.orders, dtype=bool)
        # Whoever wants a row that all the free plans together overdraw has to be in, priced or not.
        entries = ascent.free_entries
        is_over = self.meter.used(entries) > self.meter.limits
        wants = np.zeros(self.problem.orders, dtype=bool)
        wants[entries.owner[is_over[entries.row]]] = True
        self.incumbent = incumbent
        self.proposed = incumbent
        self.reach = FIRST_REACH
        self.round_s = 0.0
        self.rounds = 0
        self.certainty = np.ones(
            self.problem.orders
        )  # [order] share of its proposed plan in the linear optimum
        self.activate(ascent.touched(ascent.prices) | wants)
        self.take_incumbent(incumbent)

    def take_incumbent(self, assignment: Assignment) -> None:
        """The best plan known is kept among the columns, which makes the master feasible."""
        self.incumbent = assignment
        differs = self.pool.names(assignment) != self.pool.names(self.ascent.free.assignment)
        self.activate(differs)
        self.pool.add(assignment, self.active)

    def activate(self, orders: BoolArray) -> None:
        """The orders enter the master: with their free plan, their best at the prices, and the best known."""
        fresh = orders & ~self.active
        self.active |= fresh
        for assignment in (self.ascent.free.assignment, self.ascent.best.assignment, self.incumbent):
            self.pool.add(assignment, fresh)

    def master(self, chosen: BoolArray | None = None) -> Master:
        """The program over the pool (or its chosen columns): one plan per active order, no row overdrawn."""
        columns = self.pool.columns()
        keep = self.active[columns.order] if chosen is None else chosen
        number = np.cumsum(keep) - 1
        entries = _summed(columns.entries, len(self.meter.limits))
        is_in = keep[entries.owner]
        owner, row, amount = entries.owner[is_in], entries.row[is_in], entries.amount[is_in]
        active = np.flatnonzero(self.active)
        fixed = self.meter.used(self.meter.entries(self.ascent.free.assignment, ~self.active))
        rows = self._crowded(columns.order[owner], row, amount, self.meter.limits - fixed)
        position = np.full(len(self.meter.limits), -1, dtype=np.int64)
        position[rows] = len(active) + np.arange(len(rows))
        counts = position[row] >= 0
        own = np.flatnonzero(keep)
        ones = np.ones(len(own))
        program = Program(
            cost=columns.cost[keep],
            lower=np.concatenate([np.ones(len(active)), np.full(len(rows), -np.inf)]),
            upper=np.concatenate(
                [np.ones(len(active)), (self.meter.limits - fixed)[rows].astype(np.float64)]
            ),
            row=np.concatenate([np.searchsorted(active, columns.order[own]), position[row[counts]]]),
            column=np.concatenate([np.arange(len(own)), number[owner[counts]]]),
            amount=np.concatenate([ones, amount[counts].astype(np.float64)]),
        )
        return Master(program, columns, own, active, rows)

    def _boxed(self, master: Master) -> Program:
        """The master with every dual kept near the best price known (Marsten, Hogan and Blankenship 1975).

        A row may be overdrawn at somewhat more than its price and left unused for somewhat less. Without the
        box the duals swing far beyond what the pooled plans were made for, and prove nothing.
        """
        program, first, rows = master.program, len(master.active), len(master.rows)
        price = self.ascent.prices[master.rows]
        width = self.reach * np.maximum(price, LEAST_BOX)
        row = first + np.arange(rows)
        column = len(program.cost) + np.arange(2 * rows)
        return Program(
            cost=np.concatenate([program.cost, price + width, np.minimum(width - price, 0.0)]),
            lower=program.lower,
            upper=program.upper,
            row=np.concatenate([program.row, row, row]),
            column=np.concatenate([program.column, column]),
            amount=np.concatenate([program.amount, -np.ones(rows), np.ones(rows)]),
        )

    def _crowded(self, order: IntArray, row: IntArray, amount: IntArray, left: IntArray) -> IntArray:
        """The rows that could be overdrawn if every order used as much of them as any of its plans does."""
        key = order * len(self.meter.limits) + row
        by_column = np.lexsort((amount, key))
        is_last = (
            np.append(key[by_column][1:] != key[by_column][:-1], True) if len(key) else np.zeros(0, bool)
        )
        most = np.bincount(row[by_column][is_last], amount[by_column][is_last], len(self.meter.limits))
        return np.flatnonzero(most > left)

    def sharpen(self, seconds_left: Callable[[], float], upper: Callable[[], float], *, rounds: int) -> None:
        """Rounds of linear program, pricing, cuts and price steps, until they hardly move the bound."""
        ascent = self.ascent
        for _ in range(rounds):
            before = ascent.bound
            self.rounds += 1
            value = self._round(seconds_left)
            if value is None or upper() - ascent.bound < CLOSE_ENOUGH * value:
                return
            ascent.step, ascent.above = FIRST_STEP, max(LEAST_ABOVE, value / ascent.bound)
            ascent.climb(STEPS_PER_ROUND, 0.0, lambda: seconds_left() > 0, self.remember)
            if self.rounds >= LEAST_ROUNDS and ascent.bound - before < LEAST_RISE * value:
                return

    def _round(self, seconds_left: Callable[[], float]) -> float | None:
        """One linear program and what it teaches; its value, or None where the time did not suffice."""
        began = seconds_left()
        if began <= self.round_s:
            return None
        master = self.master()
        built = seconds_left()
        is_fine = self.rounds > COARSE_ROUNDS and self.active.sum() <= MOST_FINE
        relaxed = solve_relaxed(
            self._boxed(master),
            built - self.round_s,
            accuracy=FINE if is_fine else COARSE,
            threads=1 if self.active.sum() <= MOST_FINE else self.threads,
        )
        solved = seconds_left()
        if relaxed is None:
            return None
        shares = np.zeros(len(master.columns.order))
        shares[master.kept] = np.minimum(relaxed.value[: len(master.kept)], 1.0)
        self._propose(master, shares)
        value = relaxed.cost + float(self.ascent.free.value[~self.active].sum())
        before = self.ascent.bound
        self._reprice(master, relaxed)
        self._resize(value - before, self.ascent.bound - before)
        self.spread(ROUND_SPREAD, ROUND_MOST)
        self._cut(master, shares)
        # What a round needs beside its program has to fit into the time left as well.
        self.round_s = max(self.round_s, began - built + solved - seconds_left())
        return value

    def _resize(self, hoped: float, gained: float) -> None:
        """The box grows where the duals proved what they promised, and shrinks where they did not."""
        if gained > MUCH * hoped:
            self.reach *= 2.0
        elif gained < LITTLE * hoped:
            self.reach /= 2.0

    def spread(self, width: float, most: int) -> None:
        """The plans near each active order's best at the best prices join the pool."""
        self.pool.add_ways(self.ascent.near_best(self.active, width * self.mean_cost, most))

    @property
    def mean_cost(self) -> float:
        """Of an order, at the best prices."""
        return float(self.ascent.best.value.mean())

    def remember(self, seen: Priced) -> None:
        """The plans seen at some prices join the pool."""
        self.pool.add(seen.assignment, self.ascent.touched(self.ascent.here))

    def worth_it(self, width: float) -> BoolArray:
        """`worth[column]`: of an active order, and of small reduced cost or part of the best plan known."""
        columns = self.pool.columns()
        reduced = self._reduced_costs(columns, self.ascent.prices)
        keep = (reduced <= width * self.mean_cost) & self._among_best(columns.order, reduced)
        keep |= self.columns_of(self.incumbent)
        return np.asarray(keep & self.active[columns.order])

    def _reprice(self, master: Master, relaxed: Relaxed) -> None:
        """The duals price every order, which proves a bound and adds columns."""
        ascent = self.ascent
        prices = np.zeros(len(self.meter.limits))
        prices[master.rows] = np.maximum(-relaxed.dual[len(master.active) :], 0.0)
        for share in SHARES:
            trial = share * prices + (1.0 - share) * ascent.prices
            priced, bound = ascent.evaluate(trial)
            ascent.offer(trial, priced, bound)
            self.activate(ascent.touched(trial))
            self.pool.add(priced.assignment, self.active)

    def _cut(self, master: Master, value: FloatArray) -> int:
        """Covers violated by the linear optimum become rows of the master; returns how many."""
        sent, entries = master.columns.sent, master.columns.entries
        share = value[sent.owner]
        is_used = share > TOLERANCE
        use = np.bincount(entries.row, entries.amount * value[entries.owner], len(self.meter.limits))
        is_tight = np.zeros(self.meter.stock_rows, dtype=bool)
        stock = master.rows[master.rows < self.meter.stock_rows]
        is_tight[stock[use[stock] > self.meter.limits[stock] - 1]] = True
        return self.ascent.add_cuts(sent.group[is_used], sent.warehouse[is_used], share[is_used], is_tight)

    def _propose(self, master: Master, value: FloatArray) -> None:
        """Every active order's plan of the greatest share, and that share, is remembered for rounding."""
        order = master.columns.order
        sequence = np.lexsort((value, order))
        last = np.append(order[sequence][1:] != order[sequence][:-1], True)
        top = sequence[last]
        top = top[self.active[order[top]]]
        self.proposed = self.ascent.free.assignment.copy()
        self.pool.write(top, self.proposed)
        self.certainty = np.ones(self.problem.orders)
        self.certainty[order[top]] = value[top]

    def choose(self, seconds: float, *, gap: float) -> Assignment | None:
        """The best whole choice among the plans of small reduced cost, or None where none was found."""
        keep = self.worth_it(CHOICE_WIDTH)
        best = self.columns_of(self.incumbent)
        master = self.master(keep)
        picked = solve_whole(master.program, seconds, best[keep], gap=gap)
        if picked is None:
            return None
        found = self.ascent.free.assignment.copy()
        self.pool.write(np.flatnonzero(keep)[picked], found)
        return found

    def _reduced_costs(self, columns: Columns, prices: FloatArray) -> FloatArray:
        entries = columns.entries
        paid = np.bincount(entries.owner, prices[entries.row] * entries.amount, len(columns.order))
        return np.asarray(columns.cost + paid - self.ascent.best.floor[columns.order])

    def _among_best(self, order: IntArray, reduced: FloatArray) -> BoolArray:
        """`among[column]`: one of the few cheapest of its order."""
        sequence = np.lexsort((reduced, order))
        first = np.searchsorted(order[sequence], order[sequence], side="left")
        rank = np.empty(len(order), dtype=np.int64)
        rank[sequence] = np.arange(len(order)) - first
        return np.asarray(rank < MOST_PER_ORDER)

    def columns_of(self, assignment: Assignment) -> BoolArray:
        """`is_its[column]`: the plan the assignment has for that column's order."""
        return np.asarray(self.pool.known == self.pool.names(assignment)[self.pool.order])


def _summed(entries: Entries, rows: int) -> Entries:
    """One entry per owner and row."""
    key, back = np.unique(entries.owner * rows + entries.row, return_inverse=True)
    return Entries(key // rows, key % rows, np.bincount(back, entries.amount, len(key)).astype(np.int64))
