"""Bring the database's schema up to date."""

import click

from fulfillment import migrations
from fulfillment.cli._runtime import database_settings


@click.command("migrate", help=__doc__)
def command() -> None:
    """The schema is at the newest revision and the application's role has its rights."""
    settings = database_settings()
    url = settings.database_owner_url.get_secret_value() or settings.database_url.get_secret_value()
    migrations.upgrade(url, app_role=settings.database_app_role)
    click.echo("The schema is up to date.")
