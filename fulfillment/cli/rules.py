"""Show the packs of return rules, load those that ship, and switch them on or off."""

import click

from fulfillment.cli._runtime import command_runtime
from fulfillment.returns.rules_book import list_packs, load_packs, switch_pack


@click.group("rules", help=__doc__)
def command() -> None:
    """The rules about returns as data."""


@command.command("list")
def show() -> None:
    """The packs in the book, and whether they hold."""
    with command_runtime("rules") as runtime:
        for pack in runtime.in_transaction(list_packs):
            state = "on" if pack.active == pack.rules else "off" if pack.active == 0 else "partly on"
            click.echo(f"{pack.name}: {pack.rules} rules of {pack.policy}, {state}")


@command.command("load")
def load() -> None:
    """The packs that ship stand in the book; what was switched stays as it is."""
    with command_runtime("rules") as runtime:
        loaded = runtime.in_transaction(load_packs)
    click.echo(f"{sum(pack.rules for pack in loaded)} rules, {sum(pack.changed for pack in loaded)} changed.")


@command.command("on")
@click.argument("name")
def switch_on(name: str) -> None:
    """The rules of a pack hold from now on."""
    _switch(name, is_active=True)


@command.command("off")
@click.argument("name")
def switch_off(name: str) -> None:
    """The rules of a pack hold no longer."""
    _switch(name, is_active=False)


def _switch(name: str, *, is_active: bool) -> None:
    with command_runtime("rules") as runtime:
        switched = runtime.in_transaction(
            lambda session: switch_pack(session, name=name, is_active=is_active)
        )
    click.echo(f"{switched} rules of {name} are {'on' if is_active else 'off'}.")
