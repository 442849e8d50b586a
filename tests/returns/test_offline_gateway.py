"""Refunds that a person pays."""

from datetime import UTC, datetime

from fulfillment.core.money import Money
from fulfillment.returns.gateways.offline import OfflineGateway
from fulfillment.returns.gateways.protocol import NotFound, Paid, RefundOrder, Refused

TEN = Money(1000, "USD")


def test_the_same_order_has_the_same_outcome_each_time() -> None:
    order = RefundOrder("key-1", "cash", Money(600, "USD"), TEN)
    gateway = OfflineGateway()

    first, again = gateway.send_refund(order), OfflineGateway().send_refund(order)

    assert first == again == Paid("offline-key-1", Money(600, "USD"))


def test_more_than_was_captured_and_nothing_are_refused() -> None:
    gateway = OfflineGateway()

    too_much = gateway.send_refund(RefundOrder("key-1", "cash", Money(1001, "USD"), TEN))
    nothing = gateway.send_refund(RefundOrder("key-2", "cash", Money(0, "USD"), TEN))

    assert too_much == Refused("over-refund", "10.01 USD is more than the 10.00 USD captured.")
    assert nothing == Refused("invalid-amount", "A refund is more than nothing.")


def test_it_remembers_nothing_and_its_keys_hold_for_ever() -> None:
    gateway = OfflineGateway()

    assert gateway.look_up_refund("key-1") == NotFound()
    assert gateway.keeps_keys_for is None
    assert list(gateway.list_refunds(since=datetime(2026, 1, 1, tzinfo=UTC))) == []
