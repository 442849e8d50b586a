from datetime import timedelta

from sqlmodel import Session

from fulfillment.flows.preview_return import preview_return
from fulfillment.returns.kinds import ReturnReason
from fulfillment.store.clock import advance_clock
from tests.flows.goods_back import POLICY, ask, one, place, send, set_up


def test_the_preview_says_what_asking_would_answer_and_writes_nothing(session: Session) -> None:
    set_up(session)
    sent = send(session, ("SOAP", 2), ("PILLS", 1))

    lines = preview_return(session, order_id=sent.order_id, reason=ReturnReason.DAMAGED, policy=POLICY)
    written = one(session, "SELECT count(*) FROM return_authorization")
    answer = ask(session, sent, reason=ReturnReason.DAMAGED, SOAP=1, PILLS=1)

    assert [(each.line.sku, each.verdict.percent, each.is_open) for each in lines] == [
        ("SOAP", 100, True),
        ("PILLS", 100, True),
    ]
    assert written == 0
    assert answer.why_not == ()


def test_units_in_a_return_are_not_open_again(session: Session) -> None:
    set_up(session)
    sent = send(session, ("SOAP", 1))
    ask(session, sent, SOAP=1)

    (line,) = preview_return(session, order_id=sent.order_id, reason=ReturnReason.UNWANTED, policy=POLICY)

    assert line.verdict.percent == 100
    assert not line.is_open


def test_after_the_window_the_preview_says_when_it_ended(session: Session) -> None:
    set_up(session)
    sent = send(session, ("SOAP", 1))
    advance_clock(session, by=timedelta(days=40))

    (line,) = preview_return(session, order_id=sent.order_id, reason=ReturnReason.UNWANTED, policy=POLICY)

    assert not line.is_open
    assert "the window ended on" in line.verdict.why_not[0]


def test_what_was_not_sent_is_not_listed(session: Session) -> None:
    set_up(session)
    order_id = place(session, ("SOAP", 1))

    assert preview_return(session, order_id=order_id, reason=ReturnReason.UNWANTED, policy=POLICY) == []
