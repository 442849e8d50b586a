"""An order is cancelled in every state its parts can be in."""

import uuid
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import Session

from fulfillment.core.errors import ConflictError
from fulfillment.flows.accept_order import accept_order
from fulfillment.flows.cancel_order import CancelledOrder, cancel_order
from fulfillment.flows.hold_order import hold_order
from fulfillment.flows.put_back_order import put_back_order
from fulfillment.flows.refund_order import reject_refund
from fulfillment.flows.release_wave import release_wave
from fulfillment.reads.audit import audit_books
from tests.flows.goods_back import (
    POLICY,
    one,
    pick_and_pack,
    place,
    rows,
    send,
    set_up,
    ship,
    units_at,
)
from tests.flows.orders import order_of
from tests.warehouse.halls import ANA


@pytest.fixture
def hall(session: Session) -> Session:
    set_up(session)
    return session


def cancel(session: Session, order_id: uuid.UUID) -> CancelledOrder:
    return cancel_order(session, order_id=order_id, note="changed her mind", actor=ANA, policy=POLICY)


def states(session: Session) -> list[Any]:
    return rows(
        session,
        "SELECT o.state, f.state FROM customer_order o LEFT JOIN fulfillment_order f ON f.order_id = o.id "
        "ORDER BY f.id",
    )


def require_all_undone(session: Session, *, amount_minor: int) -> None:
    assert rows(session, "SELECT coalesce(sum(reserved), 0) FROM availability") == [(0,)]
    assert rows(session, "SELECT coalesce(sum(claimed), 0) FROM balance") == [(0,)]
    assert rows(session, "SELECT cause, state, amount_minor FROM refund") == [
        ("cancellation", "proposed", amount_minor)
    ]
    report = audit_books(session)
    assert report.violations == 0, report.named


def test_a_promised_order_lets_go_of_its_stock_its_volume_and_its_money(hall: Session) -> None:
    order_id = place(hall, ("SOAP", 3), shipping_minor=700)

    cancelled = cancel(hall, order_id)

    assert cancelled.is_whole
    assert states(hall) == [("cancelled", "cancelled")]
    assert rows(hall, "SELECT goods_minor, shipping_minor FROM refund") == [(3_000, 700)]
    assert rows(hall, "SELECT cause_kind, unit_no FROM volume_event WHERE kind = 'reversed' ORDER BY 2") == [
        ("cancellation", 1),
        ("cancellation", 2),
        ("cancellation", 3),
    ]
    require_all_undone(hall, amount_minor=3_700)


def test_a_backordered_order_is_cancelled(hall: Session) -> None:
    order_id = place(hall, ("SOAP", 150))

    cancel(hall, order_id)

    assert states(hall) == [("cancelled", "cancelled"), ("cancelled", "cancelled")]
    require_all_undone(hall, amount_minor=150_000)


def test_a_released_order_has_no_tasks_any_more(hall: Session) -> None:
    order_id = place(hall, ("SOAP", 3))
    release_wave(hall, warehouse_code="CHI", actor=ANA)

    cancel(hall, order_id)

    assert rows(hall, "SELECT DISTINCT state FROM pick_task") == [("cancelled",)]
    require_all_undone(hall, amount_minor=3_000)


def test_a_packed_orders_units_wait_among_the_picked_ones_to_be_put_back(hall: Session) -> None:
    order_id = place(hall, ("SOAP", 3))
    pick_and_pack(hall, order_id)

    cancel(hall, order_id)
    waiting = units_at(hall, "PICKED")
    put_back_order(hall, fulfillment_order_id=one(hall, "SELECT id FROM fulfillment_order"), actor=ANA)

    assert rows(hall, "SELECT state FROM parcel") == [("cancelled",)]
    assert waiting == {("SOAP", ""): 3}
    assert units_at(hall, "PICKED") == {}
    assert rows(hall, "SELECT sellable, reserved FROM availability WHERE sku = 'SOAP'") == [(100, 0)]
    require_all_undone(hall, amount_minor=3_000)


def test_a_kits_parts_are_cancelled_with_it_and_paid_back_once(hall: Session) -> None:
    order_id = place(hall, ("SET", 2))

    cancelled = cancel(hall, order_id)

    assert sorted(cancelled.units.values()) == [2, 2, 4]
    assert rows(hall, "SELECT units FROM refund_line") == [(2,)]
    require_all_undone(hall, amount_minor=2_000)


def test_a_held_order_that_was_accepted_before_is_cancelled(hall: Session) -> None:
    order_id = place(hall, ("SOAP", 1))
    hold_order(hall, order_id=order_id, code="fraud", note="second look", actor=ANA)

    cancel(hall, order_id)

    assert rows(hall, "SELECT state, hold_code FROM customer_order") == [("cancelled", None)]
    require_all_undone(hall, amount_minor=1_000)


def test_an_order_held_for_payment_gives_back_no_more_than_was_paid(hall: Session) -> None:
    request = order_of(("SOAP", 3))
    paid = replace(request, tenders=(replace(request.tenders[0], captured_minor=1_200),))
    order_id = accept_order(hall, request=paid, actor=ANA, policy=POLICY).order_id

    cancel(hall, order_id)

    assert states(hall) == [("cancelled", None)]
    require_all_undone(hall, amount_minor=1_200)


def test_an_order_nobody_paid_is_cancelled_without_a_refund(hall: Session) -> None:
    request = order_of(("SOAP", 3), tenders=())
    order_id = accept_order(hall, request=request, actor=ANA, policy=POLICY).order_id

    cancelled = cancel(hall, order_id)

    assert cancelled.refund_id is None
    assert states(hall) == [("cancelled", None)]


@pytest.mark.parametrize("is_delivered", [False, True])
def test_what_has_left_is_not_cancelled(hall: Session, is_delivered: bool) -> None:
    sent = send(hall, ("SOAP", 1), is_delivered=is_delivered)

    with pytest.raises(ConflictError, match="authorize a return instead"):
        cancel(hall, sent.order_id)

    assert rows(hall, "SELECT count(*) FROM refund") == [(0,)]


def test_only_what_is_still_here_of_an_order_is_cancelled(hall: Session) -> None:
    order_id = place(hall, ("SOAP", 150), shipping_minor=700)
    ship(hall, pick_and_pack(hall, order_id))

    cancelled = cancel(hall, order_id)

    assert not cancelled.is_whole
    assert sorted(states(hall)) == [("accepted", "cancelled"), ("accepted", "shipped")]
    assert rows(hall, "SELECT goods_minor, shipping_minor FROM refund") == [(50_000, 0)]
    assert rows(hall, "SELECT count(*) FROM volume_event WHERE kind = 'reversed'") == [(50,)]
    with pytest.raises(ConflictError):
        cancel(hall, order_id)


def test_an_order_is_cancelled_once(hall: Session) -> None:
    order_id = place(hall, ("SOAP", 3))
    cancel(hall, order_id)

    with pytest.raises(ConflictError, match="Nothing of order"):
        cancel(hall, order_id)

    require_all_undone(hall, amount_minor=3_000)


def test_a_rejected_refund_of_a_cancelled_order_reverses_no_volume_twice(hall: Session) -> None:
    order_id = place(hall, ("SOAP", 2))
    cancelled = cancel(hall, order_id)
    assert cancelled.refund_id is not None

    reject_refund(hall, refund_id=cancelled.refund_id, note="paid in cash", actor=ANA)

    assert rows(hall, "SELECT count(*) FROM volume_event WHERE kind = 'reversed'") == [(2,)]
