"""Measure the product: the planner beside the rules of other systems."""

import json
from pathlib import Path

import click

from fulfillment.bench.routing import BenchOptions, run_routing_bench
from fulfillment.bench.routing_files import read_instance
from fulfillment.bench.routing_instances import DEFAULT_TIGHTNESS, make_instance
from fulfillment.bench.routing_plot import cost_lines, draw_decades, draw_from_zero, gap_lines, pace_lines
from fulfillment.cli._bench_autoship import command as autoship
from fulfillment.routing.plan import Progress


@click.group("bench", help=__doc__)
def command() -> None:
    """Each benchmark is a subcommand."""


command.add_command(autoship)


@command.command("routing")
@click.option("--orders", type=click.IntRange(min=1), default=10_000, show_default=True)
@click.option("--warehouses", type=click.IntRange(min=1, max=30_000), default=10, show_default=True)
@click.option("--skus", type=click.IntRange(min=1), default=2_000, show_default=True)
@click.option(
    "--tightness",
    type=click.FloatRange(min=0.001, max=100.0),
    default=DEFAULT_TIGHTNESS,
    show_default=True,
    help="Units wanted per unit in stock.",
)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0.1),
    default=BenchOptions().time_limit_s,
    show_default=True,
    help="Seconds.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=BenchOptions().workers,
    show_default="the cores there are",
    help="Processes.",
)
@click.option(
    "--instance",
    type=click.Path(path_type=Path),
    help="A JSON file or a folder of CSV files instead of a made-up instance.",
)
@click.option("--peers/--no-peers", "has_peers", default=True, help="Run the rules of other systems too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def routing(
    *,
    orders: int,
    warehouses: int,
    skus: int,
    tightness: float,
    seed: int,
    time_limit: float,
    workers: int,
    instance: Path | None,
    has_peers: bool,
    as_json: bool,
) -> None:
    """Plan an instance and compare with the first-fit rules of other systems."""
    if instance is not None:
        problem = read_instance(instance)
    else:
        problem = make_instance(
            orders=orders, warehouses=warehouses, skus=skus, tightness=tightness, seed=seed
        )
    options = BenchOptions(time_limit_s=time_limit, seed=seed, workers=workers, has_peers=has_peers)
    result = run_routing_bench(problem, options, None if as_json else show_progress)
    if as_json:
        click.echo(json.dumps(result))
        return
    for name, value in result.items():
        if name not in {"history", "peers"}:
            click.echo(f"{name:20} {value}")
    peers = result.get("peers")
    if isinstance(peers, dict):
        for name, found in peers.items():
            click.echo(f"{name:20} {found['cost_ratio']:.3f} times our cost")


@command.command("routing-plot")
@click.argument(
    "results", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("docs"), show_default=True
)
def routing_plot(*, results: tuple[Path, ...], out: Path) -> None:
    """Draw gap against time, and time and money per order against size, from the JSON of earlier runs."""
    found = [json.loads(path.read_text()) for path in results]
    out.mkdir(parents=True, exist_ok=True)
    gap = draw_decades("Proven gap against time", "seconds", "gap in percent", gap_lines(found))
    (out / "routing-gap.svg").write_text(gap)
    pace = draw_from_zero(
        "Time per order against size", "orders", "milliseconds per order", pace_lines(found)
    )
    (out / "routing-pace.svg").write_text(pace)
    cost = draw_from_zero("Cost per order against size", "orders", "minor units per order", cost_lines(found))
    (out / "routing-cost.svg").write_text(cost)


def show_progress(progress: Progress) -> None:
    """One line on standard error."""
    click.echo(
        f"{progress.seconds:8.1f} s  {progress.stage:12} cost {progress.cost_minor}, "
        f"at least {progress.bound_minor}",
        err=True,
    )
