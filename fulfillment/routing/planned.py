"""Whoever makes plans, whoever helps them, and what comes of it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from fulfillment.routing.plan import Plan, Progress
from fulfillment.routing.problem import Problem
from fulfillment.routing.starting import Start


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
