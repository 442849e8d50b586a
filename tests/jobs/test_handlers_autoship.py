"""The jobs of autoship runs, each tried once in this process."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from fulfillment.config import Settings
from fulfillment.core import job_kinds
from fulfillment.jobs.handlers_autoship import HANDLERS
from fulfillment.jobs.runner import try_job
from fulfillment.runtime import runtime_on
from fulfillment.store.clock import read_now
from fulfillment.store.jobs import enqueue
from fulfillment.store.session import InTransaction
from tests.flows.autoships import Company, build_company, due_row, paid

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def company(engine: Engine, in_transaction: InTransaction) -> Company:
    in_transaction(lambda session: build_company(session, {("CHI", "TEA"): 3}))
    return Company(engine, in_transaction)


@pytest.fixture
def run(engine: Engine, make_settings: Callable[..., Settings], in_transaction: InTransaction) -> Run:
    """Tries one job; returns its row."""
    runtime = runtime_on(make_settings(autoship_plan_s=2), engine)

    def run_one(job_kind: str, /, **payload: object) -> dict[str, Any]:
        job_id = in_transaction(lambda session: enqueue(session, kind=job_kind, payload=payload))
        try_job(runtime, job_id, handlers=HANDLERS)
        query = sa.text("SELECT state, result, last_error FROM job WHERE id = :id")
        row = in_transaction(lambda session: session.connection().execute(query, {"id": job_id}).one())
        return dict(row._mapping)

    return run_one


def test_a_run_is_promised_and_says_what_it_came_to(company: Company, run: Run) -> None:
    run_id = company.open()
    company.enter(run_id, due_row("S-1", ("TEA", 2)), due_row("S-2", ("TEA", 2)))

    job = run(job_kinds.PROMISE_AUTOSHIP, run_id=str(run_id))

    assert (job["state"], job["result"]) == (
        "done",
        {"promised": 1, "short": 1, "skipped": 0, "is_finished": True},
    )


def test_a_run_that_is_not_there_is_nobodys_second_try(company: Company, run: Run) -> None:
    assert company.rows("SELECT count(*) FROM autoship_run") == [(0,)]

    job = run(job_kinds.PROMISE_AUTOSHIP, run_id=str(uuid.uuid4()))

    assert job["state"] == "dead"
    assert job["last_error"].startswith("There is no autoship run")


def test_stock_is_kept_back_and_ended_runs_are_settled(company: Company, run: Run) -> None:
    due_on = company.in_transaction(read_now).date() + timedelta(days=2)
    booked, other = company.open(due_on=due_on), company.open(period="2026-12")
    company.enter(booked, due_row("S-1", ("TEA", 2)))
    company.enter(other, due_row("S-2", ("TEA", 1)))
    company.promise(other)
    company.charge(other, paid("S-2", 1_000))

    kept = run(job_kinds.KEEP_BACK_FOR_AUTOSHIPS)
    settled = run(job_kinds.SETTLE_AUTOSHIPS)

    assert kept["result"] == {"kept": 2}
    assert company.kept_back() == {("CHI", "TEA"): 2}
    assert settled["result"] == {"given_back": 0, "cancelled": 0, "lapsed": 0, "closed": 1}
    assert company.violations() == []
