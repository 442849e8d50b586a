"""Take an order file through the whole river, from promise to refund, and sum up the day."""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from fulfillment.local.stack import running_stack
from fulfillment.simulation.river.river import DayInput, River
from fulfillment.simulation.river.summary import Summary

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FAILED_EXIT = 1


@click.command("simulate", help=__doc__)
@click.option("--orders", required=True, type=FILE, help="The order file.")
@click.option("--products", required=True, type=FILE, help="The articles it orders.")
@click.option("--warehouses", required=True, type=FILE, help="The warehouses that send them.")
@click.option("--profile", default="generic", show_default=True, help="How the files are read.")
@click.option("--stock", type=FILE, help="What is on hand; without it the warehouses are stocked by share.")
@click.option(
    "--stock-share", default=0.9, show_default=True, type=click.FloatRange(0, 10), help="Of the demand."
)
@click.option(
    "--return-share", default=0.05, show_default=True, type=click.FloatRange(0, 1), help="Of delivered units."
)
@click.option(
    "--route-seconds", default=60.0, show_default=True, type=click.FloatRange(1, 600), help="For the planner."
)
@click.option("--zones", type=FILE, help="The Postal Service's zone chart; without it zones follow distance.")
@click.option(
    "--days-at-once",
    default=0,
    show_default=True,
    type=click.IntRange(0, 366),
    help="0 takes the file whole.",
)
@click.option("--most-strides", type=click.IntRange(1), help="Stop after so many times --days-at-once.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 16))
@click.option("--seed", default=1, show_default=True, help="Same files and seed, same day.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    *,
    orders: Path,
    products: Path,
    warehouses: Path,
    profile: str,
    stock: Path | None,
    stock_share: float,
    return_share: float,
    route_seconds: float,
    zones: Path | None,
    days_at_once: int,
    most_strides: int | None,
    workers: int,
    seed: int,
    as_json: bool,
) -> None:
    """The embedded servers run in FULFILLMENT_HOME if it is set, else in a folder that is gone afterwards.

    Exit code 1 where the books do not hold, a label is paid twice, or a job is dead.
    """
    given = DayInput(
        orders,
        products,
        warehouses,
        profile,
        stock,
        stock_share,
        return_share,
        route_seconds,
        seed,
        zones,
        days_at_once,
        most_strides,
    )
    with TemporaryDirectory(prefix="fulfillment-") as passing:
        home = Path(os.environ.get("FULFILLMENT_HOME") or passing)
        with _make_progress() as progress:
            task = progress.add_task("Starting the servers", total=None)

            def say(step: str, done: int | None, of: int | None) -> None:
                progress.update(task, description=step, completed=done or 0, total=of)

            environment = {"FULFILLMENT_LOG_LEVEL": "WARNING"}
            with running_stack(home, workers=workers, environment=environment) as stack:
                summary = River(stack, given, say).run()
    if as_json:
        click.echo(json.dumps(asdict(summary), ensure_ascii=False))
    else:
        _print(summary)
    if summary.audit["violations"] or summary.labels["duplicates_live"] or summary.jobs["dead"]:
        sys.exit(FAILED_EXIT)


def _make_progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())


def _print(summary: Summary) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column()
    for name, value in asdict(summary).items():
        if name in {"reasons", "problems"}:
            continue
        shown = (
            ", ".join(f"{count:,} {word}" for word, count in value.items())
            if isinstance(value, dict)
            else f"{value:,}"
        )
        table.add_row(name.replace("_", " "), shown)
    console = Console(highlight=False)
    console.print(table)
    for reason in summary.reasons:
        if reason["outcome"] != "accepted":
            lines = ", ".join(str(line) for line in reason["first_lines"][:5])
            console.print(
                f"{reason['rows']} rows {reason['outcome']} ({reason['code']}), first in lines {lines}"
            )
    for problem in summary.problems:
        console.print(f"! {problem}")
