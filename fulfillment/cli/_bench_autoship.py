"""`fulfillment bench autoship`: a run entered, planned, promised and charged while single orders come."""

import json

import click

from fulfillment.bench.autoship import AutoshipBench, run_autoship_bench
from fulfillment.migrations import upgrade


@click.command("autoship")
@click.option("--orders", type=click.IntRange(min=1), default=10_000, show_default=True)
@click.option("--warehouses", type=click.IntRange(min=1, max=99), default=10, show_default=True)
@click.option("--skus", type=click.IntRange(min=1, max=99_999), default=2_000, show_default=True)
@click.option(
    "--tightness",
    type=click.FloatRange(min=0.001, max=100.0),
    default=0.9,
    show_default=True,
    help="Units wanted per unit in stock.",
)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--plan-seconds", type=click.IntRange(min=1), default=300, show_default=True)
@click.option(
    "--singles",
    type=click.FloatRange(min=0.1, max=100.0),
    default=10.0,
    show_default=True,
    help="Single orders a second meanwhile.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    *,
    orders: int,
    warehouses: int,
    skus: int,
    tightness: float,
    seed: int,
    plan_seconds: int,
    singles: float,
    as_json: bool,
) -> None:
    """Measure an autoship run on a PostgreSQL of its own."""
    options = AutoshipBench(orders, warehouses, skus, tightness, seed, plan_seconds, singles)
    say = (lambda _: None) if as_json else (lambda words: click.echo(words, err=True))
    result = run_autoship_bench(options, migrate=lambda url, role: upgrade(url, app_role=role), say=say)
    if as_json:
        click.echo(json.dumps(result))
        return
    for name, value in result.items():
        click.echo(f"{name:26} {value}")
