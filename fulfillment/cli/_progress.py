"""Progress of a long command: a bar on a terminal, plain lines in a log."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Say = Callable[[str, int | None, int | None], None]
"""Told the step, how much of it is done, and of how much, where that is known."""

PROGRESS = "... "
"""How a line of progress begins in a log, so that whoever reads along can tell it from the rest."""


@contextmanager
def showing_progress() -> Iterator[Say]:
    """What is said inside the block is shown on standard error."""
    if not sys.stderr.isatty():
        yield _say_plainly
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Starting", total=None)

        def say(step: str, done: int | None, of: int | None) -> None:
            progress.update(task, description=step, completed=done or 0, total=of)

        yield say


def _say_plainly(step: str, done: int | None, of: int | None) -> None:
    figures = "" if of is None else f" {done} of {of}"
    print(f"{PROGRESS}{step}{figures}", file=sys.stderr, flush=True)
