import uuid

import pytest
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError
from fulfillment.core.states import ReturnState
from fulfillment.flows.receive_return import receive_return_units
from fulfillment.returns.kinds import Disposition, Grade
from tests.flows.goods_back import ask, come_back, inspect, one, rows, send, set_up, units_at
from tests.warehouse.halls import ANA
from tests.warehouse.orders import require_sound_stock


@pytest.fixture
def hall(session: Session) -> Session:
    set_up(session)
    return session


def test_a_return_goes_from_the_request_to_a_proposed_refund(hall: Session) -> None:
    sent = send(hall, ("SOAP", 3))

    answer = ask(hall, sent, SOAP=2)
    come_back(hall, answer.return_id, SOAP=2)
    inspect(hall, answer.return_id, "SOAP", 2)

    assert answer.state is ReturnState.AUTHORIZED
    assert rows(hall, "SELECT state, freight_payer FROM return_authorization") == [("decided", "returner")]
    assert rows(hall, "SELECT state, cause, amount_minor, needs_second_person FROM refund") == [
        ("proposed", "return", 2_000, False)
    ]
    assert rows(hall, "SELECT units, percent, goods_minor FROM refund_line") == [(2, 100, 2_000)]
    assert units_at(hall, "RECEIVING") == {("SOAP", ""): 2}
    require_sound_stock(hall)


def test_a_unit_is_announced_in_one_return_only(hall: Session) -> None:
    sent = send(hall, ("SOAP", 3))
    ask(hall, sent, SOAP=2)

    with pytest.raises(ConflictError, match="of 3 shipped 2 are in a return"):
        ask(hall, sent, SOAP=2)


def test_a_returned_supplement_never_goes_straight_back_to_stock(hall: Session) -> None:
    sent = send(hall, ("PILLS", 1))
    answer = ask(hall, sent, PILLS=1)
    come_back(hall, answer.return_id, PILLS=1)

    with (
        pytest.raises(InvalidInputError, match="A returned supplement cannot go to restock"),
        hall.begin_nested(),
    ):
        inspect(hall, answer.return_id, "PILLS", 1)
    inspect(hall, answer.return_id, "PILLS", 1, disposition=Disposition.QUARANTINE)

    assert units_at(hall, "QUARANTINE") == {("PILLS", "P1"): 1}


def test_the_same_scan_received_twice_counts_once_and_says_so(hall: Session) -> None:
    sent = send(hall, ("SOAP", 2))
    return_id = ask(hall, sent, SOAP=2).return_id
    scan_id = uuid.uuid4()

    answers = [
        receive_return_units(hall, return_id=return_id, scan_id=scan_id, sku="SOAP", lot="", qty=1, actor=ANA)
        for _ in range(2)
    ]

    assert [(answer.waiting, answer.is_repeat) for answer in answers] == [(1, False), (1, True)]
    assert units_at(hall, "RETURNS") == {("SOAP", ""): 1}


def test_a_scan_repeated_after_the_decision_still_gets_its_answer(hall: Session) -> None:
    sent = send(hall, ("SOAP", 1))
    return_id = ask(hall, sent, SOAP=1).return_id
    scan_id = uuid.uuid4()

    def scan() -> bool:
        return receive_return_units(
            hall, return_id=return_id, scan_id=scan_id, sku="SOAP", lot="", qty=1, actor=ANA
        ).is_repeat

    scan()
    inspect(hall, return_id, "SOAP", 1)

    assert scan() is True


def test_more_units_than_announced_are_set_aside(hall: Session) -> None:
    sent = send(hall, ("SOAP", 3))
    return_id = ask(hall, sent, SOAP=1).return_id

    with pytest.raises(ConflictError, match="only 1 more were announced"):
        come_back(hall, return_id, SOAP=2)


def test_more_units_of_a_lot_than_were_sent_never_come_back(hall: Session) -> None:
    sent = send(hall, ("PILLS", 3))
    return_id = ask(hall, sent, PILLS=3).return_id

    with pytest.raises(
        ConflictError, match="3 units of lot P1 of PILLS are wanted, but there are 2 of lot P1"
    ):
        come_back(hall, return_id, lot="P1", PILLS=3)


def test_without_a_lot_the_units_count_as_those_of_the_lots_sent_first(hall: Session) -> None:
    sent = send(hall, ("PILLS", 3))
    return_id = ask(hall, sent, PILLS=3).return_id

    come_back(hall, return_id, PILLS=3)

    assert units_at(hall, "RETURNS") == {("PILLS", "P1"): 2, ("PILLS", "P2"): 1}


def test_the_inspector_says_of_which_lot_the_units_are_where_several_wait(hall: Session) -> None:
    sent = send(hall, ("PILLS", 3))
    return_id = ask(hall, sent, PILLS=3).return_id
    come_back(hall, return_id, PILLS=3)

    with pytest.raises(InvalidInputError, match="Units of the lots P1, P2"), hall.begin_nested():
        inspect(hall, return_id, "PILLS", 1, disposition=Disposition.SCRAP)
    inspect(hall, return_id, "PILLS", 1, lot="P2", disposition=Disposition.SCRAP)

    assert units_at(hall, "SCRAP") == {("PILLS", "P2"): 1}


def test_units_in_different_condition_are_due_different_amounts(hall: Session) -> None:
    sent = send(hall, ("SOAP", 3))
    hall.connection().exec_driver_sql("UPDATE customer_order SET buyer_role = 'distributor'")
    hall.connection().exec_driver_sql("UPDATE parcel SET delivered_at = delivered_at - interval '40 days'")
    return_id = ask(hall, sent, SOAP=3).return_id
    come_back(hall, return_id, SOAP=3)

    inspect(hall, return_id, "SOAP", 2)
    inspect(hall, return_id, "SOAP", 1, grade=Grade.OPENED, disposition=Disposition.SCRAP)

    assert rows(hall, "SELECT units, percent, goods_minor FROM refund_line") == [(2, 90, 1_800)]
    findings = one(hall, "SELECT decision->'findings' FROM return_authorization")
    assert [(f["grade"], f["percent"]) for f in findings] == [("sealed", 90), ("opened", 0)]


def test_a_kit_comes_back_whole_as_its_parts_in_the_lots_they_were_sent_in(hall: Session) -> None:
    sent = send(hall, ("SET", 3))
    return_id = ask(hall, sent, SET=3).return_id
    come_back(hall, return_id, SET=2)
    come_back(hall, return_id, SET=1)

    with pytest.raises(InvalidInputError, match="A returned supplement"), hall.begin_nested():
        inspect(hall, return_id, "SET", 1)
    inspect(hall, return_id, "SET", 1, disposition=Disposition.QUARANTINE)
    inspect(hall, return_id, "SET", 2, disposition=Disposition.SCRAP)

    assert units_at(hall, "RETURNS") == {}
    assert units_at(hall, "QUARANTINE") == {("PILLS", "P1"): 1, ("SOAP", ""): 2}
    assert units_at(hall, "SCRAP") == {("PILLS", "P1"): 1, ("PILLS", "P2"): 1, ("SOAP", ""): 4}
    assert rows(hall, "SELECT amount_minor FROM refund") == [(3_000,)]
    require_sound_stock(hall)
