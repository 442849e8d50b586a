"""Bring the database's schema and the return rules that ship up to date."""

import click

from fulfillment import migrations
from fulfillment.cli._runtime import command_runtime, database_settings
from fulfillment.returns.rules_book import load_packs


@click.command("migrate", help=__doc__)
def command() -> None:
    """The schema is at the newest revision, the application's role has its rights, the rules are loaded."""
    settings = database_settings()
    url = settings.database_owner_url.get_secret_value() or settings.database_url.get_secret_value()
    migrations.upgrade(url, app_role=settings.database_app_role)
    with command_runtime("migrate") as runtime:
        runtime.in_transaction(load_packs)
    click.echo("The schema is up to date.")
