"""Plan all unreleased orders together and move their promises to where the plan puts them."""

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial

import click

from fulfillment.cli._runtime import COMMAND_LINE, command_runtime
from fulfillment.flows.route_orders import RouteReport, route_orders
from fulfillment.orders.kinds import RoutePlanState
from fulfillment.store.session import read_only

INTERRUPTED = 130
FAILED = 1


@click.command("route", help=__doc__)
@click.option("--dry-run", is_flag=True, help="Plan and say what would move; change nothing.")
@click.option(
    "--time-limit", default=60.0, show_default=True, type=click.FloatRange(0.1, 3600), help="Seconds."
)
@click.option("--seed", default=0, show_default=True, help="Same orders and seed, same plan.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes.")
@click.option("--peers", "has_peers", is_flag=True, help="Run other systems' rules on the same problem too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(
    context: click.Context,
    *,
    dry_run: bool,
    time_limit: float,
    seed: int,
    workers: int,
    has_peers: bool,
    as_json: bool,
) -> None:
    """Nothing that is released is touched, and a move that no longer fits is skipped and counted.

    Ctrl-C cancels before anything is moved; the exit status is then 130.
    """
    with command_runtime("route") as runtime, interruptible() as is_interrupted:
        report = route_orders(
            runtime.in_transaction,
            partial(read_only, runtime.engine),
            trigger="command",
            actor=COMMAND_LINE,
            time_limit_s=time_limit,
            seed=seed,
            workers=workers,
            is_dry_run=dry_run,
            has_peers=has_peers,
            should_stop=is_interrupted.is_set,
        )
    click.echo(json.dumps(asdict(report), default=str) if as_json else sentences(report))
    if report.state is RoutePlanState.CANCELLED:
        context.exit(INTERRUPTED)
    if report.state is RoutePlanState.FAILED:
        context.exit(FAILED)


@contextmanager
def interruptible() -> Iterator[threading.Event]:
    """Ctrl-C and SIGTERM set the event while the block runs, and interrupt nothing."""
    asked = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: asked.set()) for number in numbers}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def sentences(report: RouteReport) -> str:
    """The report as a person reads it."""
    if not report.orders:
        return "No order waits for a route."
    if report.state in {RoutePlanState.CANCELLED, RoutePlanState.FAILED}:
        return report.note
    moved = "would move" if report.state is RoutePlanState.TRIED else "moved"
    before, after = report.before, report.after
    planned = (
        f"{report.orders} orders planned in {report.seconds} s: {report.moved} {moved}, {report.skipped} "
        f"skipped because they changed meanwhile. {report.note}"
    )
    costs = (
        f"Freight, handling and lateness {report.cost_before_minor} before, {report.cost_after_minor} after, "
        f"at least {report.bound_minor} (minor units). "
        f"Proven gap, with what waits at its penalty: {report.gap:.3%}."
    )
    parcels = (
        f"Parcels {before.parcels} before, {after.parcels} after; cost per parcel {before.cost_per_parcel} "
        f"before, {after.cost_per_parcel} after."
    )
    shares = (
        f"Orders split {before.split_share:.2%} before, {after.split_share:.2%} after. "
        f"Lines waiting: {report.backlog_before} before, {report.backlog} after."
    )
    peers = [f"{name:20} {peer['cost_ratio']:.3f} times our cost" for name, peer in report.peers.items()]
    return "\n".join([planned.rstrip(), costs, parcels, shares, *peers])
