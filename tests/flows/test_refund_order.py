import uuid
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, ForbiddenError, InvalidInputError, NotAllowedEdgeError
from fulfillment.flows.refund_order import approve_refund, reject_refund
from fulfillment.orders.disputes import close_dispute, open_dispute
from fulfillment.orders.kinds import TenderKind
from fulfillment.orders.requests import TenderRequest
from fulfillment.reads.audit import audit_books
from fulfillment.store.clock import read_now
from tests.flows.goods_back import POLICY, ask, come_back, give_back, inspect, one, rows, send, set_up
from tests.warehouse.halls import ANA, BEN, NOON

SMALL = replace(POLICY, refund_second_person_above_minor=2_500)


@pytest.fixture
def hall(session: Session) -> Session:
    set_up(session)
    return session


def dispute(session: Session, amount_minor: int, *, name: str = "dp_1") -> uuid.UUID:
    noted = open_dispute(
        session,
        provider="sandbox",
        payment_ref="ch_S-1",
        dispute_ref=name,
        amount_minor=amount_minor,
        reason="fraudulent",
        actor=ANA,
        now=NOON,
    )
    return noted.dispute_id


def test_an_approved_refund_is_set_aside_and_promised_to_a_job(hall: Session) -> None:
    refund_id = give_back(hall, send(hall, ("SOAP", 3)), SOAP=2)

    approve_refund(hall, refund_id=refund_id, actor=ANA)

    assert rows(hall, "SELECT refunded_minor FROM tender") == [(2_000,)]
    assert rows(hall, "SELECT state, provider, amount_minor FROM refund_part") == [
        ("pending", "sandbox", 2_000)
    ]
    assert rows(hall, "SELECT payload->>'refund_id' FROM job WHERE kind = 'send_refund'") == [
        (str(refund_id),)
    ]


def test_a_refund_goes_back_to_several_tenders_in_their_order(hall: Session) -> None:
    tenders = (
        TenderRequest(TenderKind.GIFT_CARD, 500, "sandbox", "gift_1"),
        TenderRequest(TenderKind.OFFLINE, 2_500, "offline", None),
    )
    refund_id = give_back(hall, send(hall, ("SOAP", 3), tenders=tenders), SOAP=2)

    approve_refund(hall, refund_id=refund_id, actor=ANA)

    assert rows(hall, "SELECT provider, amount_minor FROM refund_part ORDER BY amount_minor") == [
        ("sandbox", 500),
        ("offline", 1_500),
    ]


def test_above_the_limit_the_proposer_does_not_approve(hall: Session) -> None:
    refund_id = give_back(hall, send(hall, ("SOAP", 11)), SOAP=11)

    with pytest.raises(ForbiddenError, match="somebody other than its proposer"), hall.begin_nested():
        approve_refund(hall, refund_id=refund_id, actor=BEN)
    approve_refund(hall, refund_id=refund_id, actor=ANA)

    assert rows(hall, "SELECT state, approved_by FROM refund") == [("approved", "user:ana")]


def test_a_large_refund_cut_into_small_ones_still_needs_a_second_person(hall: Session) -> None:
    sent = send(hall, ("SOAP", 4))

    for _ in range(2):
        return_id = ask(hall, sent, policy=SMALL, SOAP=2).return_id
        come_back(hall, return_id, SOAP=2)
        inspect(hall, return_id, "SOAP", 2, policy=SMALL)

    assert rows(hall, "SELECT needs_second_person FROM refund ORDER BY id") == [(False,), (True,)]


def test_a_refund_is_approved_once_and_not_rejected_after(hall: Session) -> None:
    refund_id = give_back(hall, send(hall, ("SOAP", 1)), SOAP=1)
    approve_refund(hall, refund_id=refund_id, actor=ANA)

    with pytest.raises(NotAllowedEdgeError):
        approve_refund(hall, refund_id=refund_id, actor=ANA)
    with pytest.raises(NotAllowedEdgeError):
        reject_refund(hall, refund_id=refund_id, note="too late", actor=ANA)


def test_a_rejection_says_why(hall: Session) -> None:
    refund_id = give_back(hall, send(hall, ("SOAP", 1)), SOAP=1)

    with pytest.raises(InvalidInputError, match="Say why"):
        reject_refund(hall, refund_id=refund_id, note="", actor=ANA)


def test_a_dispute_and_a_refund_never_take_more_than_was_captured(hall: Session) -> None:
    refund_id = give_back(hall, send(hall, ("SOAP", 3)), SOAP=2)
    dispute(hall, 1_500)

    with pytest.raises(ConflictError, match="more than its tenders still hold"):
        approve_refund(hall, refund_id=refund_id, actor=ANA)


