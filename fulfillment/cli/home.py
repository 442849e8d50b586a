"""Look at or empty the folder where the embedded servers keep their data."""

import os
from pathlib import Path

import click

from fulfillment.local.home import Home


def home_folder() -> Path:
    """Where the embedded servers keep their data."""
    return Path(os.environ.get("FULFILLMENT_HOME", ".fulfillment")).resolve()


@click.group("home", help=__doc__)
def command() -> None:
    """Deeds on the home."""


@command.command("show", help="Print the folder and what the running demo answers to.")
def show() -> None:
    """The folder and the addresses of the last run."""
    home = Home(home_folder())
    click.echo(home.folder)
    for name, value in home.last_environment().items():
        if name.endswith("_URL") and "DATABASE" not in name:
            click.echo(f"{name}={value}")


@command.command("reset", help="Throw away all data of the demo, its passwords too.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(*, yes: bool) -> None:
    """The home is as before its first use."""
    home = Home(home_folder())
    if not yes:
        click.confirm(f"Throw away everything the demo keeps in {home.folder}?", abort=True)
    home.forget_data()
    click.echo(f"{home.folder} is empty. The next start makes everything anew.")
