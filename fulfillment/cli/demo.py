"""Run the whole product with a made-up company on this machine."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click
from rich.console import Console
from rich.table import Table

from fulfillment.accounts.roles import Role
from fulfillment.cli._progress import PROGRESS
from fulfillment.cli.home import home_folder
from fulfillment.local.parts import PARTS
from fulfillment.local.ports import require_free
from fulfillment.local.stack import MIGRATE, Stack, running_stack

ROLES = tuple(role.value for role in Role)
DAYS_TO_PLAY = 6
"""Of the company's two weeks: the rest is written down at once."""
ORDERS_PER_DAY = 12
"""So few that a laptop has them all in a minute."""
SEED = ("seed", "--orders-per-day", str(ORDERS_PER_DAY), "--days-to-play", str(DAYS_TO_PLAY))
PLAY = ("play",)
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequestedError(BaseException):
    """Somebody pressed Ctrl-C, closed the terminal or asked the process to end."""


@click.command("demo", help=__doc__)
@click.option("--port", default=8000, show_default=True, help="Port of the pages and the API.")
@click.option("--workers", default=1, show_default=True, help="Job workers.")
@click.option("--empty", is_flag=True, help="Start without the made-up company.")
@click.option("--without", type=click.Choice(PARTS), multiple=True, help="Leave a part out; may be repeated.")
def command(*, port: int, workers: int, empty: bool, without: tuple[str, ...]) -> None:
    """Everything runs until it is asked to end; then everything has stopped and all data is kept."""
    console = Console(highlight=False)
    began = time.monotonic()
    require_free(port)
    if "DATABASE_URL" in os.environ:
        console.print("DATABASE_URL is set; the demo uses a database of its own and leaves yours alone.")
    with stopping_on_signals(), console.status("Starting") as spinner:

        def report(step: str) -> None:
            spinner.update("Starting")
            tell(console, f"{time.monotonic() - began:6.1f} s  {step}")

        def follow(line: str) -> None:
            if line.startswith(PROGRESS):
                spinner.update(line.removeprefix(PROGRESS))

        try:
            with running_stack(
                home_folder(),
                parts=[part for part in PARTS if part not in without],
                workers=workers,
                web_port=port,
                roles=ROLES,
                preparations=MIGRATE if empty else (*MIGRATE, SEED),
                first_commands=() if empty or without else (PLAY,),
                report=report,
                follow=follow,
            ) as stack:
                spinner.stop()
                introduce(console, stack)
                stack.wait()
        except StopRequestedError:
            spinner.stop()
            tell(console, "Everything has stopped; the data is kept.")


def introduce(console: Console, stack: Stack) -> None:
    """Where the product is and who can sign in."""
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for heading in ("Role", "Sign in as", "Password"):
        table.add_column(heading, no_wrap=True)
    for person in stack.home.people():
        table.add_row(person.role.capitalize(), person.email, person.password)
    console.print()
    console.print(f"Fulfillment runs at {stack.url}", style="bold")
    console.print()
    console.print(table)
    console.print()
    console.print("Ctrl-C stops everything; the next start resumes with the same data.")


def tell(console: Console, sentence: str) -> None:
    """The sentence is shown; a terminal that is gone is no reason not to stop cleanly."""
    try:
        console.print(sentence)
    except OSError:
        console.file = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - kept until the end


@contextmanager
def stopping_on_signals() -> Iterator[None]:
    """The first signal to stop raises StopRequestedError here; later ones change nothing."""

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a handler
        for each in STOP_SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        if number == signal.SIGHUP:
            # The terminal is gone, and writing to it would fail in the middle of stopping.
            with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123
                os.dup2(nowhere.fileno(), sys.stdout.fileno())
                os.dup2(nowhere.fileno(), sys.stderr.fileno())
        raise StopRequestedError

    before = {number: signal.signal(number, stop) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
