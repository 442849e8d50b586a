"""Compare our labels and refunds with what the providers hold, and give back what is not ours to use."""

import json
from typing import Any

import click

from fulfillment.cli._runtime import command_runtime
from fulfillment.core.errors import UnavailableError
from fulfillment.jobs.handlers_reconcile import COMPARISONS
from fulfillment.store.actors import Actor

DIFFERENCES_EXIT = 1
UNAVAILABLE_EXIT = 2
ACTOR = Actor(kind="system", id="reconcile", name="fulfillment reconcile")


@click.command("reconcile", help=__doc__)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(*, as_json: bool) -> None:
    """Exit code 0 means that the books agree, 1 that they differed, 2 that a provider did not answer."""
    reports: dict[str, dict[str, Any]] = {}
    unavailable: dict[str, str] = {}
    with command_runtime("reconcile") as runtime:
        for name, compare in COMPARISONS.items():
            try:
                reports[name] = compare(runtime, runtime.in_transaction, ACTOR)
            except UnavailableError as error:
                unavailable[name] = error.message
    if as_json:
        click.echo(json.dumps({**reports, "unavailable": unavailable}))
    else:
        _tell(reports, unavailable)
    if unavailable:
        raise SystemExit(UNAVAILABLE_EXIT)
    if any(report["differences"] for report in reports.values()):
        raise SystemExit(DIFFERENCES_EXIT)


def _tell(reports: dict[str, dict[str, Any]], unavailable: dict[str, str]) -> None:
    for name, report in reports.items():
        for kind, found in report.items():
            if isinstance(found, list) and found:
                click.echo(f"{name}: {kind.replace('_', ' ')}: {', '.join(map(str, found))}")
        click.echo(f"{name}: {report['compared']} compared, {report['differences']} differences.")
    for name, message in unavailable.items():
        click.echo(f"{name}: not compared. {message}", err=True)
