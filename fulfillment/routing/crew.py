"""Work done side by side in processes of their own, which end with the time they are given."""

import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.pool import Pool as Processes
from types import TracebackType
from typing import Protocol, Self, TypeVar

GRACE_S = 0.3
STARTING_S = 3.0
Task = TypeVar("Task")
Answer = TypeVar("Answer")


class Crew(Protocol):
    """Whoever solves tasks side by side: processes of this host, or workers of several."""

    @property
    def workers(self) -> int:
        """How many tasks are worth handing over at once."""
        ...

    def solve(
        self, work: Callable[[Task, float], Answer | None], tasks: list[Task], seconds: float
    ) -> list[Answer | None]:
        """`work(task, seconds)` for each task, in their order; None where there was no answer in time."""
        ...


class LocalCrew:
    """As many worker processes as asked for; with one worker everything happens in this process."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.processes: Processes | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.dismiss()

    def dismiss(self) -> None:
        """The workers end at once, whatever they do."""
        if self.processes is not None:
            self.processes.terminate()
            self.processes.join()
            self.processes = None

    def solve(
        self, work: Callable[[Task, float], Answer | None], tasks: list[Task], seconds: float
    ) -> list[Answer | None]:
        """`work(task, seconds)` for each task, in their order; None where there was no answer in time."""
        if self.workers == 1 or len(tasks) == 1 or (self.processes is None and seconds < STARTING_S):
            until = time.monotonic() + seconds
            return [work(task, max(until - time.monotonic(), 0.0)) for task in tasks]
        if self.processes is None:
            # A fresh interpreter: forking a process that runs solver threads can copy a held lock.
            self.processes = multiprocessing.get_context("spawn").Pool(self.workers)
        answers = self.processes.starmap_async(work, [(task, seconds) for task in tasks], chunksize=1)
        try:
            return list(answers.get(timeout=seconds + GRACE_S))
        except multiprocessing.TimeoutError:
            self.dismiss()
            return [None] * len(tasks)
