"""A planner that is killed by its limit and never waited for, because it runs in a process of its own.

Every better plan comes through a pipe as it is found. Whatever becomes of the process, a solver that does not
return, a crash, no memory left, the last plan it sent is a plan, and the last bound it proved is a bound.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import Pipe

from fulfillment.core.errors import InvalidInputError
from fulfillment.routing.pipe import Letter, PlannerTask, StartColumns, Wire
from fulfillment.routing.plan import Progress
from fulfillment.routing.planned import Ending, Helpers, Planned, Planner
from fulfillment.routing.planner import plan
from fulfillment.routing.problem import Problem
from fulfillment.routing.starting import Start
from fulfillment.routing.watching import BEAT_S, Watch

__all__ = ["Ending", "Helpers", "Planned", "Planner", "plan_apart", "plan_here", "solve_apart"]

PROGRAM = "fulfillment.routing.planner_process"


def plan_apart(
    problem: Problem,
    *,
    time_limit_s: float,
    seed: int = 0,
    workers: int = 1,
    start: Start | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    helpers: Helpers | None = None,
) -> Planned:
    """The best plan that a process of its own finds within the limit; 10 % later it is killed.

    `on_progress` hears of every step, and at least once a second even from a planner that says nothing;
    both callbacks run in the caller's thread. Once `should_stop` says yes the process is killed. The limit
    counts from when the process has begun, not from its making. `helpers` may solve blocks of a large problem
    beside the process.

    Raises:
        InvalidInputError: where the time limit or the number of workers is not positive.
    """
    if not time_limit_s > 0 or workers < 1:
        raise InvalidInputError("The time limit and the workers must be above zero.", workers=workers)
    columns = None if start is None else StartColumns.of(start)
    spread, spread_from = (helpers.spread, helpers.spread_from) if helpers else (1, 0)
    task = PlannerTask(problem, columns, time_limit_s, seed, workers, spread, spread_from)
    watch = Watch(time_limit_s, on_progress or (lambda _: None), should_stop or (lambda: False), helpers)
    with planner_process() as wire:
        ending = watch.follow(wire, task)
    return Planned(watch.plan_of(problem), ending)


def plan_here(
    problem: Problem,
    *,
    time_limit_s: float,
    seed: int = 0,
    workers: int = 1,
    start: Start | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    helpers: Helpers | None = None,  # noqa: ARG001 - nobody helps here
) -> Planned:
    """The same plan made in this process, for small problems and for callers that are killed themselves."""
    best = plan(
        problem,
        time_limit_s=time_limit_s,
        seed=seed,
        workers=workers,
        start=start,
        on_progress=on_progress,
        should_stop=should_stop,
    )
    return Planned(best, Ending.STOPPED if should_stop and should_stop() else Ending.FINISHED)


def solve_apart(task: bytes, seconds: float) -> bytes | None:
    """A block's answer from a process of its own; empty where none is better, None where none came in time.

    The process is killed like a planner's.
    """
    watch = Watch(seconds, lambda _: None, lambda: False)
    with planner_process() as wire:
        wire.say(Letter.BLOCK, task, seconds=seconds)
        try:
            while not watch.is_late():
                message = wire.hear(BEAT_S)
                if message is not None and message[0] is Letter.SOLVED:
                    return message[2]
                if message is not None:
                    watch.take(message)
        except EOFError:
            return None
    return None


@contextmanager
def planner_process() -> Iterator[Wire]:
    """A planner waits at the other end of the pipe; afterwards it and all its workers are gone."""
    ours, theirs = Pipe()
    with ours:
        child = subprocess.Popen(  # noqa: S603 - our own program and a number
            [sys.executable, "-m", PROGRAM, str(theirs.fileno())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        theirs.close()
        wire = Wire(ours)
        try:
            yield wire
        finally:
            # The leader is reaped only afterwards, so that its group cannot be another's yet.
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
            wire.close()
