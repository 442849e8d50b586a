"""What the product asks of a payment provider when money goes back, and what it may hear.

A refund part's id is its key at the provider for ever. Sending one key twice pays once, as long as the
provider remembers the key; after that only asking is safe. An answer that was lost is `Unknown`, and stays so
until the provider is asked: time alone never turns it into a failure.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Protocol

from fulfillment.core.errors import UnavailableError
from fulfillment.core.money import Money


class GatewayUnavailableError(UnavailableError):
    """The provider did not answer a question; asking again is safe."""

    code: ClassVar[str] = "gateway-unavailable"


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """Money to send back to one tender: `key` is the refund part's id, `payment_ref` the captured payment."""

    key: str
    payment_ref: str
    amount: Money
    captured: Money | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Paid:
    """The provider has paid; `provider_ref` is its own id of the refund."""

    provider_ref: str
    amount: Money
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Certainly nothing was paid, and the same order would be refused again."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody here knows whether it was paid, or it is not paid yet: look it up later, never assume."""

    reason: str
    provider_ref: str | None = None


@dataclass(frozen=True, slots=True)
class NotFound:
    """The provider holds no refund of this key: it was never sent, or got lost before it arrived."""


RefundOutcome = Paid | Refused | Unknown
LookUpOutcome = Paid | Refused | Unknown | NotFound


@dataclass(frozen=True, slots=True)
class ProviderRefund:
    """A refund as the provider holds it, for comparing with ours."""

    key: str
    provider_ref: str
    payment_ref: str
    status: str
    amount: Money
    created_at: datetime | None


class RefundGateway(Protocol):
    """A provider that sends money back."""

    @property
    def name(self) -> str:
        """The provider's name as refund parts record it."""
        ...

    @property
    def keeps_keys_for(self) -> timedelta | None:
        """How long one key is surely paid once; None means for ever. Beyond it, look up and never send."""
        ...

    def send_refund(self, order: RefundOrder) -> RefundOutcome:
        """Pay, at most once per key however often it is called within `keeps_keys_for`."""
        ...

    def look_up_refund(self, key: str) -> LookUpOutcome:
        """What became of a key.

        Raises:
            GatewayUnavailableError: the provider did not answer.
        """
        ...

    def list_refunds(self, *, since: datetime) -> Iterator[ProviderRefund]:
        """The refunds the provider holds since an instant, newest first.

        Raises:
            GatewayUnavailableError: the provider did not answer.
        """
        ...
