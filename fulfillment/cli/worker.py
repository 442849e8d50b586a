"""Run jobs, one after another, until asked to stop."""

import click

from fulfillment.config import load_settings
from fulfillment.jobs.processes import run_worker
from fulfillment.runtime import make_runtime


@click.command("worker", help=__doc__)
def command() -> None:
    """Jobs are tried until SIGTERM; the one at hand is finished first."""
    runtime = make_runtime(load_settings(), application_name="fulfillment-worker")
    try:
        run_worker(runtime)
    finally:
        runtime.close()
