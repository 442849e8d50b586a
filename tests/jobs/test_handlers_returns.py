"""The jobs of returns, each tried in this process as a worker would."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.config import Settings
from fulfillment.core import job_kinds
from fulfillment.flows.refund_order import approve_refund
from fulfillment.jobs.handlers_returns import HANDLERS
from fulfillment.jobs.runner import try_job
from fulfillment.runtime import Runtime, runtime_on
from fulfillment.sandbox.server import RunningPayments, serve_payments
from fulfillment.store.jobs import enqueue
from fulfillment.store.session import InTransaction
from tests.flows.goods_back import ask, give_back, rows, send, set_up
from tests.warehouse.halls import ANA

TOKEN = "sandbox-token"


@pytest.fixture
def payments(tmp_path: Path) -> Iterator[RunningPayments]:
    with serve_payments(tmp_path / "payments", token=TOKEN) as running:
        yield running


@pytest.fixture
def runtime(engine: Engine, make_settings: Callable[..., Settings], payments: RunningPayments) -> Runtime:
    settings = make_settings(payment_url=payments.url, payment_token=TOKEN, refund_look_up_s=7)
    return runtime_on(settings, engine)


def approve_one(session: Session) -> None:
    set_up(session)
    refund_id = give_back(session, send(session, ("SOAP", 2)), SOAP=2)
    approve_refund(session, refund_id=refund_id, actor=ANA)


def look(in_transaction: InTransaction, query: str) -> list[Any]:
    return in_transaction(lambda session: rows(session, query))


def try_send(runtime: Runtime) -> tuple[Any, ...]:
    """The refund's only job after one try: state, attempts counted, and seconds until it is due."""
    ((job_id,),) = look(runtime.in_transaction, "SELECT id FROM job WHERE kind = 'send_refund'")
    try_job(runtime, job_id, handlers=HANDLERS)
    found = look(
        runtime.in_transaction,
        "SELECT state, attempts, result, round(extract(epoch FROM due_at - now())) FROM job "
        "WHERE kind = 'send_refund'",
    )
    (row,) = found
    return tuple(row)


def test_an_approved_refund_is_paid_by_its_job(runtime: Runtime, in_transaction: InTransaction) -> None:
    in_transaction(approve_one)

    job = try_send(runtime)

    assert job[:3] == ("done", 1, {"state": "paid"})
    assert look(in_transaction, "SELECT state FROM refund") == [("paid",)]


def test_while_the_outcome_is_unknown_the_same_job_looks_again_and_counts_no_attempt(
    runtime: Runtime, in_transaction: InTransaction, payments: RunningPayments
) -> None:
    in_transaction(approve_one)
    payments.payments.faults.set({"drop_after": {"times": 1}})

    first = try_send(runtime)
    in_transaction(
        lambda session: session.connection().execute(sa.text("UPDATE job SET due_at = now()")).close()
    )
    second = try_send(runtime)

    assert first == ("queued", 0, None, 7)
    assert second[:3] == ("done", 1, {"state": "paid"})
    assert look(in_transaction, "SELECT count(*) FROM job WHERE kind = 'send_refund'") == [(1,)]


def test_returns_that_ran_out_expire_by_the_clock(runtime: Runtime, in_transaction: InTransaction) -> None:
    def prepare(session: Session) -> None:
        set_up(session)
        ask(session, send(session, ("SOAP", 2)), SOAP=1)
        session.connection().execute(
            sa.text("UPDATE return_authorization SET expires_at = now() - interval '1 day'")
        )

    in_transaction(prepare)
    job_id = in_transaction(lambda session: enqueue(session, kind=job_kinds.EXPIRE_RETURNS, payload={}))

    try_job(runtime, job_id, handlers=HANDLERS)

    assert look(in_transaction, "SELECT state, result FROM job WHERE kind = 'expire_returns'") == [
        ("done", {"expired": 1})
    ]
    assert look(in_transaction, "SELECT state FROM return_authorization") == [("expired",)]
