"""The planner: from a problem to the best plan found in the time given, with its bound and its reasons."""

from collections.abc import Callable

import numpy as np

from fulfillment.core.errors import InvalidInputError
from fulfillment.routing.ascent import Ascent
from fulfillment.routing.blocks import BLOCK, BlockTurns
from fulfillment.routing.crew import Crew, LocalCrew
from fulfillment.routing.plan import Assignment, Plan, Prices, Progress
from fulfillment.routing.polishing import Polisher
from fulfillment.routing.pool import Pool
from fulfillment.routing.problem import Problem
from fulfillment.routing.refining import Refiner
from fulfillment.routing.run import MOST_TOGETHER, Run
from fulfillment.routing.starting import Start, assignment_from, cost_of

__all__ = ["Start", "assignment_from", "cost_of", "plan"]

EASY_GAP = 0.004
ENOUGH_GAP = 9e-4
WIDE_GAP = 1e-3
FIRST_ROUNDS = 4
MORE_ROUNDS = 3
MOST_CYCLES = 20
NARROW_SPREAD = (0.3, 8)
CHOSEN_STEP = 2
WIDE_SPREAD = (0.2, 16)
MOST_EASY = 3_000
VARIATIONS = 20
MOST_TURNS = 16
FEW_TURNS = 6
BLOCK_TURNS = 2
LEAST_GAIN = 5e-5


def plan(
    problem: Problem,
    *,
    time_limit_s: float = 60.0,
    seed: int = 0,
    workers: int = 1,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    start: Start | None = None,
    on_better: Callable[[Assignment, Prices], None] | None = None,
    crew: Crew | None = None,
    most_together: int = MOST_TOGETHER,
    block: int = BLOCK,
) -> Plan:
    """The best plan found: always feasible, with everything that cannot leave in the backlog.

    The same problem, seed, start and workers give the same plan as long as the time limit does not cut in.
    `should_stop` is asked often; once it says yes the best plan so far is returned. `on_better` is given each
    plan that is better than all before. A `crew` solves tasks instead of this host's processes. More than
    `most_together` contested orders are planned in blocks of at most `block`.

    Raises:
        InvalidInputError: where the time limit or the number of workers is not positive.
    """
    if not time_limit_s > 0 or workers < 1:
        raise InvalidInputError("The time limit and the workers must be above zero.", workers=workers)
    run = Run(
        problem,
        time_limit_s=time_limit_s,
        seed=seed,
        workers=workers,
        on_progress=on_progress,
        should_stop=should_stop,
        on_better=on_better,
    )
    run.free()
    if run.gap > 0:
        ascent = run.price(start)
        with LocalCrew(workers) as local:
            helpers = crew or local
            is_large = bool(ascent.touched(ascent.prices).sum() > most_together)
            improve(run, ascent, helpers, is_large=is_large, block=block)
    return run.finish()


def improve(run: Run, ascent: Ascent, crew: Crew, *, is_large: bool, block: int = BLOCK) -> None:
    """Bound and plan are sharpened in turns while the gap is wide, time is left, and either still moves.

    A large problem has no program over all its orders: its plan is chosen block by block, and every block is
    planned anew on what the others leave.
    """
    if not run.go_on():
        return
    pool = Pool(run.meter, run.seed)
    refiner = Refiner(ascent, pool, run.assignment, threads=run.workers)
    is_small = refiner.active.sum() <= MOST_EASY
    if is_small:
        vary(run, ascent, pool)
    run.refine(refiner, rounds=FIRST_ROUNDS, easy=1.0 if is_small else 0.0 if is_large else EASY_GAP)
    for cycle in range(MOST_CYCLES):
        before = run.gap
        if is_enough(run) or not run.go_on():
            return
        refiner.take_incumbent(run.assignment)
        is_wide = run.gap > WIDE_GAP * run.cost
        refiner.spread(*(WIDE_SPREAD if is_wide or cycle else NARROW_SPREAD))
        # What one program has chosen among, blocks need not look at again: they begin with dearer plans.
        step = 0 if is_wide or is_large else CHOSEN_STEP
        # Where little is left to gain, two more interpreters cost more memory than they save time.
        helpers = crew if is_wide or is_large else LocalCrew(1)
        polisher = Polisher(ascent, pool, helpers, seed=run.seed + cycle, step=step)
        polish(run, polisher, FEW_TURNS if is_large else MOST_TURNS)
        if not is_enough(run) and (is_large or run.gap > WIDE_GAP * run.cost):
            plan_blocks_anew(run, ascent, crew, cycle, block)
        if not is_enough(run):
            run.sharpen(refiner, rounds=MORE_ROUNDS)
        if before - run.gap < LEAST_GAIN * run.cost:
            return


def is_enough(run: Run) -> bool:
    """More work would gain too little to matter."""
    return run.gap <= ENOUGH_GAP * run.cost


def vary(run: Run, ascent: Ascent, pool: Pool) -> None:
    """Plans best at prices around the best ones join the pool, which on a small day holds too few."""
    rng = np.random.default_rng(run.seed)
    for _ in range(VARIATIONS):
        if not run.go_on():
            return
        trial = ascent.prices * rng.uniform(0.3, 1.7, len(ascent.prices))
        priced, bound = ascent.evaluate(trial)
        ascent.offer(trial, priced, bound)
        pool.add(priced.assignment, ascent.touched(trial))
    run.take_bound(ascent)


def plan_blocks_anew(run: Run, ascent: Ascent, crew: Crew, cycle: int, block: int = BLOCK) -> None:
    """Every block is priced and planned on what the others leave, by scarce item and by region."""
    turns = BlockTurns(run, ascent, crew, block)
    for turn in range(BLOCK_TURNS):
        before = run.cost
        turns.improve(BLOCK_TURNS * cycle + turn)
        run.report(f"blocks {turn + 1}")
        if not run.go_on() or before - run.cost < LEAST_GAIN * before:
            return


def polish(run: Run, polisher: Polisher, turns: int) -> None:
    """Blocks choose again until turns over all of them gain little or the gap is small."""
    for turn in range(turns):
        before = run.cost
        if is_enough(run) or not run.go_on():
            return
        run.offer(polisher.improve(run.assignment, turn, seconds_left=run.seconds_left))
        run.report(f"turn {turn + 1}")
        is_seen_whole = turn % 2 or polisher.has_one_block
        if is_seen_whole and before - run.cost < LEAST_GAIN * before and not polisher.widen():
            return
