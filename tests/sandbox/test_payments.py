"""The gateway over HTTP against the sandbox payment provider."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from fulfillment.core.money import Money
from fulfillment.returns.gateways.http_api import HttpGateway, NotSentError
from fulfillment.returns.gateways.protocol import (
    GatewayUnavailableError,
    NotFound,
    Paid,
    RefundOrder,
    Refused,
    Unknown,
)
from fulfillment.sandbox.server import RunningPayments, serve_payments

TEN = Money(1000, "USD")


def _order(key: str = "key-1", minor: int = 600, *, captured: Money | None = TEN) -> RefundOrder:
    return RefundOrder(key, "pay-1", Money(minor, "USD"), captured, "RF-1")


def _fault(payments: RunningPayments, name: str, **fault: float) -> None:
    requests.post(f"{payments.url}/control/faults", json={"faults": {name: {"times": 1, **fault}}}, timeout=5)


def _state(payments: RunningPayments) -> dict[str, object]:
    state: dict[str, object] = requests.get(f"{payments.url}/control/state", timeout=5).json()
    return state


def test_one_key_pays_once_however_often_it_is_sent(gateway: HttpGateway, payments: RunningPayments) -> None:
    first = gateway.send_refund(_order())
    again = gateway.send_refund(_order())

    assert isinstance(first, Paid)
    assert first.amount == Money(600, "USD")
    assert again == first
    assert _state(payments)["minor"] == {"paid": 600}


def test_more_than_what_is_left_is_refused(gateway: HttpGateway, payments: RunningPayments) -> None:
    gateway.send_refund(_order("key-1", 600))

    outcome = gateway.send_refund(_order("key-2", 401))
    rest = gateway.send_refund(_order("key-3", 400))

    assert outcome == Refused("over-refund", "Only 400 minor units are left to pay back.")
    assert isinstance(rest, Paid)
    assert _state(payments)["payments_over_refunded"] == 0


@pytest.mark.parametrize("fault", ["drop_after", "error_after", "html"])
def test_a_lost_answer_is_unknown_and_asking_says_paid(
    gateway: HttpGateway, payments: RunningPayments, fault: str
) -> None:
    _fault(payments, fault)

    outcome = gateway.send_refund(_order())
    found = gateway.look_up_refund("key-1")
    again = gateway.send_refund(_order())

    assert isinstance(outcome, Unknown)
    assert isinstance(found, Paid)
    assert again == found
    assert _state(payments)["minor"] == {"paid": 600}


@pytest.mark.parametrize("fault", ["drop_before", "error_before"])
def test_a_failure_before_paying_is_unknown_and_asking_finds_nothing(
    gateway: HttpGateway, payments: RunningPayments, fault: str
) -> None:
    _fault(payments, fault)

    outcome = gateway.send_refund(_order())

    assert isinstance(outcome, Unknown)
    assert gateway.look_up_refund("key-1") == NotFound()
    assert isinstance(gateway.send_refund(_order()), Paid)


def test_a_slow_provider_is_unknown_after_the_time_out(
    gateway: HttpGateway, payments: RunningPayments
) -> None:
    _fault(payments, "slow", delay_s=0.8)

    outcome = gateway.send_refund(_order())

    assert outcome == Unknown("ReadTimeout")


def test_a_pending_refund_is_unknown_until_it_is_paid(
    gateway: HttpGateway, payments: RunningPayments
) -> None:
    _fault(payments, "pending", delay_s=3600)

    outcome = gateway.send_refund(_order())
    looked_up = gateway.look_up_refund("key-1")
    with payments.payments.storage.transaction() as database:
        database.execute("UPDATE refund SET settles_at = 0")

    assert outcome == looked_up
    assert isinstance(outcome, Unknown)
    assert outcome.provider_ref is not None
    assert isinstance(gateway.look_up_refund("key-1"), Paid)


def test_a_refused_refund_may_be_sent_again_under_its_key(
    gateway: HttpGateway, payments: RunningPayments
) -> None:
    _fault(payments, "refuse")

    refused = gateway.send_refund(_order())
    looked_up = gateway.look_up_refund("key-1")
    paid = gateway.send_refund(_order())

    assert refused == Refused("declined", "The bank of the tender declines the refund.")
    assert looked_up == refused
    assert isinstance(paid, Paid)
    assert gateway.look_up_refund("key-1") == paid


def test_a_key_that_comes_with_another_order_is_neither_paid_nor_called_refused(
    gateway: HttpGateway, payments: RunningPayments
) -> None:
    gateway.send_refund(_order("key-1", 600))

    outcome = gateway.send_refund(_order("key-1", 300))

    assert isinstance(outcome, Unknown)
    assert _state(payments)["minor"] == {"paid": 600}


def test_a_key_is_forgotten_after_a_day_so_only_asking_is_safe_then(
    gateway: HttpGateway, payments: RunningPayments
) -> None:
    gateway.send_refund(_order("key-1", 400))
    requests.post(f"{payments.url}/control/clock", json={"advance_s": 86_401}, timeout=5)

    found = gateway.look_up_refund("key-1")
    gateway.send_refund(_order("key-1", 400))

    assert isinstance(found, Paid)
    assert _state(payments)["keys_paid_twice"] == 1


def test_an_unknown_payment_is_refused_unless_its_capture_is_told(gateway: HttpGateway) -> None:
    outcome = gateway.send_refund(_order(captured=None))

    assert outcome == Refused("payment-not-found", "There is no payment pay-1.")


def test_nothing_is_sent_to_nobody_or_with_a_wrong_token(payments: RunningPayments) -> None:
    nobody = HttpGateway(api_url="http://127.0.0.1:1", token="x")
    stranger = HttpGateway(api_url=payments.url, token="wrong")

    with pytest.raises(NotSentError):
        nobody.send_refund(_order())
    with pytest.raises(NotSentError):
        stranger.send_refund(_order())
    with pytest.raises(GatewayUnavailableError):
        stranger.look_up_refund("key-1")


def test_a_failed_question_leaves_the_refund_unknown(gateway: HttpGateway, payments: RunningPayments) -> None:
    gateway.send_refund(_order())
    _fault(payments, "lookup_error")

    with pytest.raises(GatewayUnavailableError):
        gateway.look_up_refund("key-1")


def test_all_refunds_are_listed_over_all_pages_newest_first(
    gateway: HttpGateway, payments: RunningPayments
) -> None:
    payments.payments.capture("pay-2", Money(100_000, "USD"))
    for number in range(101):
        order = {"payment": "pay-2", "amount": "1.00", "currency": "USD", "refund_key": f"k{number}"}
        payments.payments.pay_back(order, key=f"k{number}")

    listed = list(gateway.list_refunds(since=datetime(2020, 1, 1, tzinfo=UTC)))

    assert [refund.key for refund in listed] == [f"k{number}" for number in reversed(range(101))]
    assert (listed[0].status, listed[0].amount, listed[0].payment_ref) == ("paid", Money(100, "USD"), "pay-2")


def test_a_restarted_provider_remembers_what_it_paid(tmp_path: Path) -> None:
    with serve_payments(tmp_path) as first:
        paid = HttpGateway(api_url=first.url, token="x").send_refund(_order())
    with serve_payments(tmp_path) as again:
        found = HttpGateway(api_url=again.url, token="x").look_up_refund("key-1")

    assert found == paid
