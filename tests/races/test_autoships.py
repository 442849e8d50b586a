"""Autoship runs beside single orders, the planner, and a twin of themselves, on real connections."""

import uuid
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.core.errors import OutOfStockError
from fulfillment.flows.accept_order import accept_order
from fulfillment.flows.keep_back_stock import keep_back_for_runs
from fulfillment.flows.route_orders import route_orders
from fulfillment.orders.kinds import OnShortage
from fulfillment.store.clock import read_now
from fulfillment.store.session import InTransaction
from tests.flows.autoships import BOSTON, POLICY, Company, build_company, due_row, paid
from tests.flows.orders import HOME, order_of
from tests.races.crowds import run_together
from tests.warehouse.halls import ANA

T = TypeVar("T")

STOCK = 300
DUE = 240
CLIENTS = 6
ORDERS_A_CLIENT = 20


def all_done(outcomes: Sequence[T | Exception]) -> list[T]:
    """What each returned; none of them was refused."""
    assert not [each for each in outcomes if isinstance(each, Exception)]
    return [each for each in outcomes if not isinstance(each, Exception)]


@pytest.fixture
def company(engine: Engine, in_transaction: InTransaction) -> Company:
    half = STOCK // 2
    in_transaction(lambda session: build_company(session, {("BOS", "TEA"): half, ("CHI", "TEA"): half}))
    return Company(engine, in_transaction)


def enter(company: Company, orders: int) -> uuid.UUID:
    run_id = company.open(due_on=company.in_transaction(read_now).date())
    rows = [
        due_row(f"S-{number}", ("TEA", 1), ship_to=HOME if number % 2 else BOSTON) for number in range(orders)
    ]
    company.enter(run_id, *rows)
    return run_id


def shop(company: Company, client: int) -> int:
    """How many of the client's single orders were accepted."""

    def place(session: Session, ref: str) -> None:
        request = order_of(("TEA", 1), ref=ref, on_shortage=OnShortage.REFUSE)
        accept_order(session, request=request, actor=ANA, policy=POLICY)

    accepted = 0
    for number in range(ORDERS_A_CLIENT):
        try:
            company.in_transaction(partial(place, ref=f"single-{client}-{number}"))
        except OutOfStockError:
            continue
        accepted += 1
    return accepted


def promise_and_shop(company: Company, run_id: uuid.UUID) -> list[Callable[[], int]]:
    """The run is promised while clients order."""
    clients = [partial(shop, company, number) for number in range(CLIENTS)]
    return [lambda: company.promise(run_id).promised, *clients]


def test_a_run_and_single_orders_share_the_stock_and_nothing_is_oversold(company: Company) -> None:
    run_id = enter(company, DUE)

    promised, *accepted = all_done(run_together(promise_and_shop(company, run_id)))
    assert promised + sum(accepted) == STOCK
    assert sum(company.reserved().values()) == STOCK
    assert company.violations() == []


def test_single_orders_get_nothing_of_what_is_kept_back_while_the_run_takes_it(company: Company) -> None:
    run_id = enter(company, DUE)
    keep_back_for_runs(company.in_transaction, policy=POLICY)

    promised, *accepted = all_done(run_together(promise_and_shop(company, run_id)))
    assert promised == DUE
    assert sum(accepted) <= STOCK - DUE
    assert company.kept_back() == {}
    assert company.violations() == []


def test_two_workers_on_one_run_promise_every_order_once(company: Company) -> None:
    run_id = enter(company, DUE)

    outcomes = run_together([lambda: company.promise(run_id)] * 2)

    all_done(outcomes)
    assert set(company.outcomes(run_id).values()) == {"promised"}
    assert company.rows("SELECT count(*) FROM fulfillment_order WHERE state = 'promised'") == [(DUE,)]
    assert company.violations() == []


def test_the_planner_moves_single_orders_and_the_run_is_promised_beside_it(company: Company) -> None:
    accepted = shop(company, 0)
    run_id = enter(company, DUE)

    def route() -> int:
        report = route_orders(
            company.in_transaction, company.snapshot, trigger="race", actor=ANA, time_limit_s=3
        )
        return report.moved

    outcomes = run_together([lambda: company.promise(run_id).promised, route])

    all_done(outcomes)
    held = """SELECT count(*) FROM fulfillment_order f JOIN customer_order o ON o.id = f.order_id
        WHERE o.state = 'accepted' AND f.state = 'promised'"""
    assert company.rows(held) == [(accepted,)]
    assert set(company.outcomes(run_id).values()) == {"promised"}
    assert company.violations() == []


def test_the_same_results_from_two_senders_are_counted_once(company: Company) -> None:
    run_id = enter(company, 50)
    company.promise(run_id)
    results = [paid(f"S-{number}", 1_000) for number in range(50)]

    pages = run_together([lambda: company.charge(run_id, *results)] * 2)

    assert sorted((page.paid, page.repeated) for page in all_done(pages)) == [(0, 50), (50, 0)]
    assert company.rows("SELECT count(*) FROM tender") == [(50,)]
    assert company.violations() == []


def test_what_is_paid_while_it_is_given_back_is_accepted_either_way(company: Company) -> None:
    run_id = enter(company, DUE)
    company.promise(run_id)
    company.advance(hours=POLICY.autoship_charge_hours + 1)

    def charge() -> int:
        pages = [
            company.charge(run_id, *(paid(f"S-{number}", 1_000) for number in range(first, first + 20)))
            for first in range(0, 120, 20)
        ]
        return sum(page.paid + page.revived for page in pages)

    def settle() -> int:
        return company.settle().given_back

    charged, _ = all_done(run_together([charge, settle]))

    assert charged == 120
    outcomes = list(company.outcomes(run_id).values())
    assert outcomes.count("paid") == 120
    assert outcomes.count("given_back") == DUE - 120
    assert company.violations() == []
