"""A payment provider in memory that pays a key once and sometimes loses its answer."""
# ruff: noqa: ARG002 - the protocol names the arguments, also those a double has no use for

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from fulfillment.returns.gateways.protocol import (
    GatewayUnavailableError,
    LookUpOutcome,
    NotFound,
    Paid,
    ProviderRefund,
    RefundOrder,
    RefundOutcome,
    Refused,
    Unknown,
)


class Mishap(StrEnum):
    """How the next refund goes wrong."""

    ANSWER_LOST = "answer lost"
    REQUEST_LOST = "request lost"
    REFUSED = "refused"


@dataclass
class ForgetfulGateway:
    """Pays each key once; each call meets the next mishap that was ordered."""

    mishaps: list[Mishap] = field(default_factory=list)
    is_away: bool = False
    paid: dict[str, RefundOrder] = field(default_factory=dict)
    calls: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def name(self) -> str:
        return "sandbox"

    @property
    def keeps_keys_for(self) -> timedelta | None:
        return timedelta(hours=24)

    def given_minor(self, payment_ref: str) -> int:
        """What went back of a payment, by the provider's own books."""
        return sum(each.amount.minor for each in self.paid.values() if each.payment_ref == payment_ref)

    def send_refund(self, order: RefundOrder) -> RefundOutcome:
        with self._lock:
            self.calls += 1
            mishap = self.mishaps.pop(0) if self.mishaps else None
            if mishap is Mishap.REQUEST_LOST:
                return Unknown("the line went dead before the provider heard")
            if order.key not in self.paid:
                if mishap is Mishap.REFUSED:
                    return Refused("declined", "the card is closed")
                self.paid[order.key] = order
        if mishap is Mishap.ANSWER_LOST:
            return Unknown("the line went dead after the provider paid")
        return Paid(f"refund-{order.key}", order.amount)

    def look_up_refund(self, key: str) -> LookUpOutcome:
        if self.is_away:
            raise GatewayUnavailableError("The provider is away.")
        order = self.paid.get(key)
        return NotFound() if order is None else Paid(f"refund-{key}", order.amount)

    def list_refunds(self, *, since: datetime) -> Iterator[ProviderRefund]:
        return iter(())
