"""A good plan made better: blocks of orders choose again among their pooled plans while all others stay.

Blocks are cut along what orders compete for, in turns by scarce SKU and by region, so that a swap missed in
one turn falls into one block in another (large neighborhood search, Shaw 1998). Blocks solved side by side
share what is left over, so that their answers fit together.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from fulfillment.routing.arrays import BoolArray, FloatArray, IntArray, concatenated_ranges
from fulfillment.routing.ascent import Ascent
from fulfillment.routing.crew import Crew
from fulfillment.routing.grouping import Grouping, share_of_spare
from fulfillment.routing.plan import Assignment
from fulfillment.routing.pool import Pool
from fulfillment.routing.programs import Program, solve_whole
from fulfillment.routing.usage import Entries, Meter

# Reduced costs up to this share of a mean order's cost are worth trying, in blocks of so many orders.
WIDTHS = ((0.05, 3_000), (0.2, 3_000), (0.3, 1_500), (1.0, 500))
BLOCK_GAP = 5e-5
WORTH_SHARE = 1e-5


@dataclass(frozen=True, eq=False)
class Task:
    """One program and a solution of it to start from."""

    program: Program
    hint: BoolArray


def solve_task(task: Task, seconds: float) -> BoolArray | None:
    """The best solution found; runs in a worker process."""
    return solve_whole(task.program, seconds, task.hint, gap=BLOCK_GAP)


@dataclass(frozen=True, eq=False)
class Shelf:
    """The columns worth choosing among, sorted by order, with their entries sorted by column."""

    column: IntArray  # [place] column of the pool
    order: IntArray  # [place]
    cost: FloatArray  # [place]
    reduced: FloatArray  # [place]
    entries: Entries  # the owner is the place; sorted by it
    first_entry: IntArray  # [place + 1]

    def places(self, orders: IntArray) -> IntArray:
        """The places of these orders' columns, in the sequence of the orders."""
        first = np.searchsorted(self.order, orders, side="left")
        return concatenated_ranges(first, np.searchsorted(self.order, orders, side="right") - first)


