import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.core.errors import OutOfStockError
from fulfillment.flows.accept_order import accept_order
from fulfillment.flows.give_back_autoship import cancel_run
from fulfillment.flows.keep_back_stock import keep_back_for_runs, share_out
from fulfillment.orders.kinds import OnShortage
from fulfillment.store.clock import read_now
from fulfillment.store.session import InTransaction
from tests.flows.autoships import POLICY, Company, build_company, due_row
from tests.flows.orders import order_of
from tests.warehouse.halls import ANA

OFFERS = st.dictionaries(st.sampled_from(["BOS", "CHI", "RNO"]), st.integers(-3, 20))


@pytest.fixture
def company(engine: Engine, in_transaction: InTransaction) -> Company:
    in_transaction(lambda session: build_company(session, {("BOS", "TEA"): 6, ("CHI", "TEA"): 2}))
    return Company(engine, in_transaction)


def book(company: Company, *, in_days: int, units: int, period: str = "2026-12") -> uuid.UUID:
    due_on = company.in_transaction(read_now).date() + timedelta(days=in_days)
    run_id = company.open(period=period, due_on=due_on)
    company.enter(run_id, due_row("S-1", ("TEA", units)))
    return run_id


def keep(company: Company) -> int:
    return keep_back_for_runs(company.in_transaction, policy=company.policy)


def buy(session: Session, units: int, *, ref: str = "single") -> None:
    request = order_of(("TEA", units), ref=ref, on_shortage=OnShortage.REFUSE)
    accept_order(session, request=request, actor=ANA, policy=POLICY)


def test_a_booked_run_keeps_back_in_proportion_to_what_each_hall_has(company: Company) -> None:
    book(company, in_days=3, units=4)

    kept = keep(company)

    assert kept == 4
    assert company.kept_back() == {("BOS", "TEA"): 3, ("CHI", "TEA"): 1}
    assert company.violations() == []


def test_single_orders_do_not_get_what_is_kept_back_and_the_run_does(company: Company) -> None:
    run_id = book(company, in_days=3, units=6)
    keep(company)

    with pytest.raises(OutOfStockError):
        company.in_transaction(lambda session: buy(session, 3))
    company.in_transaction(lambda session: buy(session, 2))
    outcome = company.promise(run_id)

    assert (outcome.promised, outcome.short) == (1, 0)
    assert company.kept_back() == {}
    assert sum(company.reserved().values()) == 8
    assert company.violations() == []


def test_a_run_further_off_keeps_nothing_yet(company: Company) -> None:
    book(company, in_days=8, units=4)

    assert keep(company) == 0
    assert company.kept_back() == {}


def test_keeping_back_again_follows_the_stock_and_the_run(company: Company) -> None:
    run_id = book(company, in_days=3, units=8)
    keep(company)
    company.enter(run_id, due_row("S-2", ("TEA", 1)))

    assert keep(company) == 8
    assert keep(company) == 8
    assert company.kept_back() == {("BOS", "TEA"): 6, ("CHI", "TEA"): 2}
    assert company.violations() == []


def test_the_run_due_first_keeps_first(company: Company) -> None:
    later = book(company, in_days=5, units=6, period="2027-01")
    sooner = book(company, in_days=2, units=6)

    keep(company)

    kept = dict(company.rows("SELECT run_id, sum(qty)::int FROM autoship_kept WHERE qty > 0 GROUP BY 1"))
    assert kept == {sooner: 6, later: 2}


def test_what_single_orders_usually_take_is_not_kept_back(company: Company) -> None:
    company.in_transaction(lambda session: buy(session, 2))
    book(company, in_days=3, units=8)

    keep_back_for_runs(company.in_transaction, policy=replace(POLICY, autoship_single_days=2))

    # Two units a day were taken in Chicago or Boston; four of the six left stay for the next two days.
    assert sum(company.kept_back().values()) == 6 - min(4, 6) + _spill(company)


def _spill(company: Company) -> int:
    """What the hall that single orders took from could not reserve for them, it does not have."""
    ((taken_at, sellable),) = company.rows(
        "SELECT warehouse_code, sellable - reserved FROM availability WHERE sku = 'TEA' AND reserved > 0"
    )
    assert taken_at in {"BOS", "CHI"}
    return max(0, 4 - int(sellable))


def test_a_cancelled_run_keeps_nothing_back(company: Company) -> None:
    run_id = book(company, in_days=3, units=4)
    keep(company)

    company.in_transaction(lambda session: cancel_run(session, run_id=run_id, note="no", actor=ANA))

    assert company.kept_back() == {}
    assert company.violations() == []


@given(wanted=st.integers(0, 40), offers=OFFERS)
def test_what_is_shared_out_is_what_is_wanted_as_far_as_it_is_offered(
    wanted: int, offers: dict[str, int]
) -> None:
    shared = share_out({"TEA": wanted}, offers={"TEA": offers})

    possible = sum(max(0, units) for units in offers.values())
    assert sum(shared.values()) == min(wanted, possible)
    assert all(0 <= qty <= offers[code] for (code, _), qty in shared.items())