def test_a_refund_proposed_after_a_dispute_gives_what_is_left(hall: Session) -> None:
    sent = send(hall, ("SOAP", 3))
    dispute(hall, 1_500)

    refund_id = give_back(hall, sent, SOAP=2)
    approve_refund(hall, refund_id=refund_id, actor=ANA)

    assert rows(hall, "SELECT amount_minor FROM refund") == [(1_500,)]
    assert rows(hall, "SELECT refunded_minor, disputed_minor FROM tender") == [(1_500, 1_500)]


def test_a_return_of_goods_whose_money_the_bank_took_gives_nothing(hall: Session) -> None:
    sent = send(hall, ("SOAP", 3))
    dispute(hall, 3_000)
    return_id = ask(hall, sent, SOAP=3).return_id
    come_back(hall, return_id, SOAP=3)

    inspect(hall, return_id, "SOAP", 3)

    assert rows(hall, "SELECT state FROM return_authorization") == [("refused",)]


def test_what_a_dispute_takes_beyond_a_refund_is_named_and_not_counted(hall: Session) -> None:
    refund_id = give_back(hall, send(hall, ("SOAP", 3)), SOAP=2)
    approve_refund(hall, refund_id=refund_id, actor=ANA)

    dispute(hall, 3_000)

    assert rows(hall, "SELECT amount_minor, counted_minor FROM dispute") == [(3_000, 1_000)]
    assert rows(hall, "SELECT refunded_minor, disputed_minor FROM tender") == [(2_000, 1_000)]


def test_a_dispute_told_twice_counts_once_and_with_another_amount_not_at_all(hall: Session) -> None:
    send(hall, ("SOAP", 3))

    assert dispute(hall, 1_000) == dispute(hall, 1_000)
    with pytest.raises(ConflictError, match="told before with other content"):
        dispute(hall, 2_000)

    assert rows(hall, "SELECT disputed_minor FROM tender") == [(1_000,)]


def test_a_dispute_the_company_won_may_be_refunded_again(hall: Session) -> None:
    send(hall, ("SOAP", 3))
    won, lost = dispute(hall, 1_000), dispute(hall, 500, name="dp_2")

    close_dispute(hall, dispute_id=won, is_won=True, actor=ANA, now=NOON)
    close_dispute(hall, dispute_id=lost, is_won=False, actor=ANA, now=NOON)

    assert rows(hall, "SELECT disputed_minor FROM tender") == [(500,)]
    with pytest.raises(ConflictError, match="is won already"):
        close_dispute(hall, dispute_id=won, is_won=True, actor=ANA, now=NOON)


def test_a_refund_is_due_within_five_working_days_of_the_receipt(hall: Session) -> None:
    give_back(hall, send(hall, ("SOAP", 1)), SOAP=1)

    pay_by, today = one(hall, "SELECT pay_by FROM refund"), read_now(hall).date()

    assert 5 <= (pay_by - today).days <= 11


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.integers(1, 3), min_size=1, max_size=4),
    disputed=st.integers(0, 3_500),
    tax=st.integers(0, 333),
)
def test_refunds_never_add_up_to_more_than_was_paid(
    hall: Session, steps: list[int], disputed: int, tax: int
) -> None:
    ref = uuid.uuid4().hex
    sent = send(hall, ("SOAP", 3), ref=ref, shipping_minor=tax)
    left = 3
    for step in steps:
        units = min(step, left)
        if not units:
            break
        left -= units
        return_id = ask(hall, sent, SOAP=units).return_id
        come_back(hall, return_id, SOAP=units)
        inspect(hall, return_id, "SOAP", units)
        if disputed:
            tender = one(hall, "SELECT provider_ref FROM tender WHERE order_id = :id", id=sent.order_id)
            open_dispute(
                hall,
                provider="sandbox",
                payment_ref=tender,
                dispute_ref=uuid.uuid4().hex,
                amount_minor=min(disputed, 3_000),
                reason="",
                actor=ANA,
                now=NOON,
            )
    for (refund_id,) in rows(hall, "SELECT id FROM refund WHERE order_id = :id", id=sent.order_id):
        try:
            with hall.begin_nested():
                approve_refund(hall, refund_id=refund_id, actor=ANA)
        except ConflictError:
            reject_refund(hall, refund_id=refund_id, note="disputed", actor=ANA)

    ((captured, back),) = rows(
        hall,
        "SELECT captured_minor, refunded_minor + disputed_minor FROM tender WHERE order_id = :id",
        id=sent.order_id,
    )
    assert back <= captured
    assert audit_books(hall).named == ()
