from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError, OutOfStockError
from fulfillment.core.states import FulfillmentOrderState, OrderState
from fulfillment.flows.accept_order import AcceptedOrder, accept_order
from fulfillment.flows.hold_order import hold_order, release_hold
from fulfillment.orders.kinds import OnShortage
from fulfillment.orders.requests import OrderRequest
from tests.flows.orders import POLICY, order_of
from tests.warehouse.halls import ANA, build_hall, list_products, stock


def accept(session: Session, request: OrderRequest) -> AcceptedOrder:
    return accept_order(session, request=request, actor=ANA, policy=POLICY)


def rows(session: Session, query: str) -> list[Any]:
    return [tuple(row) for row in session.connection().execute(sa.text(query))]


@pytest.fixture
def hall(session: Session) -> Session:
    bins = build_hall(session)
    list_products(session, "TEA", "OIL")
    stock(session, bins["A-1"], "TEA", 5)
    stock(session, bins["A-2"], "OIL", 2)
    return session


def test_an_accepted_order_holds_its_units_at_a_warehouse(hall: Session) -> None:
    accepted = accept(hall, order_of(("TEA", 2), ("OIL", 1)))

    assert accepted.state is OrderState.ACCEPTED
    assert [(part.warehouse_code, part.state) for part in accepted.parts] == [
        ("CHI", FulfillmentOrderState.PROMISED)
    ]
    assert rows(hall, "SELECT sku, sellable, reserved FROM availability ORDER BY sku") == [
        ("OIL", 2, 1),
        ("TEA", 5, 2),
    ]
    assert rows(hall, "SELECT state FROM customer_order") == [("accepted",)]


def test_one_unit_too_many_is_refused_and_nothing_changes(hall: Session) -> None:
    with pytest.raises(OutOfStockError, match="6 of TEA"), hall.begin_nested():
        accept(hall, order_of(("TEA", 3), ("TEA", 3), on_shortage=OnShortage.REFUSE))

    assert rows(hall, "SELECT sku, reserved FROM availability ORDER BY sku") == [("OIL", 0), ("TEA", 0)]
    assert rows(hall, "SELECT count(*) FROM customer_order") == [(0,)]


def test_a_split_order_sends_what_is_there_and_backorders_the_rest(hall: Session) -> None:
    accepted = accept(hall, order_of(("TEA", 7)))

    assert [(part.warehouse_code, [u.qty for u in part.units]) for part in accepted.parts] == [
        ("CHI", [5]),
        (None, [2]),
    ]
    assert rows(hall, "SELECT reserved FROM availability WHERE sku = 'TEA'") == [(5,)]


def test_an_order_that_waits_for_all_of_it_promises_nothing_yet(hall: Session) -> None:
    accepted = accept(hall, order_of(("TEA", 7), on_shortage=OnShortage.BACKORDER))

    assert [part.state for part in accepted.parts] == [FulfillmentOrderState.BACKORDERED]
    assert rows(hall, "SELECT reserved FROM availability WHERE sku = 'TEA'") == [(0,)]


def test_an_order_that_is_not_paid_is_held_and_promised_nothing(hall: Session) -> None:
    accepted = accept(hall, order_of(("TEA", 1), tenders=()))

    assert accepted.state is OrderState.HELD
    assert accepted.hold is not None
    assert accepted.hold.code == "payment"
    assert rows(hall, "SELECT reserved FROM availability WHERE sku = 'TEA'") == [(0,)]


def test_a_released_hold_promises_the_stock_it_never_had(hall: Session) -> None:
    accepted = accept(hall, order_of(("TEA", 1), tenders=()))

    parts = release_hold(hall, order_id=accepted.order_id, note="paid by wire", actor=ANA, policy=POLICY)

    assert [part.warehouse_code for part in parts] == ["CHI"]
    assert rows(hall, "SELECT state, hold_code FROM customer_order") == [("accepted", None)]


def test_a_hold_on_an_accepted_order_keeps_its_promise(hall: Session) -> None:
    accepted = accept(hall, order_of(("TEA", 1)))

    hold_order(hall, order_id=accepted.order_id, code="fraud", note="second look", actor=ANA)
    release_hold(hall, order_id=accepted.order_id, note="fine", actor=ANA, policy=POLICY)

    assert rows(hall, "SELECT reserved FROM availability WHERE sku = 'TEA'") == [(1,)]
    assert rows(hall, "SELECT count(*) FROM fulfillment_order") == [(1,)]


def test_the_same_reference_from_one_origin_is_an_order_only_once(hall: Session) -> None:
    accept(hall, order_of(("TEA", 1)))

    with pytest.raises(ConflictError, match="S-1 from test was placed before"):
        accept(hall, order_of(("TEA", 1)))


def test_an_unknown_sku_is_named(hall: Session) -> None:
    with pytest.raises(InvalidInputError, match="asks for SOAP, which the catalog does not sell"):
        accept(hall, order_of(("SOAP", 1)))


def test_before_there_is_any_warehouse_orders_wait(session: Session) -> None:
    list_products(session, "TEA")

    accepted = accept(session, order_of(("TEA", 7)))

    assert [(part.warehouse_code, part.state) for part in accepted.parts] == [
        (None, FulfillmentOrderState.BACKORDERED)
    ]
