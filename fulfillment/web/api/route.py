"""Routing: all unreleased orders planned together, on demand, and what each run did."""

import uuid
from datetime import datetime
from typing import Any

from flask import Response
from pydantic import Field
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.core.job_kinds import ROUTE_ORDERS
from fulfillment.orders.kinds import RoutePlanState
from fulfillment.reads.route_plans import list_route_plans, read_route_plan
from fulfillment.store.jobs import enqueue
from fulfillment.web.access import allowed
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import read
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


class PlanOut(ApiModel):
    """One run; money in minor units, what is not sent counted as cost before and after."""

    id: uuid.UUID
    state: RoutePlanState
    trigger: str
    started_at: datetime
    finished_at: datetime | None
    orders: int
    moved: int
    skipped: int
    cost_before_minor: int
    cost_after_minor: int
    bound_minor: int


class PlanReportOut(PlanOut):
    """One run with what was scarce and what had to wait."""

    report: dict[str, Any]


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
    return answer(PlanReportOut(**_plan(row), report=row.report))


def _plan(row: object) -> dict[str, Any]:
    return {name: getattr(row, name) for name in PlanOut.model_fields}
