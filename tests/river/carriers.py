"""A carrier service in memory that charges at once and sometimes loses its answer."""
# ruff: noqa: ARG002 - the protocol names the arguments, also those a double has no use for

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from fulfillment.core.addresses import Address
from fulfillment.core.money import Money
from fulfillment.shipping.carriers.errors import CarrierRefusedError, CarrierUnavailableError
from fulfillment.shipping.carriers.protocol import (
    AddressCheck,
    Bought,
    InDoubt,
    LabelFile,
    LabelFormat,
    Manifest,
    ManifestRequest,
    ManifestStatus,
    NotBought,
    Pending,
    Purchase,
    PurchaseOutcome,
    PurchaseStatus,
    Quote,
    Rate,
    RateRequest,
    TrackingReport,
    VoidAccepted,
    VoidOutcome,
    VoidRefused,
)
from fulfillment.shipping.tracking import TrackingStatus

PRICE = Money(895, "USD")


class Mishap(StrEnum):
    """How the next purchase goes wrong."""

    ANSWER_LOST = "answer lost"
    REQUEST_LOST = "request lost"
    PENDING = "pending"
    REFUSED = "refused"


@dataclass
class ForgetfulCarrier:
    """Sells postage of one service at one price; each purchase meets the next mishap that was ordered."""

    mishaps: list[Mishap] = field(default_factory=list)
    refuses_voids: bool = False
    purchases: dict[str, Purchase] = field(default_factory=dict)
    calls: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _quotes: int = 0

    @property
    def live(self) -> set[str]:
        """The purchases that are paid and usable."""
        return {each.transaction_id for each in self.purchases.values() if each.is_live}

    def quote(self, request: RateRequest) -> Quote:
        with self._lock:
            self._quotes += 1
            number = self._quotes
        rate = Rate(
            rate_id=f"rate-{number}",
            shipment_id=f"shipment-{number}",
            carrier="usps",
            service="usps_ground_advantage",
            service_name="Ground Advantage",
            carrier_account="account-1",
            price=PRICE,
            estimated_days=3,
        )
        return Quote(rate.shipment_id, (rate,), ())

    def buy(
        self, *, rate_id: str, metadata: str, label_format: LabelFormat = LabelFormat.PDF_4X6
    ) -> PurchaseOutcome:
        with self._lock:
            self.calls += 1
            mishap = self.mishaps.pop(0) if self.mishaps else None
            if mishap is Mishap.REQUEST_LOST:
                return InDoubt("the line went dead before the carrier heard")
            if mishap is Mishap.REFUSED:
                return NotBought("the account is out of money", may_repeat=True)
            purchase = self._charge(rate_id, metadata, is_pending=mishap is Mishap.PENDING)
        if mishap is Mishap.ANSWER_LOST:
            return InDoubt("the line went dead after the carrier charged")
        return Pending(purchase) if mishap is Mishap.PENDING else Bought(purchase)

    def _charge(self, rate_id: str, metadata: str, *, is_pending: bool) -> Purchase:
        number = len(self.purchases) + 1
        status = PurchaseStatus.PENDING if is_pending else PurchaseStatus.PAID
        purchase = Purchase(
            transaction_id=f"transaction-{number}",
            rate_id=rate_id,
            status=status,
            status_text=status.value,
            metadata=metadata,
            tracking_number=f"92001900{number:014d}",
            label_url=f"https://labels.example/{number}.pdf",
            tracking_url="",
            created_at=datetime.now(UTC),
        )
        self.purchases[purchase.transaction_id] = purchase
        return purchase

    def read_purchase(self, transaction_id: str) -> Purchase:
        return self.purchases[transaction_id]

    def find_purchases(self, rate_id: str, *, metadata: str | None = None) -> tuple[Purchase, ...]:
        with self._lock:
            self._finish_pending()
            found = [each for each in self.purchases.values() if each.rate_id == rate_id]
        return tuple(each for each in found if metadata is None or each.metadata == metadata)

    def _finish_pending(self) -> None:
        for key, each in self.purchases.items():
            if each.status is PurchaseStatus.PENDING:
                self.purchases[key] = replace(each, status=PurchaseStatus.PAID, status_text="paid")

    def list_recent(self, *, since: datetime) -> Iterator[Purchase]:
        return iter(list(reversed(self.purchases.values())))

    def void(self, transaction_id: str) -> VoidOutcome:
        with self._lock:
            if self.refuses_voids:
                return VoidRefused("the parcel is on its way")
            voided = replace(self.purchases[transaction_id], status=PurchaseStatus.VOIDED)
            self.purchases[transaction_id] = voided
        return VoidAccepted(f"void-{transaction_id}", PurchaseStatus.VOIDED)

    def void_status(self, transaction_id: str) -> PurchaseStatus:
        return self.purchases[transaction_id].status

    def track(self, carrier: str, tracking_number: str) -> TrackingReport:
        return TrackingReport(carrier, tracking_number, None, TrackingStatus.UNKNOWN, ())

    def manifest(self, request: ManifestRequest) -> Manifest:
        return Manifest(f"manifest-{'-'.join(request.transaction_ids)}", ManifestStatus.SUCCESS)

    def read_manifest(self, manifest_id: str) -> Manifest:
        return Manifest(manifest_id, ManifestStatus.SUCCESS)

    def check_address(self, address: Address) -> AddressCheck:
        raise CarrierRefusedError("This carrier checks no addresses.")

    def fetch_label(self, url: str) -> LabelFile:
        if not url:
            raise CarrierUnavailableError("There is no file yet.")
        content = b"%PDF-1.4 " + url.encode()
        return LabelFile("application/pdf", hashlib.sha256(content).hexdigest(), content)

    def ensure_webhook(self, url: str, *, event: str = "track_updated") -> str:
        return "webhook-1"
