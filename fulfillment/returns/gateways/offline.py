"""Refunds that a person pays by other means: a check, cash, an account credit, a transfer.

Nothing is sent anywhere. The outcome depends on the order alone, so that a job run twice records the same.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from fulfillment.returns.gateways.protocol import (
    LookUpOutcome,
    NotFound,
    Paid,
    ProviderRefund,
    RefundOrder,
    RefundOutcome,
    Refused,
)


class OfflineGateway:
    """The gateway of tenders that no provider handles."""

    @property
    def name(self) -> str:
        """The provider's name as refund parts record it."""
        return "offline"

    @property
    def keeps_keys_for(self) -> timedelta | None:
        """For ever: the outcome is the same each time."""
        return None

    def send_refund(self, order: RefundOrder) -> RefundOutcome:
        """It counts as paid under a reference that names its key, unless it exceeds what was captured."""
        if order.amount.minor <= 0:
            return Refused("invalid-amount", "A refund is more than nothing.")
        if order.captured is not None and order.amount.minor > order.captured.minor:
            return Refused("over-refund", f"{order.amount} is more than the {order.captured} captured.")
        return Paid(f"offline-{order.key}", order.amount)

    def look_up_refund(self, key: str) -> LookUpOutcome:
        """Not found: this gateway remembers nothing, and sending the key again records the same."""
        assert key, "a key is never empty"
        return NotFound()

    def list_refunds(self, *, since: datetime) -> Iterator[ProviderRefund]:
        """None: there is no provider to compare with."""
        assert since.tzinfo is not None, "instants are aware"
        return iter(())
