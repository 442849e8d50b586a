"""The pages of autoship runs: all of them, and what of one is promised, short, charged or given back."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from flask import make_response, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from fulfillment.accounts.roles import Permission
from fulfillment.core.errors import FulfillmentError
from fulfillment.core.states import AutoshipRunState
from fulfillment.flows.ask_autoship import ask_for_promise
from fulfillment.flows.give_back_autoship import cancel_run
from fulfillment.orders.autoship_runs import BEFORE_CHARGE, WITH_PROMISES
from fulfillment.orders.kinds import DueOutcome
from fulfillment.reads.autoship_runs import (
    FIRST_PLACE,
    count_kept,
    count_reasons,
    list_results,
    list_runs,
    list_short_skus,
    read_run,
)
from fulfillment.web.access import allowed
from fulfillment.web.autoship_words import WHY_SHORT
from fulfillment.web.context import read, viewer
from fulfillment.web.csv_answer import Cell, csv_answer
from fulfillment.web.errors import status_of
from fulfillment.web.forms import read_form
from fulfillment.web.idempotent import write_form_once
from fulfillment.web.messages import flash
from fulfillment.web.pages.control_tower.tower import blueprint
from fulfillment.web.paging import asked_page, page_of
from fulfillment.web.return_forms import NoteForm
from fulfillment.web.words import _

RUNS_PER_PAGE: Final = 20
ORDERS_PER_PAGE: Final = 50
SKUS_SHOWN: Final = 12
CSV_PAGE: Final = 2_000
S = AutoshipRunState
PLANNABLE: Final = (S.COLLECTING, *WITH_PROMISES)
SHOWN: Final = (
    DueOutcome.PROMISED,
    DueOutcome.SHORT,
    DueOutcome.PAID,
    DueOutcome.DECLINED,
    DueOutcome.GIVEN_BACK,
)
"""The outcomes a list has columns for."""


@blueprint.get("/autoships")
@allowed(Permission.READ_REPORTS)
def show_autoships() -> str:
    """The autoship runs, the newest first."""
    asked = asked_page(limit=RUNS_PER_PAGE)
    key = asked.after
    after = (datetime.fromisoformat(str(key[0])), uuid.UUID(str(key[1]))) if key else None
    rows = read(lambda session: list_runs(session, limit=asked.limit + 1, after=after))
    page = page_of(rows, limit=asked.limit, key=lambda row: (row.run.created_at, str(row.run.id)))
    return render_template("tower/autoships.html", page=page, outcomes=SHOWN)


@blueprint.get("/autoships/<uuid:run_id>")
@allowed(Permission.READ_REPORTS)
def show_autoship(run_id: uuid.UUID) -> Response:
    """One run: how far it is, what is short and why, and its orders."""
    return _run_page(run_id)


@blueprint.post("/autoships/<uuid:run_id>/promise")
@allowed(Permission.WRITE_ORDERS)
def promise_autoship(run_id: uuid.UUID) -> Response:
    """A job plans and promises the run, or what was short of it."""

    def work(session: Session) -> dict[str, Any]:
        return {"job_id": str(ask_for_promise(session, run_id=run_id, actor=viewer().actor))}

    try:
        write_form_once(work)
    except FulfillmentError as refusal:
        return _run_page(run_id, refusal)
    flash(_("The planner has been called for this run."))
    return redirect(url_for("tower.show_autoship", run_id=run_id))


@blueprint.post("/autoships/<uuid:run_id>/cancel")
@allowed(Permission.WRITE_ORDERS)
def cancel_autoship(run_id: uuid.UUID) -> Response:
    """The run is cancelled; a job gives back what it promised."""

    def work(session: Session) -> None:
        note = read_form(NoteForm).note or "cancelled at the control tower"
        cancel_run(session, run_id=run_id, note=note, actor=viewer().actor)

    try:
        write_form_once(work)
    except FulfillmentError as refusal:
        return _run_page(run_id, refusal)
    flash(_("The run is cancelled. What it promised is given back."))
    return redirect(url_for("tower.show_autoship", run_id=run_id))


@blueprint.get("/autoships/<uuid:run_id>/orders.csv")
@allowed(Permission.READ_REPORTS)
def export_autoship(run_id: uuid.UUID) -> Response:
    """The run's orders as a file for a spreadsheet."""
    number = read(lambda session: read_run(session, run_id=run_id)).run.number
    return csv_answer(list(_csv_rows(run_id)), name=f"{number}.csv")


def _run_page(run_id: uuid.UUID, refusal: FulfillmentError | None = None) -> Response:
    outcome = _asked_outcome()
    asked = asked_page(limit=ORDERS_PER_PAGE)

    def look(session: Session) -> dict[str, Any]:
        rows = list_results(
            session,
            run_id=run_id,
            outcome=outcome,
            after_place=int(str(asked.after[0])) if asked.after else FIRST_PLACE,
            limit=asked.limit + 1,
        )
        return {
            "document": read_run(session, run_id=run_id),
            "reasons": count_reasons(session, run_id=run_id),
            "skus": list_short_skus(session, run_id=run_id, limit=SKUS_SHOWN),
            "kept": count_kept(session, run_id=run_id),
            "page": page_of(rows, limit=asked.limit, key=lambda row: (row.place,)),
        }

    page = render_template(
        "tower/autoship.html",
        refusal=refusal,
        outcome=outcome,
        outcomes=list(DueOutcome),
        why=WHY_SHORT,
        plannable=PLANNABLE,
        cancellable=BEFORE_CHARGE,
        planning=S.PLANNING,
        **read(look),
    )
    return make_response(page, status_of(refusal) if refusal else 200)


def _asked_outcome() -> DueOutcome | None:
    """The outcome the list is narrowed to; what is no outcome shows all."""
    text = request.args.get("outcome", "")
    return DueOutcome(text) if text in set(DueOutcome) else None


def _csv_rows(run_id: uuid.UUID) -> Iterator[Sequence[Cell]]:
    yield (_("Subscription"), _("Order"), _("Outcome"), _("Why"), _("SKUs"), _("Total"), _("Currency"))
    after = FIRST_PLACE
    while True:
        rows = read(_page_after(run_id, after))
        for row in rows:
            why = _(WHY_SHORT[row.reason]) if row.reason in WHY_SHORT else row.reason
            total = f"{row.total_minor / 100:.2f}"
            skus = " ".join(row.skus)
            yield (row.subscription, row.number, row.outcome.value, why, skus, total, row.currency)
        if len(rows) < CSV_PAGE:
            return
        after = rows[-1].place


def _page_after(run_id: uuid.UUID, after: int) -> Any:  # noqa: ANN401 - a read
    def look(session: Session) -> Sequence[Any]:
        return list_results(session, run_id=run_id, after_place=after, limit=CSV_PAGE)

    return look
