"""The job of a what-if, tried in this process with a real planner's process."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from fulfillment.config import Settings
from fulfillment.flows.ask_trial import ask_trial
from fulfillment.flows.what_if import Change, ChangeKind
from fulfillment.jobs.registry import HANDLERS
from fulfillment.jobs.runner import try_job
from fulfillment.orders.route_plans import begin_plan
from fulfillment.runtime import Runtime, runtime_on
from fulfillment.store.clock import read_now
from fulfillment.store.session import InTransaction
from tests.jobs.test_handlers_routing import place_one
from tests.warehouse.halls import ANA

JOB = sa.text("SELECT id, state, result, last_error FROM job WHERE kind = 'try_route'")
PLAN = sa.text("SELECT id, state, report FROM route_plan")


@pytest.fixture
def runtime(engine: Engine, make_settings: Callable[..., Settings]) -> Runtime:
    return runtime_on(make_settings(route_time_limit_s=10), engine)


def try_all(runtime: Runtime, in_transaction: InTransaction) -> sa.Row[tuple[object, ...]]:
    """The job of the trial, tried once."""
    job_id = in_transaction(lambda session: session.connection().execute(JOB).one()).id
    try_job(runtime, job_id, handlers=HANDLERS)
    return in_transaction(lambda session: session.connection().execute(JOB).one())


def test_a_trial_is_answered_by_its_job(runtime: Runtime, in_transaction: InTransaction) -> None:
    place_one(in_transaction)
    close = Change(ChangeKind.CLOSE, "CHI")
    plan_id = in_transaction(lambda session: ask_trial(session, changes=[close], actor=ANA))

    job = try_all(runtime, in_transaction)
    plan = in_transaction(lambda session: session.connection().execute(PLAN).one())

    assert (job.state, job.result) == ("done", {"orders": 1, "note": ""})
    assert (plan.id, plan.state) == (plan_id, "tried")
    assert plan.report["waiting"][0]["bars"] == {"closed": ["CHI"]}


def test_a_trial_with_nothing_to_plan_is_done(runtime: Runtime, in_transaction: InTransaction) -> None:
    in_transaction(lambda session: ask_trial(session, changes=[], actor=ANA))

    job = try_all(runtime, in_transaction)

    assert (job.state, job.result) == ("done", {"orders": 0, "note": ""})


def test_a_trial_whose_worker_died_is_buried_and_says_so(
    runtime: Runtime, in_transaction: InTransaction
) -> None:
    place_one(in_transaction)
    plan_id = in_transaction(lambda session: ask_trial(session, changes=[], actor=ANA))
    in_transaction(
        lambda session: begin_plan(
            session, plan_id=plan_id, trigger="asked", orders=1, now=read_now(session), is_trial=True
        )
    )

    job = try_all(runtime, in_transaction)

    assert (job.state, job.last_error) == ("dead", "The worker of this trial died. Ask for it again.")
