import uuid
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from fulfillment.core.errors import ConflictError
from fulfillment.flows.accept_order import accept_order
from fulfillment.flows.block_bin import block_bin
from fulfillment.flows.give_back_autoship import cancel_run
from fulfillment.reads.autoship_runs import list_results
from fulfillment.routing.apart import Ending, Planned, plan_here
from fulfillment.routing.problem import Problem
from fulfillment.store.session import InTransaction
from tests.flows.autoships import BOSTON, POLICY, Company, build_company, due_row, paid
from tests.flows.orders import order_of
from tests.warehouse.halls import ANA, stock


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


def test_a_run_cancelled_while_it_is_planned_promises_nothing(company: Company) -> None:
    run_id = company.open()
    company.enter(run_id, due_row("S-1", ("TEA", 1)))

    def cancelling(problem: Problem, **given: Any) -> Planned:  # noqa: ANN401 - the planner's keywords
        company.in_transaction(lambda session: cancel_run(session, run_id=run_id, note="stop", actor=ANA))
        return plan_here(problem, **given)

    outcome = company.promise(run_id, planner=cancelling)

    assert outcome.is_finished is False
    assert company.reserved() == {}
    assert company.settle().cancelled == 1
    assert company.violations() == []


def test_a_planner_that_finds_nothing_leaves_the_orders_short_with_that_reason(company: Company) -> None:
    run_id = company.open()
    company.enter(run_id, due_row("S-1", ("TEA", 1)))

    def dead(problem: Problem, **given: Any) -> Planned:  # noqa: ANN401 - the planner's keywords
        assert problem.orders == 1
        assert given["time_limit_s"] > 0
        return Planned(None, Ending.KILLED)

    company.promise(run_id, planner=dead)

    assert company.dues(run_id) == [("S-1", "short", "no_plan")]
    assert company.violations() == []


def test_a_promise_whose_stock_is_lost_is_shown_as_such_and_paid_it_waits(company: Company) -> None:
    run_id = company.open()
    company.enter(run_id, due_row("S-1", ("TEA", 2), ship_to=BOSTON))
    company.promise(run_id)

    company.in_transaction(
        lambda session: block_bin(session, warehouse_code="BOS", bin_code="BOS-1", reason="water", actor=ANA)
    )
    (row,) = company.in_transaction(lambda session: list_results(session, run_id=run_id, limit=9))
    page = company.charge(run_id, paid("S-1", 2_000))

    assert (row.outcome, row.is_intact) == ("promised", False)
    assert page.paid == 1
    assert company.rows("SELECT state FROM fulfillment_order WHERE state <> 'cancelled'") == [
        ("backordered",)
    ]
    assert company.violations() == []


def test_what_single_orders_usually_take_is_left_to_them(company: Company) -> None:
    request = order_of(("TEA", 1), ref="single", ship_to=BOSTON)
    company.in_transaction(lambda session: accept_order(session, request=request, actor=ANA, policy=POLICY))
    run_id = company.open()
    company.enter(run_id, *(due_row(f"S-{number}", ("TEA", 1), ship_to=BOSTON) for number in range(3)))

    cautious = replace(company, policy=replace(POLICY, autoship_single_days=1))
    outcome = cautious.promise(run_id)

    # One of four was taken in Boston on the only day there is, so that one more of Boston's is left alone.
    assert (outcome.promised, outcome.short) == (2, 1)
    assert company.reserved() == {("BOS", "TEA"): 1, ("CHI", "TEA"): 2}
    assert company.violations() == []


def test_long_dated_units_taken_since_the_plan_are_not_promised_again(company: Company) -> None:
    soon = date(2026, 12, 1)
    in_boston = sa.text("SELECT id FROM location WHERE code = 'BOS-1'")
    company.in_transaction(
        lambda session: stock(
            session,
            session.connection().execute(in_boston).scalar_one(),
            "TEA",
            2,
            lot="OLD",
            expires_on=soon,
        )
    )
    single = order_of(("TEA", 2), ref="single", ship_to=BOSTON, shelf_days=30)
    taken: list[str] = []

    def plan_and_be_too_late(problem: Problem, **how: Any) -> Planned:  # noqa: ANN401 - the planner's own
        planned = plan_here(problem, **how)
        if not taken:
            taken.append("BOS")
            company.in_transaction(
                lambda session: accept_order(session, request=single, actor=ANA, policy=POLICY)
            )
        return planned

    run_id = company.open()
    company.enter(run_id, due_row("S-1", ("TEA", 2), ship_to=BOSTON, shelf_days=30))

    outcome = company.promise(run_id, planner=plan_and_be_too_late)

    # Boston still has two units, but they are old; the next round finds Chicago's.
    assert (outcome.promised, outcome.skipped) == (1, 1)
    assert company.places() == [("S-1", "CHI", 2), ("single", "BOS", 2)]
    assert company.violations() == []
