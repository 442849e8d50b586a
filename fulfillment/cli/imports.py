"""Import orders, products, stock, distributors, warehouses or zone charts from a CSV or XLSX file.

Every row ends as accepted, held, rejected or ignored, and the report says why. The same file again changes
nothing; a run that was cut off goes on where it stopped.
"""

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from fulfillment.cli._runtime import COMMAND_LINE, command_runtime
from fulfillment.flows.import_file import import_file
from fulfillment.flows.read_import import read_input
from fulfillment.imports.outcomes import FileKind, RowOutcome
from fulfillment.imports.profile_files import list_profiles
from fulfillment.imports.queries import ImportReport


@click.command("import", help=__doc__)
@click.argument("kind", type=click.Choice([kind.value for kind in FileKind]))
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--profile", default="generic", show_default=True, help=f"How to read it: {', '.join(list_profiles())}."
)
@click.option("--retry-rejected", is_flag=True, help="Try rows again that were rejected before.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
def command(*, kind: str, file: Path, profile: str, retry_rejected: bool, as_json: bool) -> None:
    """The rows have their outcomes; exit code 1 only where the file could not be imported at all."""
    imported = read_input(file, kind=FileKind(kind), profile_name=profile)
    began = time.monotonic()
    with command_runtime("import") as runtime, _make_progress() as progress:
        task = progress.add_task(f"Importing {file.name}", total=None)
        report = import_file(
            runtime.in_transaction,
            file=imported,
            kind=FileKind(kind),
            profile_name=profile,
            actor=COMMAND_LINE,
            policy=runtime.policy,
            retry_rejected=retry_rejected,
            on_progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    seconds = time.monotonic() - began
    if as_json:
        click.echo(json.dumps(report_document(report, seconds=seconds), ensure_ascii=False))
    else:
        _print_report(report, seconds=seconds)


def report_document(report: ImportReport, *, seconds: float) -> dict[str, Any]:
    """The report as plain JSON values."""
    return {
        "run_id": str(report.run_id),
        "kind": report.kind,
        "profile": report.profile,
        "file": report.file_name,
        "is_repeat": report.is_repeat,
        "rows": {"total": report.rows_total, **report.rows},
        report.kind: dict(report.groups),
        "returns": dict(report.returns),
        "reasons": [asdict(reason) for reason in report.reasons],
        "unused_columns": list(report.unused_columns),
        "seconds": round(seconds, 3),
    }


def _make_progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)


def _print_report(report: ImportReport, *, seconds: float) -> None:
    console = Console(highlight=False)
    if report.is_repeat:
        finished = f" on {report.finished_at:%Y-%m-%d %H:%M} UTC" if report.finished_at else ""
        console.print(f"Nothing changed: {report.file_name} was imported{finished}. Its report:")
    console.print(_counts_table(report))
    console.print(_reasons_table(report))
    if report.unused_columns:
        console.print(f"Columns the profile does not use: {', '.join(report.unused_columns)}")
    if not report.is_repeat and seconds > 0:
        rate = report.rows_total / seconds
        console.print(f"{report.rows_total} rows in {seconds:.1f} s ({rate:.0f} a second).")


def _counts_table(report: ImportReport) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for heading in ("", "total", *RowOutcome):
        table.add_column(heading, justify="left" if not heading else "right")
    lines = {"rows": {"total": report.rows_total, **report.rows}, report.kind: report.groups}
    if report.returns["total"]:
        lines["returns"] = report.returns
    for name, counts in lines.items():
        table.add_row(name, *(str(counts[column]) for column in ("total", *RowOutcome)))
    return table


def _reasons_table(report: ImportReport) -> Table:
    table = Table(box=None, pad_edge=False, padding=(1, 3, 0, 0))
    for heading in ("Outcome", "Reason", "Rows", "Lines", "For example"):
        table.add_column(heading, justify="right" if heading == "Rows" else "left", overflow="fold")
    for reason in report.reasons:
        lines = ", ".join(str(line) for line in reason.first_lines[:5])
        more = ", …" if reason.rows > 5 else ""
        table.add_row(reason.outcome, reason.code, str(reason.rows), f"{lines}{more}", reason.example)
    return table
