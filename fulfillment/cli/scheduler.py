"""Tell the workers of every job that is due, and promise the periodic ones."""

import click

from fulfillment.cli._runtime import command_runtime
from fulfillment.jobs.processes import run_bell


@click.command("scheduler", help=__doc__)
def command() -> None:
    """Relay, sweeper and schedule run until SIGTERM; of several such processes one leads."""
    with command_runtime("scheduler") as runtime:
        run_bell(runtime)
