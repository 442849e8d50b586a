"""Tell the workers of every job that is due, and promise the periodic ones."""

import click

from fulfillment.config import load_settings
from fulfillment.jobs.processes import run_bell
from fulfillment.runtime import make_runtime


@click.command("scheduler", help=__doc__)
def command() -> None:
    """Relay, sweeper and schedule run until SIGTERM; of several such processes one leads."""
    runtime = make_runtime(load_settings(), application_name="fulfillment-scheduler")
    try:
        run_bell(runtime)
    finally:
        runtime.close()
