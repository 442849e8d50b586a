import uuid

import pytest
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError
from fulfillment.flows.refund_goodwill import refund_goodwill
from fulfillment.flows.request_return import WantedReturn
from tests.flows.goods_back import EVA, POLICY, Sent, ask, one, rows, send, set_up


@pytest.fixture
def sent(session: Session) -> Sent:
    set_up(session)
    return send(session, ("SOAP", 3), shipping_minor=500)


def please(
    session: Session,
    sent: Sent,
    *,
    units: int = 1,
    percent: int = 100,
    with_shipping: bool = False,
    note: str = "late",
) -> uuid.UUID:
    wanted = [WantedReturn(sent.lines["SOAP"], units)] if units else []
    return refund_goodwill(
        session,
        order_id=sent.order_id,
        wanted=wanted,
        percent=percent,
        with_shipping=with_shipping,
        note=note,
        actor=EVA,
        policy=POLICY,
    )


def test_a_share_of_the_price_goes_back_and_the_buyer_keeps_the_goods(session: Session, sent: Sent) -> None:
    refund_id = please(session, sent, units=2, percent=25)

    assert rows(session, "SELECT cause, state, amount_minor, return_id FROM refund") == [
        ("goodwill", "proposed", 500, None)
    ]
    assert rows(session, "SELECT units, percent FROM refund_line WHERE refund_id = :id", id=refund_id) == [
        (2, 25)
    ]
    assert rows(session, "SELECT id FROM return_authorization") == []


def test_the_shipping_alone_goes_back_once(session: Session, sent: Sent) -> None:
    please(session, sent, units=0, with_shipping=True)

    with pytest.raises(ConflictError, match="Nothing is left to refund"):
        please(session, sent, units=0, with_shipping=True)

    assert one(session, "SELECT sum(amount_minor) FROM refund") == 500


def test_units_refunded_as_goodwill_do_not_come_back_for_money_again(session: Session, sent: Sent) -> None:
    please(session, sent, units=2)

    with pytest.raises(ConflictError, match="1 can come back"):
        ask(session, sent, SOAP=2)
    with pytest.raises(ConflictError, match="2 of them are returned or refunded"):
        please(session, sent, units=2)

    assert one(session, "SELECT count(*) FROM refund") == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"note": " "}, "Say why"),
        ({"percent": 0}, "give 1 to 100"),
        ({"percent": 101}, "give 1 to 100"),
        ({"units": 0}, "Choose units, the shipping, or both"),
        ({"units": -1}, "are no part of the order"),
    ],
)
def test_a_goodwill_without_sense_is_refused_and_nothing_is_written(
    session: Session, sent: Sent, given: dict[str, object], words: str
) -> None:
    with pytest.raises(InvalidInputError, match=words):
        please(session, sent, **given)  # type: ignore[arg-type]  # the keywords of `please`

    assert one(session, "SELECT count(*) FROM refund") == 0
