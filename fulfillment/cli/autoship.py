"""Autoship runs: enter due orders, promise them before anyone is charged, and see what became of them."""

import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from fulfillment.cli._progress import Say, showing_progress
from fulfillment.cli._runtime import command_runtime
from fulfillment.flows.give_back_autoship import cancel_run, settle_runs
from fulfillment.flows.import_autoships import import_due_orders
from fulfillment.flows.import_file import ImportedFile
from fulfillment.flows.plan_autoship import PlannedRound, plan_round
from fulfillment.flows.promise_autoship import RunOutcome, promise_run
from fulfillment.orders.autoship_runs import find_run, open_run
from fulfillment.reads.autoship_runs import RunDocument, count_reasons, list_runs, read_run
from fulfillment.routing.apart import plan_apart
from fulfillment.store.actors import Actor
from fulfillment.store.session import read_only

COMMAND_LINE = Actor(kind="system", id="command-line", name="Command line")
LISTED = 20


@click.group("autoship", help=__doc__)
def command() -> None:
    """Each step of a run is a subcommand."""


@command.command("open")
@click.option("--source", default="shop", show_default=True, help="The shop whose subscriptions they are.")
@click.option("--period", required=True, help="Such as 2026-11; a subscription is due once in it.")
@click.option("--due-on", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The day they are due.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def open_command(*, source: str, period: str, due_on: datetime, as_json: bool) -> None:
    """Open a run that collects due orders; days ahead if you like."""
    day: date = due_on.replace(tzinfo=UTC).date()
    with command_runtime("autoship") as runtime:
        run_id, number = runtime.in_transaction(
            partial(open_run, source=source, period=period, due_on=day, actor=COMMAND_LINE)
        )
    click.echo(json.dumps({"id": str(run_id), "number": number}) if as_json else f"Run {number} collects.")


@command.command("enter")
@click.argument("number")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--profile", default="generic", show_default=True, help="How the file's columns are read.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def enter_command(*, number: str, file: Path, profile: str, as_json: bool) -> None:
    """Enter a file of due orders; the order reference is the subscription.

    The order date says since when it runs. Wrong rows are named and refused alone; the same file again
    changes nothing.
    """
    with command_runtime("autoship") as runtime, showing_progress() as say:
        run = runtime.in_transaction(partial(find_run, number=number))
        report = import_due_orders(
            runtime.in_transaction,
            run_id=run.id,
            file=ImportedFile(file.name, file.read_bytes()),
            profile_name=profile,
            actor=COMMAND_LINE,
            policy=runtime.policy,
            on_progress=lambda done, of: say("Entering", done, of),
        )
    if as_json:
        rows = {"total": report.rows_total, **report.rows}
        told = {"rows": rows, "orders": dict(report.groups), "is_repeat": report.is_repeat}
        click.echo(json.dumps({**told, "reasons": [asdict(reason) for reason in report.reasons]}))
        return
    if report.is_repeat:
        click.echo(f"{file.name} was entered in {number} before; nothing changed.")
    click.echo(f"Rows: {', '.join(f'{count} {name}' for name, count in report.rows.items() if count)}.")
    for reason in report.reasons:
        if reason.outcome != "accepted":
            click.echo(f"{reason.outcome}: {reason.code}, {reason.rows} rows. {reason.example}")


@command.command("plan")
@click.argument("number")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def plan_command(*, number: str, as_json: bool) -> None:
    """Plan the waiting orders of a run and say what would be promised; change nothing."""
    with command_runtime("autoship") as runtime, showing_progress() as say:
        run = runtime.in_transaction(partial(find_run, number=number))
        planned = plan_round(
            partial(read_only, runtime.engine),
            run_id=run.id,
            policy=runtime.policy,
            planner=plan_apart,
            time_limit_s=runtime.policy.autoship_plan_s,
            seed=0,
            on_progress=lambda progress: say(f"Planning: {progress.stage}", None, None),
            should_stop=lambda: False,
        )
    told = _planned(planned)
    if as_json:
        click.echo(json.dumps(told))
        return
    click.echo(f"{told['promised']} of {told['waiting']} waiting orders could be promised.")
    for reason, count in told["short"].items():
        click.echo(f"{count} short: {reason}")


@command.command("promise")
@click.argument("number")
@click.option("--seed", default=0, show_default=True, help="Same orders and seed, same plan.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def promise_command(*, number: str, seed: int, as_json: bool) -> None:
    """Plan and promise a run here and now; cut off, the next call goes on behind it. Nobody is charged."""
    with command_runtime("autoship") as runtime, showing_progress() as say:
        run = runtime.in_transaction(partial(find_run, number=number))
        outcome = promise_run(
            runtime.in_transaction,
            partial(read_only, runtime.engine),
            run_id=run.id,
            actor=COMMAND_LINE,
            policy=runtime.policy,
            seed=seed,
            on_progress=partial(_say_step, say),
        )
        reasons = runtime.in_transaction(partial(count_reasons, run_id=run.id))
    if as_json:
        click.echo(json.dumps({**asdict(outcome), "reasons": reasons}, default=str))
    else:
        click.echo(_sentence(number, outcome))


@command.command("status")
@click.argument("number", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def status_command(*, number: str | None, as_json: bool) -> None:
    """Say how far a run is, or all of the latest."""
    with command_runtime("autoship") as runtime:
        if number is None:
            documents = runtime.in_transaction(partial(list_runs, limit=LISTED))
        else:
            run = runtime.in_transaction(partial(find_run, number=number))
            documents = [runtime.in_transaction(partial(read_run, run_id=run.id))]
    told = [_document(document) for document in documents]
    if as_json:
        click.echo(json.dumps(told[0] if number else {"runs": told}, default=str))
        return
    for each in told:
        counts = ", ".join(f"{count} {name}" for name, count in each["orders"].items())
        click.echo(
            f"{each['number']} ({each['source']} {each['period']}): {each['state']}; {counts or 'empty'}"
        )


@command.command("cancel")
@click.argument("number")
@click.option("--note", required=True, help="Why.")
def cancel_command(*, number: str, note: str) -> None:
    """Cancel a run that is not being charged, and give back what it promised."""
    with command_runtime("autoship") as runtime:
        run = runtime.in_transaction(partial(find_run, number=number))
        runtime.in_transaction(partial(cancel_run, run_id=run.id, note=note, actor=COMMAND_LINE))
        settled = settle_runs(runtime.in_transaction, actor=COMMAND_LINE, policy=runtime.policy)
    click.echo(f"Run {number} is cancelled; {settled.cancelled} orders are given back.")


def _say_step(say: Say, progress: dict[str, Any]) -> None:
    words = f"{progress['step'].capitalize()}, round {progress['round']}"
    say(words, progress.get("done"), progress.get("of"))


def _planned(planned: PlannedRound) -> dict[str, Any]:
    short: dict[str, int] = {}
    for reason, _ in planned.short.values():
        short[reason] = short.get(reason, 0) + 1
    return {
        "waiting": planned.waiting,
        "promised": len(planned.planned),
        "short": short,
        **planned.figures,
    }


def _document(document: RunDocument) -> dict[str, Any]:
    run = document.run
    return {
        "id": run.id,
        "number": run.number,
        "source": run.source,
        "period": run.period,
        "state": run.state.value,
        "due_on": run.due_on,
        "promised_at": run.promised_at,
        "charge_by": run.charge_by,
        "orders": {outcome.value: count for outcome, count in document.counts.items()},
        "progress": run.progress,
        "report": run.report,
    }


def _sentence(number: str, outcome: RunOutcome) -> str:
    if not outcome.is_finished:
        return f"Run {number} was cancelled, or taken over, while it was being planned."
    return (
        f"Run {number}: {outcome.promised} orders are promised and may be charged, "
        f"{outcome.short} are short. {outcome.skipped} lost the race for their stock and were planned again."
    )
