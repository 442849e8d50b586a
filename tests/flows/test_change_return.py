"""Returns that do not go the straight way: run out, partly received, rejected, replaced, never delivered."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError, NotAllowedEdgeError
from fulfillment.core.states import ReturnState
from fulfillment.flows.change_return import (
    cancel_return,
    expire_returns,
    note_return_posted,
    reopen_return,
)
from fulfillment.flows.decide_return import decide_return, propose_return_refund, refuse_return
from fulfillment.flows.receive_parcel_back import receive_parcel_back
from fulfillment.flows.refund_order import approve_refund, reject_refund
from fulfillment.flows.refund_undelivered import refund_undelivered
from fulfillment.flows.replace_return import replace_return
from fulfillment.flows.request_return import WantedReturn
from fulfillment.reads.audit import audit_books
from fulfillment.returns.kinds import Disposition, Grade, ReturnReason
from fulfillment.store.clock import advance_clock
from tests.flows.goods_back import (
    POLICY,
    ask,
    come_back,
    give_back,
    inspect,
    one,
    rows,
    send,
    set_up,
    units_at,
)
from tests.warehouse.halls import ANA, BEN
from tests.warehouse.orders import require_sound_stock


@pytest.fixture
def hall(session: Session) -> Session:
    set_up(session)
    return session


def expire(session: Session, *, after_days: int) -> int:
    advance_clock(session, by=timedelta(days=after_days))
    return expire_returns(session, actor=ANA, policy=POLICY)


def state_of_return(session: Session) -> str:
    state: str = one(session, "SELECT state FROM return_authorization")
    return state


def test_an_authorization_that_ran_out_lets_go_of_its_units(hall: Session) -> None:
    sent = send(hall, ("SOAP", 2))
    ask(hall, sent, SOAP=2)

    expired = [expire(hall, after_days=29), expire(hall, after_days=2), expire(hall, after_days=1)]

    assert expired == [0, 1, 0]
    assert state_of_return(hall) == "expired"
    hall.connection().execute(sa.text("UPDATE parcel SET delivered_at = delivered_at + interval '32 days'"))
    assert ask(hall, sent, SOAP=2).state is ReturnState.AUTHORIZED


def test_goods_that_were_posted_in_time_have_as_long_again_to_arrive(hall: Session) -> None:
    sent = send(hall, ("SOAP", 2))
    return_id = ask(hall, sent, SOAP=2).return_id
    note_return_posted(hall, return_id=return_id, tracking_number="1Z", actor=ANA)

    assert [expire(hall, after_days=31), expire(hall, after_days=30)] == [0, 1]


def test_an_expired_return_is_reopened_at_what_it_promised(hall: Session) -> None:
    sent = send(hall, ("SOAP", 2))
    return_id = ask(hall, sent, SOAP=2).return_id
    expire(hall, after_days=31)

    reopen_return(hall, return_id=return_id, note="it was in the mail", actor=ANA, policy=POLICY)
    come_back(hall, return_id, SOAP=2)
    inspect(hall, return_id, "SOAP", 2)

    assert rows(hall, "SELECT percent, units FROM refund_line") == [(100, 2)]


def test_an_expired_return_is_not_reopened_for_units_of_another_return(hall: Session) -> None:
    sent = send(hall, ("SOAP", 2))
    return_id = ask(hall, sent, SOAP=2).return_id
    hall.connection().execute(
        sa.text("UPDATE return_authorization SET expires_at = now() - interval '1 day'")
    )
    expire(hall, after_days=0)
    ask(hall, sent, SOAP=1)

    with pytest.raises(ConflictError, match="only 1 are not in another return"):
        reopen_return(hall, return_id=return_id, note="late", actor=ANA, policy=POLICY)


def test_a_cancelled_return_takes_no_goods_and_is_cancelled_once(hall: Session) -> None:
    sent = send(hall, ("SOAP", 2))
    return_id = ask(hall, sent, SOAP=2).return_id
    cancel_return(hall, return_id=return_id, note="keeps it", actor=ANA)

    with pytest.raises(ConflictError, match="is cancelled and takes no goods"):
        come_back(hall, return_id, SOAP=1)
    with pytest.raises(NotAllowedEdgeError):
        cancel_return(hall, return_id=return_id, note="again", actor=ANA)


def test_a_person_decides_when_the_rest_of_the_goods_never_comes(hall: Session) -> None:
    sent = send(hall, ("SOAP", 3))
    return_id = ask(hall, sent, SOAP=3).return_id
    come_back(hall, return_id, SOAP=2)
    with pytest.raises(ConflictError, match="2 units wait for inspection"):
        decide_return(hall, return_id=return_id, actor=ANA, policy=POLICY)
    inspect(hall, return_id, "SOAP", 2)
    before = state_of_return(hall)

    decide_return(hall, return_id=return_id, note="the third never came", actor=ANA, policy=POLICY)

    assert (before, state_of_return(hall)) == ("received", "decided")
    assert rows(hall, "SELECT units FROM refund_line") == [(2,)]
    assert ask(hall, sent, SOAP=1).state is ReturnState.AUTHORIZED


def test_a_return_of_which_nothing_came_is_not_decided(hall: Session) -> None:
    sent = send(hall, ("SOAP", 3))
    return_id = ask(hall, sent, SOAP=3).return_id

    with pytest.raises(ConflictError, match="nothing of it has come"):
        decide_return(hall, return_id=return_id, actor=ANA, policy=POLICY)


def test_after_a_rejected_refund_the_return_is_refunded_anew_or_refused(hall: Session) -> None:
    sent = send(hall, ("SOAP", 2))
    refund_id = give_back(hall, sent, SOAP=2)
    return_id = one(hall, "SELECT id FROM return_authorization")
    with pytest.raises(ConflictError, match="Reject its refund first"):
        propose_return_refund(hall, return_id=return_id, actor=ANA, policy=POLICY)

    reject_refund(hall, refund_id=refund_id, note="wrong tender", actor=ANA)
    second_id = propose_return_refund(hall, return_id=return_id, actor=ANA, policy=POLICY)
    assert second_id is not None
    reject_refund(hall, refund_id=second_id, note="fraud", actor=ANA)
    refuse_return(hall, return_id=return_id, note="fraud", actor=ANA)

    assert rows(hall, "SELECT state, amount_minor FROM refund ORDER BY id") == [("rejected", 2_000)] * 2
    assert state_of_return(hall) == "refused"
    assert rows(hall, "SELECT count(*) FROM volume_event WHERE kind = 'reversed'") == [(0,)]


def test_nothing_due_refuses_the_return_with_the_rules_reasons(hall: Session) -> None:
    sent = send(hall, ("SOAP", 1))
    return_id = ask(hall, sent, SOAP=1).return_id
    come_back(hall, return_id, SOAP=1)

    inspect(hall, return_id, "SOAP", 1, grade=Grade.WRONG_GOODS, disposition=Disposition.SCRAP)

    assert state_of_return(hall) == "refused"
    assert rows(
        hall, "SELECT reason FROM state_history WHERE to_state = 'refused' AND object_kind LIKE 'return%'"
    ) == [("ds-customer-30: these are not the goods that were sold",)]
    assert rows(hall, "SELECT count(*) FROM refund") == [(0,)]


def test_a_damaged_unit_is_replaced_at_no_price_and_its_volume_stays(hall: Session) -> None:
    sent = send(hall, ("SOAP", 2))
    return_id = ask(hall, sent, reason=ReturnReason.DAMAGED, SOAP=1).return_id
    come_back(hall, return_id, SOAP=1)
    inspect(hall, return_id, "SOAP", 1, grade=Grade.DAMAGED, disposition=Disposition.SCRAP)

    replaced = replace_return(hall, return_id=return_id, note="broken", actor=ANA, policy=POLICY)

    assert state_of_return(hall) == "replaced"
    assert rows(hall, "SELECT state FROM refund") == [("rejected",)]
    assert rows(
        hall, "SELECT kind, state, total_minor FROM customer_order WHERE id = :id", id=replaced.order_id
    ) == [("replacement", "accepted", 0)]
    assert rows(hall, "SELECT kind, units FROM volume_event") == [("credited", 2)]


def test_a_return_whose_refund_is_approved_is_not_replaced(hall: Session) -> None:
    sent = send(hall, ("SOAP", 2))
    approve_refund(hall, refund_id=give_back(hall, sent, SOAP=1), actor=ANA)
    return_id = one(hall, "SELECT id FROM return_authorization")

    with pytest.raises(ConflictError, match="not approved can be replaced"):
        replace_return(hall, return_id=return_id, note="broken", actor=ANA, policy=POLICY)


def test_a_parcel_nobody_took_comes_back_as_a_return_in_full(hall: Session) -> None:
    sent = send(hall, ("SOAP", 2), ("PILLS", 3), is_delivered=False, shipping_minor=500)
    (parcel_id,) = sent.parcel_ids

    back = receive_parcel_back(hall, parcel_id=parcel_id, actor=BEN, policy=POLICY)
    assert back.return_id is not None
    waiting = units_at(hall, "RETURNS")
    inspect(hall, back.return_id, "SOAP", 2)
    inspect(hall, back.return_id, "PILLS", 3, disposition=Disposition.QUARANTINE)

    assert back.loose == ()
    assert waiting == {("SOAP", ""): 2, ("PILLS", "P1"): 2, ("PILLS", "P2"): 1}
    assert rows(hall, "SELECT state FROM parcel") == [("returned",)]
    assert rows(hall, "SELECT state FROM fulfillment_order") == [("undelivered",)]
    assert rows(hall, "SELECT goods_minor, shipping_minor FROM refund") == [(5_000, 500)]
    require_sound_stock(hall)
    assert audit_books(hall).named == ()


def test_a_parcel_comes_back_once(hall: Session) -> None:
    sent = send(hall, ("SOAP", 2), is_delivered=False)
    receive_parcel_back(hall, parcel_id=sent.parcel_ids[0], actor=BEN, policy=POLICY)

    with pytest.raises(ConflictError, match="is returned"):
        receive_parcel_back(hall, parcel_id=sent.parcel_ids[0], actor=BEN, policy=POLICY)


def test_a_whole_kit_in_a_parcel_that_came_back_is_one_line_of_its_return(hall: Session) -> None:
    sent = send(hall, ("SET", 2), is_delivered=False)

    back = receive_parcel_back(hall, parcel_id=sent.parcel_ids[0], actor=BEN, policy=POLICY)

    assert back.loose == ()
    assert rows(hall, "SELECT sku, qty_received FROM return_line") == [("SET", 2)]
    assert units_at(hall, "RETURNS") == {("PILLS", "P1"): 2, ("SOAP", ""): 4}


def test_parts_of_a_kit_that_is_not_whole_wait_in_quarantine_for_a_person(hall: Session) -> None:
    sent = send(hall, ("SET", 2), is_delivered=False)
    hall.connection().execute(sa.text("UPDATE parcel_line SET qty = 3 WHERE sku = 'SOAP'"))

    back = receive_parcel_back(hall, parcel_id=sent.parcel_ids[0], actor=BEN, policy=POLICY)

    assert back.loose == (("PILLS", "P1", 1), ("SOAP", "", 1))
    assert rows(hall, "SELECT sku, qty_received FROM return_line") == [("SET", 1)]
    assert units_at(hall, "QUARANTINE") == {("PILLS", "P1"): 1, ("SOAP", ""): 1}


def test_units_that_never_arrived_are_refunded_and_cannot_be_returned_besides(hall: Session) -> None:
    sent = send(hall, ("SOAP", 3), is_delivered=False)

    def lose(units: int) -> None:
        refund_undelivered(
            hall,
            order_id=sent.order_id,
            wanted=[WantedReturn(sent.lines["SOAP"], units)],
            note="the carrier has lost it",
            with_shipping=False,
            actor=ANA,
            policy=POLICY,
        )

    lose(2)
    with pytest.raises(ConflictError, match="3 went out, and 2 of them are returned or refunded"):
        lose(2)
    with pytest.raises(ConflictError, match="1 can come back"):
        ask(hall, sent, SOAP=2)

    assert rows(hall, "SELECT cause, amount_minor FROM refund") == [("undelivered", 2_000)]


def test_who_proposes_an_undelivered_refund_says_how_it_is_known(hall: Session) -> None:
    sent = send(hall, ("SOAP", 3))

    with pytest.raises(InvalidInputError, match="say how it is known"):
        refund_undelivered(
            hall,
            order_id=sent.order_id,
            wanted=[WantedReturn(sent.lines["SOAP"], 1)],
            note=" ",
            with_shipping=False,
            actor=ANA,
            policy=POLICY,
        )
