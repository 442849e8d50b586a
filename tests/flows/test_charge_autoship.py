import uuid

import pytest
from sqlalchemy.engine import Engine

from fulfillment.core.errors import ConflictError
from fulfillment.flows.cancel_order import cancel_order
from fulfillment.flows.give_back_autoship import Settled, cancel_run
from fulfillment.flows.release_wave import release_wave
from fulfillment.store.session import InTransaction
from tests.flows.autoships import Company, build_company, declined, due_row, paid
from tests.warehouse.halls import ANA


@pytest.fixture
def company(engine: Engine, in_transaction: InTransaction) -> Company:
    in_transaction(lambda session: build_company(session, {("CHI", "TEA"): 5, ("BOS", "OIL"): 3}))
    return Company(engine, in_transaction)


@pytest.fixture
def run_id(company: Company) -> uuid.UUID:
    """Three promised orders of 2, 2 and 1 TEA, at 10.00 each, and one that is short."""
    run_id = company.open()
    company.enter(
        run_id,
        due_row("S-1", ("TEA", 2)),
        due_row("S-2", ("TEA", 2)),
        due_row("S-3", ("TEA", 1)),
        due_row("S-4", ("TEA", 1)),
    )
    company.promise(run_id)
    return run_id


def test_what_is_paid_is_accepted_credited_told_and_can_be_released(
    company: Company, run_id: uuid.UUID
) -> None:
    page = company.charge(run_id, paid("S-1", 2_000))

    assert (page.paid, page.revived, page.declined, page.repeated, page.refused) == (1, 0, 0, 0, ())
    assert company.outcomes(run_id)["S-1"] == "paid"
    assert company.rows("SELECT state FROM autoship_run") == [("charging",)]
    assert company.rows("SELECT captured_minor, provider_ref FROM tender") == [(2_000, "ch_S-1")]
    assert company.rows("SELECT kind, recipient FROM notice") == [("order_accepted", "maria@example.com")]
    released = company.in_transaction(lambda session: release_wave(session, warehouse_code="CHI", actor=ANA))
    assert released.orders == 1
    assert company.violations() == []


def test_the_same_result_twice_changes_nothing(company: Company, run_id: uuid.UUID) -> None:
    first = (paid("S-1", 2_000), declined("S-2"))
    company.charge(run_id, *first)

    page = company.charge(run_id, *first)

    assert (page.paid, page.declined, page.repeated, page.refused) == (0, 0, 2, ())
    assert company.rows("SELECT count(*) FROM tender") == [(1,)]
    assert company.violations() == []


def test_what_is_declined_gives_its_units_back_and_is_cancelled(company: Company, run_id: uuid.UUID) -> None:
    assert company.reserved() == {("CHI", "TEA"): 5}

    company.charge(run_id, declined("S-2", "insufficient funds"))

    assert company.reserved() == {("CHI", "TEA"): 3}
    assert ("S-2", "declined", "charge declined: insufficient funds") in company.dues(run_id)
    assert company.rows("SELECT state FROM customer_order WHERE source_ref LIKE 'S-2 %'") == [("cancelled",)]
    assert company.violations() == []


@pytest.mark.parametrize(
    ("result", "code"),
    [
        (paid("S-1", 1_999), "underpaid"),
        (paid("S-9", 1_000), "not-due"),
        (paid("S-3", 1_000, ref="ch_S-1"), "payment-used"),
    ],
)
def test_a_result_that_cannot_be_is_refused_alone(
    company: Company, run_id: uuid.UUID, result: object, code: str
) -> None:
    good = paid("S-2", 2_000, ref="ch_S-1" if code == "payment-used" else None)

    page = company.charge(run_id, good, result)  # type: ignore[arg-type]  # a result

    assert page.paid == 1
    assert [(each.row, each.code) for each in page.refused] == [(1, code)]
    assert company.violations() == []


def test_a_second_payment_of_a_paid_order_is_refused_and_named(company: Company, run_id: uuid.UUID) -> None:
    company.charge(run_id, paid("S-1", 2_000))

    page = company.charge(run_id, paid("S-1", 2_000, ref="another"), declined("S-1"))

    assert [each.code for each in page.refused] == ["paid-before", "paid-before"]
    assert company.outcomes(run_id)["S-1"] == "paid"


def test_what_is_not_charged_in_time_is_given_back_and_paid_late_it_is_promised_anew(
    company: Company, run_id: uuid.UUID
) -> None:
    company.charge(run_id, paid("S-1", 2_000))
    company.advance(hours=73)

    assert company.settle() == Settled(given_back=2, cancelled=0, lapsed=0, closed=1)
    assert company.reserved() == {("CHI", "TEA"): 2}
    page = company.charge(run_id, paid("S-2", 2_000), paid("S-4", 1_000))

    assert (page.paid, page.revived) == (0, 2)
    assert company.reserved() == {("CHI", "TEA"): 5}
    assert company.outcomes(run_id) == {"S-1": "paid", "S-2": "paid", "S-3": "given_back", "S-4": "paid"}
    assert company.settle().closed == 1
    assert company.violations() == []


def test_paid_late_without_stock_waits_as_a_backorder(company: Company, run_id: uuid.UUID) -> None:
    page = company.charge(run_id, paid("S-4", 1_000))

    assert page.revived == 1
    assert company.rows(
        """SELECT f.state FROM fulfillment_order f JOIN customer_order o ON o.id = f.order_id
        WHERE o.source_ref LIKE 'S-4 %'"""
    ) == [("backordered",)]
    assert company.violations() == []


def test_what_stays_unpaid_lapses_and_later_money_is_refused_by_name(
    company: Company, run_id: uuid.UUID
) -> None:
    company.advance(hours=73)
    company.settle()
    company.advance(hours=24 * 15)

    assert company.settle().lapsed == 4
    page = company.charge(run_id, paid("S-1", 2_000))

    assert [each.code for each in page.refused] == ["cancelled-before"]
    assert set(company.outcomes(run_id).values()) == {"lapsed"}
    assert company.reserved() == {}
    assert company.violations() == []


def test_a_cancelled_run_gives_everything_back_and_frees_its_keys(
    company: Company, run_id: uuid.UUID
) -> None:
    company.in_transaction(lambda session: cancel_run(session, run_id=run_id, note="wrong prices", actor=ANA))

    assert company.settle().cancelled == 4
    again = company.open()
    page = company.enter(again, due_row("S-1", ("TEA", 2)))

    assert page.entered == 1
    assert company.reserved() == {}
    with pytest.raises(ConflictError, match="taking results of charges is possible while"):
        company.charge(run_id, paid("S-1", 2_000))
    assert company.violations() == []


def test_a_run_that_is_being_charged_cannot_be_cancelled(company: Company, run_id: uuid.UUID) -> None:
    company.charge(run_id, paid("S-1", 2_000))

    with pytest.raises(ConflictError, match="is charging; cancelling is possible while"):
        company.in_transaction(lambda session: cancel_run(session, run_id=run_id, note="no", actor=ANA))


def test_an_accepted_autoship_is_cancelled_like_any_other_order(company: Company, run_id: uuid.UUID) -> None:
    company.charge(run_id, paid("S-1", 2_000))
    ((order_id,),) = company.rows("SELECT order_id FROM autoship_order WHERE subscription = 'S-1'")

    company.in_transaction(
        lambda session: cancel_order(
            session, order_id=order_id, note="moved", actor=ANA, policy=company.policy
        )
    )

    assert company.rows("SELECT state, amount_minor FROM refund") == [("proposed", 2_000)]
    assert company.violations() == []
