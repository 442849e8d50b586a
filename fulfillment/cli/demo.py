"""Run the whole product with a made-up company on this machine."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click
from rich.console import Console
from rich.table import Table

from fulfillment.accounts.roles import Role
from fulfillment.cli.home import home_folder
from fulfillment.local.errors import LocalServerError
from fulfillment.local.ports import require_free
from fulfillment.local.stack import MIGRATE, Stack, running_stack

ROLES = tuple(role.value for role in Role)
DEMO_DOMAIN = "demo.example"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequestedError(BaseException):
    """Somebody pressed Ctrl-C, closed the terminal or asked the process to end."""


@click.command("demo", help=__doc__)
@click.option("--port", default=8000, show_default=True, help="Port of the pages and the API.")
@click.option("--workers", default=1, show_default=True, help="Job workers.")
def command(*, port: int, workers: int) -> None:
    """Everything runs until it is asked to end; then everything has stopped and all data is kept."""
    console = Console()
    require_free(port)
    if "DATABASE_URL" in os.environ and "FULFILLMENT_MODE" not in os.environ:
        console.print("DATABASE_URL is set; the demo uses a database of its own and leaves yours alone.")
    with stopping_on_signals(), console.status("Starting") as status:
        try:
            with running_stack(
                home_folder(),
                workers=workers,
                web_port=port,
                roles=ROLES,
                preparations=preparations(),
                report=lambda step: tell(console, step),
            ) as stack:
                status.stop()
                introduce(console, stack)
                stack.wait()
        except StopRequestedError:
            tell(console, "Everything has stopped; the data is kept.")
        except LocalServerError:
            status.stop()
            raise


def preparations() -> list[tuple[str, ...]]:
    """What is done before the product starts: the schema, then the company if it is not there yet."""
    return [*(tuple(step) for step in MIGRATE), ("seed",)]


def introduce(console: Console, stack: Stack) -> None:
    """Where the product is and who can sign in."""
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for heading in ("Role", "Sign in as", "Password"):
        table.add_column(heading, no_wrap=True)
    for role, password in stack.home.secrets().passwords.items():
        table.add_row(role.capitalize(), f"{role}@{DEMO_DOMAIN}", password)
    console.print()
    console.print(f"Fulfillment runs at {stack.url}", style="bold", highlight=False)
    console.print()
    console.print(table, highlight=False)
    console.print()
    console.print("Ctrl-C stops everything; the next start resumes with the same data.", highlight=False)


def tell(console: Console, sentence: str) -> None:
    """The sentence is shown; a terminal that is gone is no reason not to stop cleanly."""
    try:
        console.print(sentence, highlight=False)
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
