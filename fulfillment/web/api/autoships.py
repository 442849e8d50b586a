"""Autoship runs: due orders entered, promised before anyone is charged, then charged and settled."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from flask import Response
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.flows.ask_autoship import ask_for_promise
from fulfillment.flows.charge_autoship import post_charges
from fulfillment.flows.enter_autoships import enter_due_orders
from fulfillment.flows.give_back_autoship import cancel_run
from fulfillment.orders.autoship_runs import open_run
from fulfillment.reads.autoship_runs import FIRST_PLACE, list_results, list_runs, read_run
from fulfillment.web.access import allowed, takes_upload
from fulfillment.web.api.autoship_models import (
    AutoshipAskedOut,
    AutoshipCancelIn,
    AutoshipRunOut,
    AutoshipRunPage,
    AutoshipRunPath,
    ChargedDuesOut,
    ChargeResultsIn,
    DueOrderOut,
    DueOrderPage,
    DueOrderQuery,
    DueOrdersIn,
    EnteredDuesOut,
    NewAutoshipRun,
    RefusedDueOut,
)
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import read, runtime, viewer
from fulfillment.web.csv_answer import Cell, csv_answer
from fulfillment.web.idempotent import answer_once
from fulfillment.web.models import PageQuery, WriteHeader
from fulfillment.web.paging import page_of, read_cursor
from fulfillment.web.words import N_

blueprint = api_blueprint("autoships", N_("Autoship runs"))

PAGE_BYTES = 8 * 1024 * 1024
"""Room for the largest page of due orders."""

CSV_PAGE = 2_000
CSV_HEADINGS = (
    "subscription", "order", "outcome", "reason", "skus", "is_intact", "total_minor", "currency",
)  # fmt: skip


@blueprint.get("/autoship-runs", responses={200: AutoshipRunPage})
@allowed(Permission.READ_ORDERS)
def find_runs(query: PageQuery) -> Response:
    """List autoship runs, the newest first."""
    after = read_cursor(query.cursor)
    seen = (datetime.fromisoformat(str(after[0])), uuid.UUID(str(after[1]))) if after else None
    rows = read(lambda session: list_runs(session, limit=query.limit + 1, after=seen))
    page = page_of(rows, limit=query.limit, key=lambda row: (row.run.created_at, str(row.run.id)))
    return answer(
        AutoshipRunPage(
            items=[AutoshipRunOut.of_document(row) for row in page.rows], next_cursor=page.next_cursor
        )
    )


@blueprint.post("/autoship-runs", responses={201: AutoshipRunOut})
@allowed(Permission.WRITE_ORDERS)
def create_run(header: WriteHeader, body: NewAutoshipRun) -> Response:  # noqa: ARG001 - documents the header
    """Open a run. It collects due orders until it is promised; a run may be opened days ahead."""

    def work(session: Session) -> tuple[int, AutoshipRunOut]:
        run_id, _ = open_run(
            session, source=body.source, period=body.period, due_on=body.due_on, actor=viewer().actor
        )
        return 201, AutoshipRunOut.of_document(read_run(session, run_id=run_id))

    return answer_once(work)


@blueprint.get("/autoship-runs/<uuid:run_id>", responses={200: AutoshipRunOut})
@allowed(Permission.READ_ORDERS)
def get_run(path: AutoshipRunPath) -> Response:
    """Read one run with its counts and progress."""
    return answer(AutoshipRunOut.of_document(read(lambda session: read_run(session, run_id=path.run_id))))


@blueprint.post("/autoship-runs/<uuid:run_id>/orders", responses={200: EnteredDuesOut})
@allowed(Permission.WRITE_ORDERS)
@takes_upload(PAGE_BYTES)
def enter_orders(path: AutoshipRunPath, header: WriteHeader, body: DueOrdersIn) -> Response:  # noqa: ARG001 - documents the header
    """Enter up to 2,000 due orders. A wrong one is named and refused alone.

    (source, subscription, period) is the key: an order sent again changes nothing.
    """
    rows = [due.as_row() for due in body.orders]

    def work(session: Session) -> tuple[int, EnteredDuesOut]:
        page = enter_due_orders(
            session, run_id=path.run_id, rows=rows, actor=viewer().actor, policy=runtime().policy
        )
        refused = [RefusedDueOut.of(each) for each in page.refused]
        return 200, EnteredDuesOut(entered=page.entered, repeated=page.repeated, refused=refused)

    return answer_once(work)


@blueprint.post("/autoship-runs/<uuid:run_id>/promise", responses={202: AutoshipAskedOut})
@allowed(Permission.WRITE_ORDERS)
def promise_run(path: AutoshipRunPath, header: WriteHeader) -> Response:  # noqa: ARG001 - documents the header
    """Plan and promise the run by a job; nobody is charged. Later it plans again what was short."""

    def work(session: Session) -> tuple[int, AutoshipAskedOut]:
        return 202, AutoshipAskedOut(
            job_id=ask_for_promise(session, run_id=path.run_id, actor=viewer().actor)
        )

    return answer_once(work)


@blueprint.get("/autoship-runs/<uuid:run_id>/orders", responses={200: DueOrderPage})
@allowed(Permission.READ_ORDERS)
def find_orders(path: AutoshipRunPath, query: DueOrderQuery) -> Response:
    """List the run's due orders; those with the outcome promised may be charged, the others say why not."""
    after = read_cursor(query.cursor)

    def look(session: Session) -> Sequence[Any]:
        read_run(session, run_id=path.run_id)
        return list_results(
            session,
            run_id=path.run_id,
            outcome=query.outcome,
            after_place=int(str(after[0])) if after else FIRST_PLACE,
            limit=query.limit + 1,
        )

    page = page_of(read(look), limit=query.limit, key=lambda row: (row.place,))
    return answer(DueOrderPage(items=[_due(row) for row in page.rows], next_cursor=page.next_cursor))


