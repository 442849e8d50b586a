"""The tower's pages of autoship runs."""

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy.engine import Engine

from fulfillment.accounts.roles import Role
from fulfillment.store.session import InTransaction
from tests.flows.autoships import Company, build_company, due_row, paid
from tests.web.visitors import Browser


@pytest.fixture
def company(engine: Engine, in_transaction: InTransaction) -> Company:
    in_transaction(lambda session: build_company(session, {("CHI", "TEA"): 3}))
    return Company(engine, in_transaction)


@pytest.fixture
def run_id(company: Company) -> uuid.UUID:
    run_id = company.open()
    company.enter(run_id, due_row("S-1", ("TEA", 2)), due_row("S-2", ("TEA", 2)))
    return run_id


@pytest.fixture
def supervisor(company: Company, signed_in: Callable[[Role], Browser]) -> Browser:
    return signed_in(Role.SUPERVISOR)


def test_the_runs_are_listed_with_what_became_of_their_orders(
    supervisor: Browser, company: Company, run_id: uuid.UUID
) -> None:
    empty = company.open(period="2026-12")
    company.promise(run_id)

    page = supervisor.get("/tower/autoships").text

    assert "A-100001" in page
    assert "A-100002" in page
    assert str(empty) in page


def test_one_run_says_what_is_short_and_why(supervisor: Browser, company: Company, run_id: uuid.UUID) -> None:
    company.promise(run_id)

    page = supervisor.get(f"/tower/autoships/{run_id}").text
    short = supervisor.get(f"/tower/autoships/{run_id}?outcome=short").text

    assert "Others came first and took the last units" in page
    assert "Plan again what is short" in page
    assert "S-1" in page
    assert "S-2" in short
    assert "S-1" not in short


def test_the_planner_is_called_once_for_a_run(
    supervisor: Browser, company: Company, run_id: uuid.UUID
) -> None:
    for _ in range(2):
        answer = supervisor.post(f"/tower/autoships/{run_id}/promise", seen_on="/tower/autoships")
        assert answer.status_code == 302

    assert company.rows("SELECT kind, state FROM job WHERE kind = 'promise_autoship'") == [
        ("promise_autoship", "queued")
    ]


def test_a_run_is_cancelled_with_its_reason_unless_it_is_being_charged(
    supervisor: Browser, company: Company, run_id: uuid.UUID
) -> None:
    company.promise(run_id)
    company.charge(run_id, paid("S-1", 2_000))
    other = company.open(period="2026-12")

    refused = supervisor.post(f"/tower/autoships/{run_id}/cancel", seen_on="/tower/autoships", note="no")
    done = supervisor.post(
        f"/tower/autoships/{other}/cancel", seen_on="/tower/autoships", note="wrong prices"
    )

    assert refused.status_code == 409
    assert "is charging; cancelling is possible while" in refused.text
    assert done.status_code == 302
    assert "wrong prices" in supervisor.get(f"/tower/autoships/{other}").text


def test_the_orders_of_a_run_come_as_a_file(supervisor: Browser, company: Company, run_id: uuid.UUID) -> None:
    company.promise(run_id)

    table = supervisor.get(f"/tower/autoships/{run_id}/orders.csv").text.lstrip("\ufeff").splitlines()

    assert table[1] == "S-1,O-100001,promised,,,20.00,USD"
    assert table[2] == "S-2,O-100002,short,Others came first and took the last units,TEA,20.00,USD"


def test_the_pages_are_for_those_who_read_reports(
    run_id: uuid.UUID, signed_in: Callable[[Role], Browser]
) -> None:
    browser = signed_in(Role.WAREHOUSE)

    assert browser.get("/tower/autoships").status_code == 403
    assert browser.get(f"/tower/autoships/{run_id}").status_code == 403


def test_a_due_order_is_read_at_the_service_desk_before_it_is_paid(
    supervisor: Browser, company: Company, run_id: uuid.UUID
) -> None:
    company.promise(run_id)
    ids = company.rows("SELECT order_id FROM autoship_order ORDER BY place")

    promised, short = (supervisor.get(f"/service/orders/{order_id}") for (order_id,) in ids)

    assert (promised.status_code, short.status_code) == (200, 200)
    assert "It was planned together with all other orders of its autoship run." in promised.text
    assert "Received" in short.text
