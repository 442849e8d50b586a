import uuid
from datetime import date

import pytest
from sqlalchemy.engine import Engine

from fulfillment.core.errors import ConflictError
from fulfillment.store.session import InTransaction
from tests.flows.autoships import BOSTON, Company, build_company, due_row


@pytest.fixture
def company(engine: Engine, in_transaction: InTransaction) -> Company:
    in_transaction(
        lambda session: build_company(
            session, {("BOS", "TEA"): 2, ("CHI", "TEA"): 2, ("BOS", "OIL"): 1, ("CHI", "OIL"): 3}
        )
    )
    return Company(engine, in_transaction)


def test_due_orders_are_promised_where_they_cost_least_and_nobody_is_credited_or_told(
    company: Company,
) -> None:
    run_id = company.open()
    company.enter(run_id, due_row("S-1", ("TEA", 2), ship_to=BOSTON), due_row("S-2", ("TEA", 1), ("OIL", 1)))

    outcome = company.promise(run_id)

    assert (outcome.promised, outcome.short, outcome.skipped) == (2, 0, 0)
    assert company.places() == [("S-1", "BOS", 2), ("S-2", "CHI", 2)]
    assert company.rows("SELECT state, kind, accepted_at FROM customer_order ORDER BY number") == [
        ("received", "autoship", None),
        ("received", "autoship", None),
    ]
    assert company.rows("SELECT count(*) FROM volume_event") == [(0,)]
    assert company.rows("SELECT count(*) FROM notice") == [(0,)]
    assert company.rows("SELECT state FROM autoship_run") == [("promised",)]
    assert company.violations() == []


def test_on_shortage_priority_goes_before_seniority_and_seniority_before_the_list(company: Company) -> None:
    run_id = company.open()
    company.enter(
        run_id,
        due_row("listed-first", ("TEA", 1)),
        due_row("old", ("TEA", 2), subscribed_on=date(2020, 1, 1)),
        due_row("urgent", ("TEA", 1), priority=1),
        due_row("young", ("TEA", 1), subscribed_on=date(2025, 1, 1)),
    )

    company.promise(run_id)

    assert company.dues(run_id) == [
        ("listed-first", "short", "dealt_out"),
        ("old", "promised", ""),
        ("urgent", "promised", ""),
        ("young", "promised", ""),
    ]
    assert company.rows("SELECT skus FROM autoship_order WHERE outcome = 'short'") == [(["TEA"],)]
    assert company.violations() == []


def test_an_order_too_big_to_be_served_takes_nothing_from_those_behind_it(company: Company) -> None:
    run_id = company.open()
    company.enter(run_id, due_row("whale", ("TEA", 5)), due_row("small", ("TEA", 4)))

    company.promise(run_id)

    assert company.outcomes(run_id) == {"whale": "short", "small": "promised"}
    assert company.violations() == []


def test_a_run_that_is_closed_or_cancelled_is_not_planned(company: Company) -> None:
    run_id = company.open()
    company.in_transaction(
        lambda session: session.connection().exec_driver_sql("UPDATE autoship_run SET state = 'cancelled'")
    )

    with pytest.raises(ConflictError, match="is cancelled; planning is possible while"):
        company.promise(run_id)


def test_what_was_short_is_planned_again_and_what_was_promised_stays(company: Company) -> None:
    run_id = company.open()
    company.enter(run_id, due_row("S-1", ("TEA", 4)), due_row("S-2", ("OIL", 4), ("TEA", 1)))
    company.promise(run_id)
    assert company.outcomes(run_id) == {"S-1": "promised", "S-2": "short"}

    again = company.promise(run_id)

    assert (again.promised, again.short) == (1, 1)
    assert company.violations() == []


def test_an_unknown_run_is_named(company: Company) -> None:
    with pytest.raises(Exception, match="There is no autoship run"):
        company.promise(uuid.uuid4())
