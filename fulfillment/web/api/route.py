"""Routing: all unreleased orders planned together, on demand, and what each run did."""

import uuid
from datetime import datetime
from typing import Any

from flask import Response
from pydantic import Field
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.core.job_kinds import ROUTE_ORDERS
from fulfillment.flows.stop_plan import stop_plan
from fulfillment.orders.kinds import RouteMoveOutcome, RoutePlanState
from fulfillment.reads.route_plans import (
    list_route_moves,
    list_route_plans,
    list_row_prices,
    read_route_plan,
)
from fulfillment.store.jobs import enqueue
from fulfillment.web.access import allowed
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import read, viewer
from fulfillment.web.idempotent import answer_once
from fulfillment.web.models import ApiModel, PageOut, PageQuery, WriteHeader
from fulfillment.web.paging import page_of, read_cursor
from fulfillment.web.words import N_

blueprint = api_blueprint("route", N_("Routing"))

LONGEST_S = 300.0


class RunIn(ApiModel):
    """How long the planner may look for a better plan."""

    time_limit_s: float = Field(60.0, gt=0, le=LONGEST_S)


class PlanPath(ApiModel):
    """Which run."""

    plan_id: uuid.UUID


class AskedOut(ApiModel):
    """The job that does it; see /jobs."""

    job_id: uuid.UUID


class StoppedOut(ApiModel):
    """The run that ends as cancelled; `is_new` is false where it had been told before."""

    plan_id: uuid.UUID
    is_new: bool


class PlanOut(ApiModel):
    """One run; money in minor units. A trial moves nothing. What waits costs nothing before and after."""

    id: uuid.UUID
    state: RoutePlanState
    trigger: str
    is_trial: bool
    started_at: datetime
    finished_at: datetime | None
    stop_asked_at: datetime | None
    progress: dict[str, Any]
    orders: int
    moved: int
    skipped: int
    cost_before_minor: int
    cost_after_minor: int
    bound_minor: int


class PlanReportOut(PlanOut):
    """One run with what was scarce and what had to wait; a trial with the changes it tries."""

    changes: list[dict[str, Any]]
    report: dict[str, Any]


class MoveOut(ApiModel):
    """One order a run places elsewhere, why, and what became of it; parts name a warehouse and units."""

    order_id: uuid.UUID
    outcome: RouteMoveOutcome
    from_parts: list[dict[str, Any]]
    to_parts: list[dict[str, Any]]
    saved_minor: int
    reason: str
    detail: dict[str, Any]


class MovePage(PageOut):
    """Some moves of a run, in the order they were made."""

    items: list[MoveOut]


class PriceOut(ApiModel):
    """What one more unit of a scarce row is worth; without a SKU it is one more parcel from the warehouse."""

    warehouse_code: str
    sku: str | None
    shelf_class: int
    price_minor: int
    used: int
    available: int


class PriceList(ApiModel):
    """Every scarce row of the last applied run, the dearest first; single orders pay these prices."""

    items: list[PriceOut]


class PlanPage(PageOut):
    """Some runs, the newest first."""

    items: list[PlanOut]


@blueprint.post("/route", responses={202: AskedOut})
@allowed(Permission.WRITE_WAVES)
def start_run(header: WriteHeader, body: RunIn) -> Response:  # noqa: ARG001 - documents the header
    """Plan all unreleased orders anew. A run that is waiting or under way already is the one you get."""

    def ask(session: Session) -> tuple[int, AskedOut]:
        payload = {"trigger": "asked", "time_limit_s": body.time_limit_s}
        return 202, AskedOut(job_id=enqueue(session, kind=ROUTE_ORDERS, payload=payload, key="asked"))

    return answer_once(ask)


@blueprint.get("/route/plans", responses={200: PlanPage})
@allowed(Permission.READ_ORDERS)
def find_plans(query: PageQuery) -> Response:
    """List the planner's runs."""
    after = read_cursor(query.cursor)
    seen = (datetime.fromisoformat(str(after[0])), uuid.UUID(str(after[1]))) if after else None
    rows = read(lambda session: list_route_plans(session, limit=query.limit + 1, after=seen))
    page = page_of(rows, limit=query.limit, key=lambda row: (row.started_at, str(row.id)))
    return answer(PlanPage(items=[PlanOut.of(_plan(row)) for row in page.rows], next_cursor=page.next_cursor))


@blueprint.get("/route/plans/<uuid:plan_id>", responses={200: PlanReportOut})
@allowed(Permission.READ_ORDERS)
def get_plan(path: PlanPath) -> Response:
    """Read one run with its report."""
    row = read(lambda session: read_route_plan(session, plan_id=path.plan_id))
    return answer(PlanReportOut(**_plan(row), changes=row.changes, report=row.report))


@blueprint.post("/route/plans/<uuid:plan_id>/stop", responses={202: StoppedOut})
@allowed(Permission.WRITE_WAVES)
def stop_run(path: PlanPath, header: WriteHeader) -> Response:  # noqa: ARG001 - documents the header
    """Stop a run before it is applied. It moves nothing and ends as cancelled within seconds."""

    def stop(session: Session) -> tuple[int, StoppedOut]:
        is_new = stop_plan(session, plan_id=path.plan_id, actor=viewer().actor)
        return 202, StoppedOut(plan_id=path.plan_id, is_new=is_new)

    return answer_once(stop)


@blueprint.get("/route/plans/<uuid:plan_id>/moves", responses={200: MovePage})
@allowed(Permission.READ_ORDERS)
def find_moves(path: PlanPath, query: PageQuery) -> Response:
    """List what a run moved and why. The moves of a run are kept for two weeks."""
    after = read_cursor(query.cursor)
    seen = uuid.UUID(str(after[0])) if after else None
    rows = read(
        lambda session: list_route_moves(session, plan_id=path.plan_id, limit=query.limit + 1, after=seen)
    )
    page = page_of(rows, limit=query.limit, key=lambda row: (str(row.id),))
    items = [MoveOut(**{name: getattr(row, name) for name in MoveOut.model_fields}) for row in page.rows]
    return answer(MovePage(items=items, next_cursor=page.next_cursor))


@blueprint.get("/route/prices", responses={200: PriceList})
@allowed(Permission.READ_ORDERS)
def find_prices() -> Response:
    """List what is scarce and what one more unit would be worth."""
    items = [
        PriceOut(**{name: getattr(row, name) for name in PriceOut.model_fields} | {"sku": row.sku or None})
        for row in read(list_row_prices)
    ]
    return answer(PriceList(items=items))


def _plan(row: object) -> dict[str, Any]:
    return {name: getattr(row, name) for name in PlanOut.model_fields}
