"""A crew whose blocks anybody may solve: it offers them through the pipe and solves what nobody takes."""

import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeVar, cast

from fulfillment.routing.block_files import from_bytes, to_bytes
from fulfillment.routing.blocks import BlockTask, solve_block
from fulfillment.routing.crew import LocalCrew
from fulfillment.routing.pipe import Letter, Message, Wire
from fulfillment.routing.plan import Assignment

Task = TypeVar("Task")
Answer = TypeVar("Answer")

ASK_AGAIN_S = 0.5


class SpreadCrew:
    """Blocks go to whoever the caller knows, this process among them; everything else stays on this host.

    With nobody else there it solves every block itself, one after another, so that it never waits for help.
    """

    def __init__(self, wire: Wire, heard: "SimpleQueue[Message]", local: LocalCrew, spread: int) -> None:
        self.wire = wire
        self.heard = heard
        self.local = local
        self.spread = spread
        self.waves = 0

    @property
    def workers(self) -> int:
        """How many blocks are offered at once."""
        return self.spread

    def solve(
        self, work: Callable[[Task, float], Answer | None], tasks: list[Task], seconds: float
    ) -> list[Answer | None]:
        """`work(task, seconds)` for each task, in their order; None where there was no answer in time."""
        if len(tasks) == 1 or not all(isinstance(task, BlockTask) for task in tasks):
            return self.local.solve(work, tasks, seconds)
        self.waves += 1
        wave = Wave(self.wire, self.heard, cast("list[BlockTask]", tasks), seconds, self.waves)
        return cast("list[Answer | None]", wave.solve())


class Wave:
    """Blocks that are solved side by side, until all are answered or the time is over."""

    def __init__(
        self,
        wire: Wire,
        heard: "SimpleQueue[Message]",
        tasks: list[BlockTask],
        seconds: float,
        number: int,
    ) -> None:
        self.number = number
        self.wire = wire
        self.heard = heard
        self.tasks = tasks
        self.until = time.monotonic() + seconds
        self.answers: dict[int, Assignment | None] = {}
        for task in tasks:
            block = to_bytes(task, is_small=True)
            wire.say(Letter.BLOCK, block, wave=number, of=len(tasks), seconds=seconds)

    @property
    def seconds_left(self) -> float:
        """Until no answer is of use."""
        return self.until - time.monotonic()

    def solve(self) -> list[Assignment | None]:
        """The answers in the order of the tasks."""
        while len(self.answers) < len(self.tasks) and self.seconds_left > 0:
            number = self._next()
            if number is None:
                self._hear(ASK_AGAIN_S)
            elif number not in self.answers:
                self._solve_here(number)
        self.wire.say(Letter.OVER)
        return [self.answers.get(number) for number in range(len(self.tasks))]

    def _solve_here(self, number: int) -> None:
        better = solve_block(self.tasks[number], self.seconds_left)
        self.answers[number] = better
        self.wire.say(
            Letter.SOLVED, b"" if better is None else to_bytes(better, is_small=True), number=number
        )

    def _next(self) -> int | None:
        """A block that nobody works on, if there is one; answers that come meanwhile are taken in."""
        self.wire.say(Letter.NEXT)
        while self.seconds_left > 0:
            message = self._get(self.seconds_left)
            if message is not None and message[0] is Letter.NEXT:
                number: int | None = message[1]["number"]
                return number
        return None

    def _hear(self, seconds: float) -> None:
        """Answers have been waited for."""
        self._get(min(seconds, max(self.seconds_left, 0.0)))

    def _get(self, timeout_s: float) -> Message | None:
        """The next message of this wave, if it is the next one; an answer is remembered."""
        try:
            message = self.heard.get(timeout=timeout_s)
        except Empty:
            return None
        letter, values, content = message
        if values["wave"] != self.number:
            return None
        if letter is Letter.SOLVED:
            self.answers.setdefault(values["number"], from_bytes(Assignment, content) if content else None)
        return message