class Polisher:
    """Improves an assignment block by block."""

    def __init__(self, ascent: Ascent, pool: Pool, crew: Crew, *, seed: int, step: int = 0) -> None:
        self.ascent = ascent
        self.pool = pool
        self.meter: Meter = pool.meter
        self.problem = pool.problem
        self.crew = crew
        self.grouping = Grouping(pool.problem, seed)
        self.width, self.block = WIDTHS[step]
        self.has_one_block = False

    def widen(self) -> bool:
        """Dearer plans are tried from now on, in smaller blocks; false where that was the last step."""
        step = WIDTHS.index((self.width, self.block)) + 1
        if step < len(WIDTHS):
            self.width, self.block = WIDTHS[step]
        return step < len(WIDTHS)

    def improve(self, assignment: Assignment, turn: int, *, seconds_left: Callable[[], float]) -> Assignment:
        """The assignment after one turn over all orders with a choice."""
        found = assignment.copy()
        shelf = self._shelf(found)
        blocks = list(self._blocks(shelf, found, turn))
        self.has_one_block = len(blocks) <= 1
        for start in range(0, len(blocks), self.crew.workers):
            seconds = seconds_left()
            if seconds <= 0:
                break
            wave = blocks[start : start + self.crew.workers]
            tasks, places = self._tasks(shelf, found, wave)
            for at, picked in zip(places, self.crew.solve(solve_task, tasks, seconds), strict=True):
                if picked is not None:
                    self.pool.write(shelf.column[at[picked]], found)
        return found

    def _shelf(self, assignment: Assignment) -> Shelf:
        """The columns of small reduced cost, and those of the assignment."""
        everyone = np.zeros(self.problem.orders, dtype=bool)
        everyone[self.pool.order] = True
        self.pool.add(assignment, everyone)
        columns = self.pool.columns()
        paid = np.bincount(
            columns.entries.owner,
            self.ascent.prices[columns.entries.row] * columns.entries.amount,
            len(columns.order),
        )
        reduced = columns.cost + paid - self.ascent.best.floor[columns.order]
        mean = float(self.ascent.best.value.mean())
        own = self.pool.known == self.pool.names(assignment)[columns.order]
        chosen = np.flatnonzero((reduced <= self.width * mean) | own)
        chosen = chosen[np.argsort(columns.order[chosen], kind="stable")]
        place = np.full(len(columns.order), -1, dtype=np.int64)
        place[chosen] = np.arange(len(chosen))
        owner = place[columns.entries.owner]
        kept = np.flatnonzero(owner >= 0)
        kept = kept[np.argsort(owner[kept], kind="stable")]
        entries = Entries(owner[kept], columns.entries.row[kept], columns.entries.amount[kept])
        first = np.searchsorted(entries.owner, np.arange(len(chosen) + 1))
        return Shelf(chosen, columns.order[chosen], columns.cost[chosen], reduced[chosen], entries, first)

    def _blocks(self, shelf: Shelf, assignment: Assignment, turn: int) -> Iterator[IntArray]:
        """Orders with a choice, in blocks, those first whose present plans pay most above their price."""
        counts = np.bincount(shelf.order, minlength=self.problem.orders)
        orders = np.flatnonzero(counts > 1)
        blocks = self.grouping.blocks(orders, self.ascent.prices, turn, self.block)
        own = self.pool.known[shelf.column] == self.pool.names(assignment)[shelf.order]
        excess = np.bincount(shelf.order[own], shelf.reduced[own], self.problem.orders)
        worth = [float(excess[block].sum()) for block in blocks]
        least = WORTH_SHARE * float(self.ascent.best.value.mean()) * self.block
        for number in np.argsort(-np.array(worth), kind="stable").tolist():
            if worth[number] > least:
                yield blocks[number]

    def _tasks(
        self, shelf: Shelf, assignment: Assignment, wave: list[IntArray]
    ) -> tuple[list[Task], list[IntArray]]:
        """The programs of blocks solved side by side, and the places of their columns."""
        entries = self.meter.entries(assignment)
        spare = self.meter.limits - self.meter.used(entries)
        names = self.pool.names(assignment)
        tasks, places = [], []
        for number, block in enumerate(wave):
            at = shelf.places(np.sort(block))
            share = share_of_spare(self.meter, spare, number, len(wave))
            own = self.pool.known[shelf.column[at]] == names[shelf.order[at]]
            tasks.append(Task(self._program(shelf, at, own, share), own))
            places.append(at)
        return tasks, places

    def _program(self, shelf: Shelf, at: IntArray, own: BoolArray, spare: IntArray) -> Program:
        """One plan for each of the block's orders, from these columns, within its own use and the spare."""
        lengths = np.diff(shelf.first_entry)[at]
        taken = concatenated_ranges(shelf.first_entry[at], lengths)
        column = np.repeat(np.arange(len(at)), lengths)
        row, amount = shelf.entries.row[taken], shelf.entries.amount[taken]
        limit = spare + np.bincount(row, amount * own[column], len(spare)).astype(np.int64)
        orders, order_row = np.unique(shelf.order[at], return_inverse=True)
        rows = np.flatnonzero(np.bincount(row, amount, len(spare)) > limit)
        position = np.full(len(spare), -1, dtype=np.int64)
        position[rows] = len(orders) + np.arange(len(rows))
        counts = position[row] >= 0
        key, back = np.unique(position[row[counts]] * len(at) + column[counts], return_inverse=True)
        return Program(
            cost=shelf.cost[at],
            lower=np.concatenate([np.ones(len(orders)), np.full(len(rows), -np.inf)]),
            upper=np.concatenate([np.ones(len(orders)), limit[rows].astype(np.float64)]),
            row=np.concatenate([order_row, key // len(at)]),
            column=np.concatenate([np.arange(len(at)), key % len(at)]),
            amount=np.concatenate([np.ones(len(at)), np.bincount(back, amount[counts], len(key))]),
        )
