"""Show the shipping bans, add one or a file of them, and switch them on or off."""

import csv
from pathlib import Path
from uuid import UUID

import click

from fulfillment.catalog.ban_book import FIELDS, NewBan, list_bans
from fulfillment.catalog.kinds import HazardClass
from fulfillment.cli._runtime import COMMAND_LINE, command_runtime
from fulfillment.core.errors import InvalidInputError
from fulfillment.flows.ban_shipping import ban_shipping, switch_shipping_ban

YES = frozenset({"yes", "true", "1", "x"})
NO = frozenset({"", "no", "false", "0"})


@click.group("bans", help=__doc__)
def command() -> None:
    """What may not be sent where, and by whom."""


@command.command("list")
def show() -> None:
    """Every ban, those in force first."""
    with command_runtime("bans") as runtime:
        for ban in runtime.in_transaction(list_bans):
            goods = ban.sku or ban.category or (ban.hazard_class and f"hazard {ban.hazard_class.value}")
            place = " ".join(part for part in (ban.state, ban.country) if part)
            place = place or ("everywhere" if not ban.to_military else "")
            military = " military" if ban.to_military else ""
            state = "on" if ban.is_active else "off"
            click.echo(
                f"{ban.id} {state}: {goods or 'anything'} to {place}{military} "
                f"from {ban.warehouse_code or 'any warehouse'}: {ban.reason}"
            )


@command.command("add")
@click.option("--sku", help="the article; or")
@click.option("--hazard-class", type=click.Choice([each.value for each in HazardClass]), help="its class; or")
@click.option("--category", help="its category; anything if none is given")
@click.option("--country", help="where to, two letters; anywhere if not given")
@click.option("--state", help="the usual code of a state of the country")
@click.option("--to-military", is_flag=True, help="only to addresses of the armed forces")
@click.option("--warehouse", "warehouse_code", help="from where; any warehouse if not given")
@click.option("--reason", required=True, help="whose rule it is, in words that people who wait will read")
def add(hazard_class: str | None, **given: str | bool | None) -> None:
    """The ban holds from now on."""
    ban = NewBan(
        hazard_class=HazardClass(hazard_class) if hazard_class else None,
        **given,  # type: ignore[arg-type]  # click hands over each option as NewBan declares it
    )
    with command_runtime("bans") as runtime:
        ban_id = runtime.in_transaction(lambda session: ban_shipping(session, ban=ban, actor=COMMAND_LINE))
    click.echo(f"{ban_id} is on.")


@command.command("import")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_file(path: Path) -> None:
    """All bans of a CSV file hold, or none; a second time is harmless.

    Columns: sku, hazard_class, category, country, state, to_military, warehouse_code, reason.
    """
    bans = read_bans(path)
    with command_runtime("bans") as runtime:
        runtime.in_transaction(
            lambda session: [ban_shipping(session, ban=ban, actor=COMMAND_LINE) for ban in bans]
        )
    click.echo(f"{len(bans)} bans of {path.name} are on.")


@command.command("on")
@click.argument("ban_id", type=click.UUID)
def switch_on(ban_id: UUID) -> None:
    """The ban holds again."""
    _switch(ban_id, is_active=True)


@command.command("off")
@click.argument("ban_id", type=click.UUID)
def switch_off(ban_id: UUID) -> None:
    """The ban holds no longer."""
    _switch(ban_id, is_active=False)


def _switch(ban_id: UUID, *, is_active: bool) -> None:
    with command_runtime("bans") as runtime:
        runtime.in_transaction(
            lambda session: switch_shipping_ban(
                session, ban_id=ban_id, is_active=is_active, actor=COMMAND_LINE
            )
        )
    click.echo(f"{ban_id} is {'on' if is_active else 'off'}.")


def read_bans(path: Path) -> list[NewBan]:
    """The bans of the file, in its order.

    Raises:
        InvalidInputError: a column or a value is not known; the line is named.
    """
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        unknown = sorted(set(reader.fieldnames or ()) - set(FIELDS))
        if unknown or "reason" not in (reader.fieldnames or ()):
            raise InvalidInputError(
                f"{path.name}: name columns of {', '.join(FIELDS)} in the first line; reason is needed."
            )
        return [_ban(row, f"{path.name}, line {reader.line_num}") for row in reader]


def _ban(row: dict[str, str | None], where: str) -> NewBan:
    values = {name: (row.get(name) or "").strip() for name in FIELDS}
    military = values["to_military"].lower()
    if military not in YES | NO:
        raise InvalidInputError(f"{where}: to_military is {military!r}; write yes or no.")
    hazard = values["hazard_class"]
    if hazard and hazard not in {each.value for each in HazardClass}:
        known = ", ".join(each.value for each in HazardClass)
        raise InvalidInputError(f"{where}: hazard class {hazard!r} is not known; write {known}.")
    return NewBan(
        reason=values["reason"],
        sku=values["sku"] or None,
        hazard_class=HazardClass(hazard) if hazard else None,
        category=values["category"] or None,
        country=values["country"] or None,
        state=values["state"] or None,
        to_military=military in YES,
        warehouse_code=values["warehouse_code"] or None,
    )
