"""Run jobs, one after another, until asked to stop."""

import click

from fulfillment.cli._runtime import command_runtime
from fulfillment.jobs.processes import run_worker


@click.command("worker", help=__doc__)
def command() -> None:
    """Jobs are tried until SIGTERM; the one at hand is finished first."""
    with command_runtime("worker") as runtime:
        run_worker(runtime)
