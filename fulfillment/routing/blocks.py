"""Large problems in blocks: each is planned anew on the stock the others leave, in processes side by side."""

from dataclasses import dataclass

import numpy as np

from fulfillment.routing.arrays import IntArray
from fulfillment.routing.ascent import Ascent
from fulfillment.routing.crew import Crew
from fulfillment.routing.grouping import Grouping, share_of_spare
from fulfillment.routing.plan import Assignment, Prices
from fulfillment.routing.pool import Pool
from fulfillment.routing.problem import Problem
from fulfillment.routing.refining import Refiner
from fulfillment.routing.run import Run
from fulfillment.routing.slicing import Part, part_of

BLOCK = 4_000
BLOCK_ROUNDS = 5
EASY_GAP = 0.01


@dataclass(frozen=True, eq=False)
class BlockTask:
    """A part of the problem with the plan it has and the prices of the whole."""

    problem: Problem
    assignment: Assignment
    prices: Prices
    seed: int


def solve_block(task: BlockTask, seconds: float) -> Assignment | None:
    """A cheaper plan of the part, or None where none was found in time; runs in a worker process."""
    run = Run(task.problem, time_limit_s=seconds, seed=task.seed)
    run.free()
    run.offer(task.assignment)
    before = int(run.meter.order_costs(task.assignment).sum())
    if run.gap > 0 and run.go_on():
        ascent = run.price_again(task.prices)
        pool = Pool(run.meter, run.seed)
        run.refine(Refiner(ascent, pool, run.assignment), rounds=BLOCK_ROUNDS, easy=EASY_GAP)
    return run.assignment if run.cost < before else None


class BlockTurns:
    """Turns over all orders that something scarce concerns."""

    def __init__(self, run: Run, ascent: Ascent, crew: Crew, block: int = BLOCK) -> None:
        self.block = block
        self.run = run
        self.ascent = ascent
        self.crew = crew
        self.grouping = Grouping(run.problem, run.seed + 1)

    def improve(self, turn: int) -> None:
        """Every block is planned once; what gets cheaper is offered after each wave."""
        run = self.run
        free = run.free_plan.assignment
        moved = (run.assignment.warehouse != free.warehouse) | (run.assignment.parcel != free.parcel)
        concerned = self.ascent.touched(self.ascent.prices)
        concerned[run.problem.order_of_group[moved]] = True
        blocks = self.grouping.blocks(np.flatnonzero(concerned), self.ascent.prices, turn, self.block)
        for start in range(0, len(blocks), self.crew.workers):
            if not run.go_on():
                return
            self._solve(blocks[start : start + self.crew.workers])

    def _solve(self, wave: list[IntArray]) -> None:
        run = self.run
        entries = run.meter.entries(run.assignment, has_cuts=False)
        used = run.meter.used(entries)
        spare = (run.meter.limits - used)[: run.meter.real_rows]
        parts: list[Part] = []
        tasks = []
        for number, block in enumerate(wave):
            own = np.zeros(run.problem.orders, dtype=bool)
            own[block] = True
            mine = run.meter.used(run.meter.entries(run.assignment, own, has_cuts=False))[: len(spare)]
            part = part_of(run.problem, block, mine + share_of_spare(run.meter, spare, number, len(wave)))
            places = Assignment(run.assignment.warehouse[part.groups], run.assignment.parcel[part.groups])
            tasks.append(BlockTask(part.problem, places, part.prices(run.prices), run.seed))
            parts.append(part)
        found = run.assignment.copy()
        for part, better in zip(parts, self.crew.solve(solve_block, tasks, run.seconds_left()), strict=True):
            if better is not None:
                found.warehouse[part.groups] = better.warehouse
                found.parcel[part.groups] = better.parcel
        run.offer(found)
