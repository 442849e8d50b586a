"""A planner that is killed by its limit and never waited for, because it runs in a process of its own.

Every better plan comes through a pipe as it is found. Whatever becomes of the process, a solver that does not
return, a crash, no memory left, the last plan it sent is a plan, and the last bound it proved is a bound.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from multiprocessing import Pipe
from typing import Any, Protocol

from fulfillment.core.errors import InvalidInputError
from fulfillment.routing.block_files import from_bytes, to_bytes
from fulfillment.routing.finishing import backlog_of, scarce_rows
from fulfillment.routing.pipe import Better, Letter, Message, PlannerTask, StartColumns, Wire
from fulfillment.routing.plan import Plan, Progress, Stage
from fulfillment.routing.planner import plan
from fulfillment.routing.problem import Problem
from fulfillment.routing.starting import Start
from fulfillment.routing.tariff import ParcelTariff
from fulfillment.routing.usage import Meter

PROGRAM = "fulfillment.routing.planner_process"
GRACE = 0.1
"""Share of the time limit after which a planner that has not ended is killed."""

LEAST_GRACE_S = 0.5
STARTING_S = 60.0
"""An interpreter that takes longer to begin than this never will."""

BEAT_S = 0.2
PROGRESS_EVERY_S = 1.0


class Ending(StrEnum):
    """How a planner's process ended."""

    FINISHED = "finished"
    STOPPED = "stopped"
    KILLED = "killed"
    CRASHED = "crashed"


@dataclass(frozen=True)
class Planned:
    """The best plan that was found, None where there was none yet, and how the search for it ended."""

    plan: Plan | None
    ending: Ending


class Planner(Protocol):
    """Whoever finds a plan: a process of its own, or in a test this one."""

    def __call__(
        self,
        problem: Problem,
        *,
        time_limit_s: float,
        seed: int,
        workers: int,
        start: Start | None,
        on_progress: Callable[[Progress], None],
        should_stop: Callable[[], bool],
        helpers: "Helpers | None" = None,
    ) -> Planned:
        """The best plan found in the time; `on_progress` is called about once a second."""
        ...


class Helpers(Protocol):
    """Others who may solve blocks of a plan; the caller's own thread asks, and nothing here waits."""

    @property
    def spread(self) -> int:
        """How many blocks are worth handing over at once."""
        ...

    @property
    def spread_from(self) -> int:
        """More contested orders than this are planned in blocks."""
        ...

    def share(self, tasks: list[bytes], seconds: float) -> None:
        """Anybody may solve these blocks for so many seconds; a block's number is its place."""
        ...

    def claim(self) -> int | None:
        """A block that the planner itself may solve; None where others have them all."""
        ...

    def put(self, number: int, answer: bytes) -> None:
        """The planner has solved this block itself."""
        ...

    def answers(self) -> list[tuple[int, bytes]]:
        """What others have answered since the last time, each block once."""
        ...

    def end_wave(self) -> None:
        """No answer is of use any more."""
        ...


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


@dataclass
class Watch:
    """Follows a planner's process and remembers the best it said."""

    time_limit_s: float
    on_progress: Callable[[Progress], None]
    should_stop: Callable[[], bool]
    helpers: Helpers | None = None
    wave: int = field(default=0, init=False)
    blocks: list[bytes] = field(default_factory=list, init=False)
    better: Better | None = field(default=None, init=False)
    progress: Progress = field(default=Progress("starting", 0.0, 0, 0), init=False)
    done: dict[str, Any] = field(default_factory=dict, init=False)
    began: float = field(default_factory=time.monotonic, init=False)
    has_begun: bool = field(default=False, init=False)
    told: float = field(default=0.0, init=False)

    @property
    def seconds(self) -> float:
        """Since the planner began, or was made."""
        return time.monotonic() - self.began

    def follow(self, wire: Wire, task: PlannerTask) -> Ending:
        """How the process ended, or why it must."""
        wire.say(Letter.TASK, to_bytes(task))
        try:
            while not self.is_late():
                if self.should_stop():
                    return Ending.STOPPED
                message = wire.hear(BEAT_S)
                if message is not None:
                    self.take(message)
                    self.share(message, wire)
                if self.done:
                    return Ending.FINISHED
                self.beat()
                self.pass_on(wire)
        except EOFError:
            return Ending.CRASHED
        return Ending.KILLED

    def is_late(self) -> bool:
        """The process has had its time and the grace after it."""
        if not self.has_begun:
            return self.seconds > STARTING_S
        return self.seconds > self.time_limit_s + max(GRACE * self.time_limit_s, LEAST_GRACE_S)

    def take(self, message: Message) -> None:
        """What the message says is known."""
        letter, values, content = message
        if letter is Letter.BEGUN:
            self.began, self.has_begun = time.monotonic(), True
        elif letter is Letter.BETTER:
            self.better = from_bytes(Better, content)
        elif letter is Letter.PROGRESS:
            self.progress = Progress(**values)
            self.told = 0.0
        elif letter is Letter.DONE:
            self.done = values

    def share(self, message: Message, wire: Wire) -> None:
        """What the planner says to its helpers has reached them."""
        letter, values, content = message
        if self.helpers is None:
            return
        if letter is Letter.BLOCK:
            self.blocks.append(content)
            if len(self.blocks) == values["of"]:
                self.helpers.share(self.blocks, values["seconds"])
                self.wave, self.blocks = values["wave"], []
        elif letter is Letter.NEXT:
            wire.say(Letter.NEXT, wave=self.wave, number=self.helpers.claim())
        elif letter is Letter.SOLVED:
            self.helpers.put(values["number"], content)
        elif letter is Letter.OVER:
            self.helpers.end_wave()

    def pass_on(self, wire: Wire) -> None:
        """What helpers have answered has reached the planner."""
        for number, answer in self.helpers.answers() if self.helpers else ():
            wire.say(Letter.SOLVED, answer, wave=self.wave, number=number)

    def beat(self) -> None:
        """Whoever listens has heard of the latest step, or for a second's silence that it goes on."""
        if time.monotonic() - self.told >= PROGRESS_EVERY_S:
            self.told = time.monotonic()
            self.on_progress(replace(self.progress, seconds=self.seconds))

    def plan_of(self, problem: Problem) -> Plan | None:
        """The last plan sent, measured anew, with the last bound proved."""
        if self.better is None:
            return None
        assignment, prices = self.better.assignment, self.better.prices
        meter = Meter(problem, ParcelTariff(problem))
        order_cost = meter.order_costs(assignment)
        cost = int(order_cost.sum())
        bound = min(self.done.get("bound_minor", self.progress.bound_minor), cost)
        used = meter.used(meter.entries(assignment))
        stage = Stage(self.done.get("stage", Stage.PRICED))
        return Plan(
            assignment=assignment,
            order_cost_minor=order_cost,
            cost_minor=cost,
            bound_minor=bound,
            prices=prices,
            scarce=scarce_rows(problem, prices, used),
            backlog=backlog_of(problem, assignment, used),
            stage=Stage.PROVEN if bound == cost else stage,
            seconds=self.seconds,
            first_plan_seconds=self.done.get("first_plan_seconds", 0.0),
            orders_priced=self.done.get("orders_priced", 0),
            history=tuple((each[0], each[1], each[2]) for each in self.done.get("history", ())),
        )
