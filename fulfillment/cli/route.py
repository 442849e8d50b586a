"""Plan all unreleased orders together and move their promises to where the plan puts them."""

import json
from dataclasses import asdict
from functools import partial

import click

from fulfillment.cli._runtime import command_runtime
from fulfillment.flows.route_orders import RouteReport, route_orders
from fulfillment.store.actors import Actor
from fulfillment.store.session import read_only

SECONDS = click.FloatRange(0.1, 3600)
COMMAND_LINE = Actor(kind="system", id="command-line", name="Command line")


@click.command("route", help=__doc__)
@click.option("--dry-run", is_flag=True, help="Plan and say what would move; change nothing.")
@click.option(
    "--time-limit", default=60.0, show_default=True, type=click.FloatRange(0.1, 3600), help="Seconds."
)
@click.option("--seed", default=0, show_default=True, help="Same orders and seed, same plan.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(*, dry_run: bool, time_limit: float, seed: int, as_json: bool) -> None:
    """Nothing that is released is touched, and a move that no longer fits is skipped and counted."""
    with command_runtime("route") as runtime:
        report = route_orders(
            runtime.in_transaction,
            partial(read_only, runtime.engine),
            trigger="command",
            actor=COMMAND_LINE,
            time_limit_s=time_limit,
            seed=seed,
            is_dry_run=dry_run,
        )
    if as_json:
        click.echo(json.dumps(asdict(report), default=str))
    else:
        click.echo(_sentence(report, is_dry_run=dry_run))


def _sentence(report: RouteReport, *, is_dry_run: bool) -> str:
    if not report.orders:
        return "No order waits for a route."
    moved = "would move" if is_dry_run else "moved"
    return (
        f"{report.orders} orders planned in {report.seconds} s: {report.moved} {moved}, {report.skipped} "
        f"skipped because they changed meanwhile. Freight {report.cost_before_minor} before, "
        f"{report.cost_after_minor} after, at least {report.bound_minor} (minor units). "
        f"Lines waiting: {report.backlog_before} before, {report.backlog} after."
    )
