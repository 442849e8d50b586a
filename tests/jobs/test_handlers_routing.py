"""The planner's jobs, each tried once in this process."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from fulfillment.config import Settings
from fulfillment.core import job_kinds
from fulfillment.jobs.registry import HANDLERS
from fulfillment.jobs.runner import try_job
from fulfillment.orders.route_plans import begin_plan
from fulfillment.runtime import Runtime, runtime_on
from fulfillment.store.clock import advance_clock, read_now
from fulfillment.store.jobs import enqueue
from fulfillment.store.session import InTransaction
from tests.warehouse.halls import build_hall, list_products, stock
from tests.warehouse.orders import order

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def runtime(engine: Engine, make_settings: Callable[..., Settings]) -> Runtime:
    return runtime_on(make_settings(), engine)


@pytest.fixture
def run(runtime: Runtime, in_transaction: InTransaction) -> Run:
    """Tries one job; returns its row."""

    def run_one(job_kind: str, /, **payload: object) -> dict[str, Any]:
        job_id: UUID = in_transaction(lambda session: enqueue(session, kind=job_kind, payload=payload))
        try_job(runtime, job_id, handlers=HANDLERS)
        query = sa.text("SELECT state, result, last_error, attempts FROM job WHERE id = :id")
        row = in_transaction(lambda session: session.connection().execute(query, {"id": job_id}).one())
        return dict(row._mapping)

    return run_one


def place_one(in_transaction: InTransaction) -> None:
    """One order stands in the only warehouse."""
    hall = in_transaction(build_hall)
    in_transaction(lambda session: list_products(session, "SOAP"))
    in_transaction(lambda session: stock(session, hall["A-1"], "SOAP", 4))
    in_transaction(lambda session: order(session, "1", SOAP=2))


def plans(in_transaction: InTransaction) -> list[str]:
    """The triggers of all plans, in order."""
    query = sa.text("SELECT trigger FROM route_plan ORDER BY started_at")
    return in_transaction(lambda session: list(session.connection().execute(query).scalars()))


def test_with_no_order_there_is_nothing_to_route(run: Run) -> None:
    job = run(job_kinds.ROUTE_ORDERS)

    assert (job["state"], job["result"]["orders"], job["result"]["plan_id"]) == ("done", 0, None)


def test_a_day_on_which_nothing_changed_is_not_planned_twice_unless_somebody_asks(
    run: Run, in_transaction: InTransaction
) -> None:
    place_one(in_transaction)

    first, second = run(job_kinds.ROUTE_ORDERS), run(job_kinds.ROUTE_ORDERS)
    asked = run(job_kinds.ROUTE_ORDERS, trigger="asked")

    assert [each["state"] for each in (first, second, asked)] == ["done", "done", "done"]
    assert second["result"]["note"] == "Nothing has changed since the last plan."
    assert plans(in_transaction) == ["schedule", "asked"]


def test_a_run_waits_for_the_one_under_way(run: Run, in_transaction: InTransaction) -> None:
    place_one(in_transaction)
    in_transaction(
        lambda session: begin_plan(
            session, plan_id=uuid.uuid4(), trigger="other", orders=1, now=read_now(session)
        )
    )

    job = run(job_kinds.ROUTE_ORDERS)

    assert (job["state"], job["attempts"]) == ("queued", 0)
    assert plans(in_transaction) == ["other"]


def test_moves_of_old_plans_are_forgotten_and_their_figures_stay(
    run: Run, in_transaction: InTransaction
) -> None:
    place_one(in_transaction)
    run(job_kinds.ROUTE_ORDERS)
    insert = """
        INSERT INTO route_move
            (id, plan_id, order_id, outcome, from_parts, to_parts, saved_minor, reason, detail)
        SELECT gen_random_uuid(), p.id, o.id, 'applied', '[]', '[]', 0, 'cheaper', '{}'
        FROM route_plan p, customer_order o
    """
    in_transaction(lambda session: session.connection().execute(sa.text(insert)))
    young = run(job_kinds.FORGET_OLD_KEYS)["result"]

    in_transaction(lambda session: advance_clock(session, by=timedelta(days=15)))

    assert young["route_moves"] == 0
    assert run(job_kinds.FORGET_OLD_KEYS)["result"]["route_moves"] == 1
    assert plans(in_transaction) == ["schedule"]
