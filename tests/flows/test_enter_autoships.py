import uuid

import pytest
from sqlalchemy.engine import Engine

from fulfillment.catalog.kinds import ProductKind
from fulfillment.catalog.products import save_products, set_kit_contents
from fulfillment.catalog.specifications import NewProduct
from fulfillment.core.errors import ConflictError, InvalidInputError
from fulfillment.flows.cancel_order import cancel_order
from fulfillment.flows.enter_autoships import RefusedDue
from fulfillment.orders.kinds import OnShortage
from fulfillment.store.session import InTransaction
from tests.flows.autoships import Company, build_company, due_row
from tests.flows.orders import HOME
from tests.warehouse.halls import ANA


@pytest.fixture
def company(engine: Engine, in_transaction: InTransaction) -> Company:
    in_transaction(lambda session: build_company(session, {("CHI", "TEA"): 9, ("CHI", "OIL"): 9}))
    return Company(engine, in_transaction)


def test_a_due_order_is_received_with_its_lines_and_without_money(company: Company) -> None:
    run_id = company.open()

    page = company.enter(run_id, due_row("S-1", ("TEA", 2), ("OIL", 1), on_shortage=OnShortage.REFUSE))

    assert (page.entered, page.repeated, page.refused) == (1, 0, ())
    assert company.rows(
        "SELECT source, source_ref, kind, state, on_shortage, total_minor, due_on::text FROM customer_order"
    ) == [("shop", "S-1 2026-11 A-100001", "autoship", "received", "backorder", 3_000, "2026-11-29")]
    assert company.rows("SELECT line_no, sku, qty FROM order_line ORDER BY line_no") == [
        (1, "TEA", 2),
        (2, "OIL", 1),
    ]
    assert company.rows("SELECT count(*) FROM tender") == [(0,)]
    assert company.violations() == []


def test_the_same_subscription_in_another_run_of_the_period_is_refused_by_its_number(
    company: Company,
) -> None:
    first, second, next_month = company.open(), company.open(), company.open(period="2026-12")
    company.enter(first, due_row("S-1", ("TEA", 1)))

    twin = company.enter(second, due_row("S-1", ("TEA", 1)))
    other = company.enter(second, due_row("S-1", ("TEA", 2)))
    later = company.enter(next_month, due_row("S-1", ("TEA", 1)))

    assert (twin.entered, twin.repeated) == (0, 1)
    assert other.refused == (
        RefusedDue(
            0,
            "S-1",
            "entered-before",
            "Subscription S-1 is due once in this period and came otherwise in run A-100001.",
        ),
    )
    assert later.entered == 1


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"member_number": "M-404"}, "unknown-member"),
        ({"pinned_warehouse_code": "NIL"}, "unknown-warehouse"),
        ({"market": "CA"}, "market"),
        ({"priority": 12}, "invalid-input"),
        ({"hold_code": "address", "hold_note": "look"}, "address"),
    ],
)
def test_a_row_that_cannot_be_is_named(company: Company, given: dict[str, object], code: str) -> None:
    run_id = company.open()
    wrong = due_row("S-1", ("TEA", 1), **given)  # type: ignore[arg-type]  # fields of OrderRequest

    page = company.enter(run_id, wrong, due_row("S-2", ("TEA", 1)))

    assert (page.entered, [each.code for each in page.refused]) == (1, [code])


def test_a_kit_is_taken_apart_and_promised_in_one_parcel(
    company: Company, in_transaction: InTransaction
) -> None:
    kit = NewProduct("KIT", "Kit", 2_500, "USD", kind=ProductKind.KIT)
    in_transaction(lambda session: save_products(session, products=[kit], actor=ANA))
    in_transaction(
        lambda session: set_kit_contents(session, kit_sku="KIT", parts={"TEA": 2, "OIL": 1}, actor=ANA)
    )
    run_id = company.open()
    company.enter(run_id, due_row("S-1", ("KIT", 2)))

    outcome = company.promise(run_id)

    assert outcome.promised == 1
    assert company.reserved() == {("CHI", "TEA"): 4, ("CHI", "OIL"): 2}
    assert company.violations() == []


def test_services_alone_promise_nothing_and_are_refused(
    company: Company, in_transaction: InTransaction
) -> None:
    course = NewProduct("COURSE", "Course", 2_500, "USD", kind=ProductKind.SERVICE)
    in_transaction(lambda session: save_products(session, products=[course], actor=ANA))
    run_id = company.open()

    page = company.enter(run_id, due_row("S-1", ("COURSE", 1)))

    assert [each.code for each in page.refused] == ["nothing-to-send"]


def test_a_run_that_was_promised_takes_no_more(company: Company) -> None:
    run_id = company.open()
    company.enter(run_id, due_row("S-1", ("TEA", 1)))
    company.promise(run_id)

    with pytest.raises(ConflictError, match="is promised; entering due orders is possible while it is"):
        company.enter(run_id, due_row("S-2", ("TEA", 1)))


def test_an_empty_page_and_a_run_without_a_period_are_refused(company: Company) -> None:
    with pytest.raises(InvalidInputError, match="A page has 1 to 5000 due orders"):
        company.enter(company.open())
    with pytest.raises(InvalidInputError, match="needs a source and a period"):
        company.open(period=" ")


def test_a_due_order_is_cancelled_by_its_charge_and_not_at_the_desk(company: Company) -> None:
    run_id = company.open()
    company.enter(run_id, due_row("S-1", ("TEA", 1), ship_to=HOME))
    ((order_id,),) = company.rows("SELECT order_id FROM autoship_order")
    assert isinstance(order_id, uuid.UUID)

    with pytest.raises(ConflictError, match="send its charge as declined"):
        company.in_transaction(
            lambda session: cancel_order(
                session, order_id=order_id, note="no", actor=ANA, policy=company.policy
            )
        )
