from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from fulfillment.core.money import Money
from fulfillment.flows.reconcile_refunds import Difference, ReconciledRefunds, reconcile_refunds
from fulfillment.reads.audit import audit_books
from fulfillment.returns.gateways.http_api import HttpGateway
from fulfillment.returns.gateways.offline import OfflineGateway
from fulfillment.returns.gateways.protocol import RefundGateway
from fulfillment.sandbox.server import RunningPayments, serve_payments
from fulfillment.store.session import InTransaction
from tests.flows.goods_back import POLICY
from tests.flows.test_send_refund import TOKEN, Desk, approved
from tests.warehouse.halls import ANA

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
def payments(tmp_path: Path) -> Iterator[RunningPayments]:
    with serve_payments(tmp_path / "payments", token=TOKEN) as running:
        yield running


@pytest.fixture
def desk(in_transaction: InTransaction, engine: Engine, payments: RunningPayments) -> Desk:
    return Desk(in_transaction, engine, payments, in_transaction(approved))


def reconcile(desk: Desk) -> ReconciledRefunds:
    gateways: dict[str, RefundGateway] = {
        "offline": OfflineGateway(),
        "sandbox": HttpGateway(api_url=desk.payments.url, token=TOKEN),
    }
    return reconcile_refunds(desk.in_transaction, gateways, since=LONG_AGO, actor=ANA, policy=POLICY)


def kinds(found: ReconciledRefunds) -> list[Difference]:
    return [difference.kind for difference in found.differences]


def change(desk: Desk, statement: str) -> None:
    with desk.engine.begin() as connection:
        connection.execute(sa.text(statement))


def pay_behind_our_back(desk: Desk, *, key: str, payment: str = "ch_S-1", amount: str = "5.00") -> None:
    order = {"payment": payment, "amount": amount, "currency": "USD", "refund_key": key}
    desk.payments.payments.capture(payment, Money(3_000, "USD"))
    desk.payments.payments.pay_back(order, key=key)


def test_books_that_agree_have_no_difference(desk: Desk) -> None:
    desk.send()

    found = reconcile(desk)

    assert (found.compared, found.differences) == (1, ())


def test_a_share_in_doubt_that_was_paid_is_settled_with_all_that_follows(desk: Desk) -> None:
    desk.fault("drop_after")
    desk.send()

    first, second = reconcile(desk), reconcile(desk)

    assert (kinds(first), kinds(second)) == ([Difference.SETTLED], [])
    assert first.open_differences == ()
    assert desk.state() == "paid"
    assert desk.rows("SELECT count(*) FROM volume_event WHERE kind = 'reversed'") == [(2,)]


def test_a_share_that_counts_as_failed_but_was_paid_is_set_aside_again(desk: Desk) -> None:
    desk.fault("refuse")
    desk.send()
    part_id = desk.rows("SELECT id FROM refund_part")[0][0]
    pay_behind_our_back(desk, key=str(part_id), amount="20.00")

    found = reconcile(desk)

    assert kinds(found) == [Difference.SETTLED]
    assert desk.state() == "paid"
    assert desk.rows("SELECT refunded_minor FROM tender") == [(2_000,)]


def test_a_refund_that_a_restored_backup_forgot_is_adopted_once(desk: Desk) -> None:
    pay_behind_our_back(desk, key="0190cf24-0000-7000-8000-000000000001")

    first, second = reconcile(desk), reconcile(desk)

    assert (kinds(first), kinds(second)) == ([Difference.ADOPTED], [])
    assert desk.rows("SELECT cause, state, amount_minor FROM refund WHERE cause = 'found'") == [
        ("found", "paid", 500)
    ]
    assert desk.rows("SELECT refunded_minor FROM tender") == [(2_500,)]
    assert desk.in_transaction(audit_books).named == ()


def test_a_refund_beyond_what_was_captured_is_named_for_a_person(desk: Desk) -> None:
    change(desk, "UPDATE tender SET disputed_minor = 1000")
    pay_behind_our_back(desk, key="somebody-elses-key")

    found = reconcile(desk)

    assert [each.kind for each in found.open_differences] == [Difference.BEYOND_CAPTURE]


def test_a_refund_of_a_payment_no_order_has_is_foreign(desk: Desk) -> None:
    pay_behind_our_back(desk, key="somebody-elses-key", payment="ch_other")

    assert kinds(reconcile(desk)) == [Difference.FOREIGN]


def test_another_amount_than_we_sent_is_named(desk: Desk) -> None:
    part_id = desk.rows("SELECT id FROM refund_part")[0][0]
    pay_behind_our_back(desk, key=str(part_id))

    assert kinds(reconcile(desk)) == [Difference.OTHER_AMOUNT]


def test_a_key_that_was_paid_twice_is_named(desk: Desk) -> None:
    desk.send()
    part_id = desk.rows("SELECT id FROM refund_part")[0][0]
    desk.payments.payments.clock.advance(90_000)
    pay_behind_our_back(desk, key=str(part_id), amount="1.00")

    assert kinds(reconcile(desk)) == [Difference.PAID_TWICE, Difference.OTHER_AMOUNT]


def test_a_share_the_provider_does_not_hold_is_named(desk: Desk) -> None:
    desk.send()
    with desk.payments.payments.storage.transaction() as database:
        database.execute("DELETE FROM refund")

    assert kinds(reconcile(desk)) == [Difference.NOT_HELD]
