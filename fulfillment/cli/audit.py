"""Check the books against themselves: stock, promises, parcels, money, volume, histories."""

import json
from dataclasses import asdict

import click

from fulfillment.cli._runtime import command_runtime
from fulfillment.reads.audit import audit_books
from fulfillment.store.session import read_only

VIOLATIONS_EXIT = 1


@click.command("audit", help=__doc__)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(*, as_json: bool) -> None:
    """Exit code 0 means that every rule holds, 1 that the named ones do not."""
    with command_runtime("audit") as runtime:
        report = read_only(runtime.engine, audit_books)
    if as_json:
        click.echo(json.dumps(asdict(report)))
    else:
        for violation in report.named:
            click.echo(
                f"{violation.rule}: {violation.subject} should be {violation.expected} and is "
                f"{violation.found}. {violation.words}"
            )
        click.echo(f"{report.rules} rules checked, {report.violations} violations.")
    if report.violations:
        raise SystemExit(VIOLATIONS_EXIT)
