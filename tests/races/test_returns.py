"""Many clients after the last unit, the last cent, the same refund: each on a connection of its own."""

import uuid
from functools import partial

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.core.errors import ConflictError
from fulfillment.flows.finish_refund import conclude_refund
from fulfillment.flows.receive_return import receive_return_units
from fulfillment.flows.refund_order import approve_refund
from fulfillment.flows.request_return import ReturnAnswer
from fulfillment.flows.send_refund import SentRefund, send_refund
from fulfillment.returns.gateways.offline import OfflineGateway
from fulfillment.store.session import InTransaction
from tests.flows.goods_back import POLICY, Sent, ask, come_back, give_back, inspect, rows, send, set_up
from tests.races.crowds import run_together
from tests.warehouse.halls import ANA, BEN

CROWD = 8


def set_up_and_send(session: Session, *lines: tuple[str, int]) -> Sent:
    set_up(session)
    return send(session, *lines)


def read(in_transaction: InTransaction, query: str) -> list[tuple[object, ...]]:
    return in_transaction(lambda session: rows(session, query))


def test_the_last_unit_is_announced_in_one_of_many_returns(in_transaction: InTransaction) -> None:
    sent = in_transaction(lambda session: set_up_and_send(session, ("SOAP", 1)))

    def request() -> ReturnAnswer:
        return in_transaction(lambda session: ask(session, sent, SOAP=1))

    answers = run_together([request] * CROWD)

    assert sum(isinstance(answer, ReturnAnswer) for answer in answers) == 1
    assert sum(isinstance(answer, ConflictError) for answer in answers) == CROWD - 1
    assert read(in_transaction, "SELECT sum(qty_requested) FROM return_line") == [(1,)]


def test_one_of_many_approvals_of_a_refund_counts(in_transaction: InTransaction) -> None:
    sent = in_transaction(lambda session: set_up_and_send(session, ("SOAP", 3)))
    refund_id = in_transaction(lambda session: give_back(session, sent, SOAP=2))

    def approve() -> None:
        in_transaction(lambda session: approve_refund(session, refund_id=refund_id, actor=ANA))

    outcomes = run_together([approve] * CROWD)

    assert outcomes.count(None) == 1
    assert read(in_transaction, "SELECT refunded_minor FROM tender") == [(2_000,)]
    assert read(in_transaction, "SELECT count(*), sum(amount_minor) FROM refund_part") == [(1, 2_000)]
    assert read(in_transaction, "SELECT count(*) FROM job WHERE kind = 'send_refund'") == [(1,)]


def test_two_agents_at_once_never_give_more_than_was_captured(
    in_transaction: InTransaction, engine: Engine
) -> None:
    sent = in_transaction(lambda session: set_up_and_send(session, ("SOAP", 4)))
    refunds = [in_transaction(lambda session: give_back(session, sent, SOAP=2)) for _ in range(2)]
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE tender SET disputed_minor = 1000"))

    def approve(refund_id: uuid.UUID) -> None:
        in_transaction(lambda session: approve_refund(session, refund_id=refund_id, actor=ANA))

    outcomes = run_together([partial(approve, refund_id) for refund_id in refunds])

    assert outcomes.count(None) == 1
    assert read(in_transaction, "SELECT refunded_minor FROM tender") == [(2_000,)]


def test_the_same_scan_from_many_devices_counts_once(in_transaction: InTransaction) -> None:
    sent = in_transaction(lambda session: set_up_and_send(session, ("SOAP", 5)))
    return_id = in_transaction(lambda session: ask(session, sent, SOAP=5)).return_id
    scan_id = uuid.uuid4()

    def scan() -> bool:
        return in_transaction(
            lambda session: (
                receive_return_units(
                    session, return_id=return_id, scan_id=scan_id, sku="SOAP", lot="", qty=1, actor=ANA
                ).is_repeat
            )
        )

    answers = run_together([scan] * CROWD)

    assert sorted(map(bool, answers)) == [False] + [True] * (CROWD - 1)
    assert read(in_transaction, "SELECT qty_received FROM return_line") == [(1,)]


def test_a_unit_of_a_lot_comes_back_in_one_of_two_returns(in_transaction: InTransaction) -> None:
    sent = in_transaction(lambda session: set_up_and_send(session, ("PILLS", 4)))
    returns = [in_transaction(lambda session: ask(session, sent, PILLS=2)).return_id for _ in range(2)]

    def receive(return_id: uuid.UUID) -> None:
        in_transaction(lambda session: come_back(session, return_id, lot="P1", PILLS=2))

    outcomes = run_together([partial(receive, return_id) for return_id in returns])

    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, ConflictError) for outcome in outcomes) == 1


def test_inspectors_at_once_grade_each_unit_once(in_transaction: InTransaction) -> None:
    sent = in_transaction(lambda session: set_up_and_send(session, ("SOAP", 3)))
    return_id = in_transaction(lambda session: ask(session, sent, SOAP=3)).return_id
    in_transaction(lambda session: come_back(session, return_id, SOAP=3))

    def grade() -> uuid.UUID:
        return in_transaction(lambda session: inspect(session, return_id, "SOAP", 1))

    outcomes = run_together([grade] * CROWD)

    assert sum(isinstance(outcome, uuid.UUID) for outcome in outcomes) == 3
    assert read(in_transaction, "SELECT count(*), sum(amount_minor) FROM refund") == [(1, 3_000)]


def test_many_workers_at_one_refund_pay_it_once(in_transaction: InTransaction) -> None:
    sent = in_transaction(lambda session: set_up_and_send(session, ("SOAP", 3)))
    refund_id = in_transaction(lambda session: give_back(session, sent, SOAP=2))
    in_transaction(lambda session: approve_refund(session, refund_id=refund_id, actor=ANA))
    gateways = {"sandbox": OfflineGateway()}

    def pay() -> SentRefund:
        return send_refund(in_transaction, gateways, refund_id=refund_id, actor=BEN, policy=POLICY)

    run_together([pay] * CROWD)
    in_transaction(lambda session: conclude_refund(session, refund_id=refund_id, actor=BEN, policy=POLICY))

    assert read(in_transaction, "SELECT state FROM refund") == [("paid",)]
    assert read(in_transaction, "SELECT refunded_minor FROM tender") == [(2_000,)]
    assert read(in_transaction, "SELECT count(*) FROM volume_event WHERE kind = 'reversed'") == [(2,)]