@blueprint.get("/autoship-runs/<uuid:run_id>/orders.csv")
@allowed(Permission.READ_ORDERS)
def export_orders(path: AutoshipRunPath, query: DueOrderQuery) -> Response:
    """The run's due orders as a CSV file, all of them or those with one outcome."""
    run = read(lambda session: read_run(session, run_id=path.run_id)).run
    return csv_answer(list(_csv_rows(path.run_id, query)), name=f"{run.number}.csv")


@blueprint.post("/autoship-runs/<uuid:run_id>/charges", responses={200: ChargedDuesOut})
@allowed(Permission.WRITE_ORDERS)
@takes_upload(PAGE_BYTES)
def post_results(path: AutoshipRunPath, header: WriteHeader, body: ChargeResultsIn) -> Response:  # noqa: ARG001 - documents the header
    """Say what up to 2,000 charges came to. Paid orders are accepted, declined ones give their stock back.

    A result sent again changes nothing. A refused one names what to do with the money.
    """
    results = [result.as_result() for result in body.results]

    def work(session: Session) -> tuple[int, ChargedDuesOut]:
        page = post_charges(
            session, run_id=path.run_id, results=results, actor=viewer().actor, policy=runtime().policy
        )
        refused = [RefusedDueOut.of(each) for each in page.refused]
        return 200, ChargedDuesOut(
            paid=page.paid,
            revived=page.revived,
            declined=page.declined,
            repeated=page.repeated,
            refused=refused,
        )

    return answer_once(work)


@blueprint.post("/autoship-runs/<uuid:run_id>/cancel", responses={200: AutoshipRunOut})
@allowed(Permission.WRITE_ORDERS)
def cancel(path: AutoshipRunPath, header: WriteHeader, body: AutoshipCancelIn) -> Response:  # noqa: ARG001 - documents the header
    """Cancel a run that is not being charged; a job gives back what it promised."""

    def work(session: Session) -> tuple[int, AutoshipRunOut]:
        cancel_run(session, run_id=path.run_id, note=body.note, actor=viewer().actor)
        return 200, AutoshipRunOut.of_document(read_run(session, run_id=path.run_id))

    return answer_once(work)


def _due(row: Any) -> DueOrderOut:  # noqa: ANN401 - a row
    return DueOrderOut(**{name: getattr(row, name) for name in DueOrderOut.model_fields})


def _csv_rows(run_id: uuid.UUID, query: DueOrderQuery) -> Iterator[Sequence[Cell]]:
    yield CSV_HEADINGS
    after = FIRST_PLACE
    while True:
        rows = read(_page_after(run_id, query, after))
        for row in rows:
            yield (
                row.subscription,
                row.number,
                row.outcome.value,
                row.reason,
                " ".join(row.skus),
                "yes" if row.is_intact else "no",
                row.total_minor,
                row.currency,
            )
        if len(rows) < CSV_PAGE:
            return
        after = rows[-1].place


def _page_after(run_id: uuid.UUID, query: DueOrderQuery, after: int) -> Any:  # noqa: ANN401 - a read
    def look(session: Session) -> Sequence[Any]:
        return list_results(session, run_id=run_id, outcome=query.outcome, after_place=after, limit=CSV_PAGE)

    return look
