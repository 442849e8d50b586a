"""Periodic jobs: once per period, whoever asks."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.core import job_kinds
from fulfillment.jobs.registry import HANDLERS
from fulfillment.jobs.scheduler import EVERY, Scheduler, period_start
from fulfillment.store.clock import advance_clock, set_clock
from fulfillment.store.job_reports import count_jobs_by_kind, list_jobs
from fulfillment.store.session import in_transaction
from tests.warehouse.halls import build_hall

KINDS = {name: value for name, value in vars(job_kinds).items() if name.isupper()}


@pytest.fixture
def _monday_noon(session: Session) -> None:
    set_clock(session, now=datetime(2031, 5, 5, 12, 3, tzinfo=UTC))


@pytest.mark.usefixtures("_monday_noon")
def test_a_kind_is_promised_under_the_beginning_of_its_period(session: Session) -> None:
    Scheduler([job_kinds.ROUTE_ORDERS]).schedule(session)

    (job,) = list_jobs(session, limit=10)
    assert (job["kind"], job["key"]) == ("route_orders", "2031-05-05T12:00:00+00:00")


@pytest.mark.usefixtures("_monday_noon")
def test_a_second_scheduler_adds_nothing_in_the_same_period(session: Session) -> None:
    Scheduler([job_kinds.ROUTE_ORDERS]).schedule(session)

    Scheduler([job_kinds.ROUTE_ORDERS]).schedule(session)

    assert len(list_jobs(session, limit=10)) == 1


@pytest.mark.usefixtures("_monday_noon")
def test_advancing_the_clock_brings_the_next_period(session: Session) -> None:
    scheduler = Scheduler([job_kinds.ROUTE_ORDERS, job_kinds.AUDIT])
    scheduler.remember(scheduler.schedule(session))

    advance_clock(session, by=timedelta(minutes=5))
    fresh = scheduler.schedule(session)

    assert list(fresh) == ["route_orders"]
    assert [(kind, count) for kind, _state, count in count_jobs_by_kind(session)] == [
        ("audit", 1),
        ("route_orders", 2),
    ]


@pytest.mark.usefixtures("_monday_noon")
def test_a_run_before_a_cut_off_is_promised_once_however_often_it_is_looked_at(session: Session) -> None:
    build_hall(session)
    set_clock(session, now=datetime(2031, 5, 5, 18, 50, tzinfo=UTC))  # 13:50 in Chicago
    scheduler = Scheduler([], route_before_cutoff=timedelta(minutes=15))

    for _ in range(3):
        scheduler.remember(scheduler.schedule(session))
        advance_clock(session, by=timedelta(minutes=1))

    (job,) = list_jobs(session, limit=10)
    assert (job["kind"], job["key"]) == ("route_orders", "cutoff 2031-05-05T19:00:00+00:00")


def test_eight_schedulers_at_once_promise_one_job(engine: Engine) -> None:
    in_transaction(engine, lambda session: set_clock(session, now=datetime(2031, 5, 5, 12, 3, tzinfo=UTC)))
    start = threading.Barrier(8)

    def schedule(_number: int) -> None:
        start.wait()
        in_transaction(engine, Scheduler([job_kinds.AUDIT]).schedule)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(schedule, range(8)))

    assert len(in_transaction(engine, lambda session: list_jobs(session, limit=10))) == 1


def test_a_period_begins_at_or_before_now_and_ends_after_it() -> None:
    now = datetime(2031, 5, 5, 12, 3, tzinfo=UTC)

    assert period_start(now, timedelta(hours=6)) == datetime(2031, 5, 5, 12, tzinfo=UTC)
    assert period_start(now, timedelta(days=1)) == datetime(2031, 5, 5, tzinfo=UTC)


def test_scheduled_and_handled_kinds_are_named_in_the_core() -> None:
    assert set(EVERY) | set(HANDLERS) <= set(KINDS.values())
