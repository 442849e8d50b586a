"""What the product asks of a carrier service and what it may hear, in our own words.

Every call leaves the process, so none is made inside a transaction. All but `buy` and `void` only read or may
be repeated freely; they raise `CarrierUnavailableError` when the answer is missing and
`CarrierRefusedError` when it is no (both in `carriers.errors`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from fulfillment.core.addresses import Address
from fulfillment.core.money import Money
from fulfillment.shipping.tracking import TrackingScan, TrackingStatus

MAX_METADATA_LENGTH = 100
MAX_REFERENCE_LENGTH = 30
"""The shortest of the carriers' limits for a reference printed on the label (USPS)."""


class LabelFormat(StrEnum):
    """File types of labels that every carrier we use can give."""

    PDF_4X6 = "PDF_4x6"
    PNG = "PNG"
    ZPL = "ZPLII"


@dataclass(frozen=True, slots=True)
class Measures:
    """A packed box: weight and outer sides."""

    weight_g: int
    length_mm: int
    width_mm: int
    height_mm: int


@dataclass(frozen=True, slots=True)
class RateRequest:
    """One shipment to be priced; more than one box makes it multi-piece.

    `is_return` asks for a pay-on-use return label: the addresses stay those of the outbound shipment, the
    carrier service swaps them. `reference` is printed on the label, `metadata` never leaves the service.
    """

    sender: Address
    recipient: Address
    boxes: tuple[Measures, ...]
    metadata: str = ""
    reference: str = ""
    return_to: Address | None = None
    is_return: bool = False
    has_hazard: bool = False
    signature: str | None = None
    insured: Money | None = None
    ship_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CarrierMessage:
    """Something a carrier has to say, such as why it offers no rate."""

    source: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Rate:
    """An offer, valid for seven days. `carrier` and `service` are tokens such as "usps", "ups_ground"."""

    rate_id: str
    shipment_id: str
    carrier: str
    service: str
    service_name: str
    carrier_account: str
    price: Money
    estimated_days: int | None
    zone: int | None = None
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """All offers for a shipment, cheapest first; none may come, and then `messages` say why."""

    shipment_id: str
    rates: tuple[Rate, ...]
    messages: tuple[CarrierMessage, ...]


class PurchaseStatus(StrEnum):
    """What a purchase is, whatever further words the service invents."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    VOID_PENDING = "void_pending"
    VOIDED = "voided"
    VOID_REFUSED = "void_refused"


@dataclass(frozen=True, slots=True)
class Purchase:
    """Postage as the carrier service holds it; `status_text` is its own word."""

    transaction_id: str
    rate_id: str
    status: PurchaseStatus
    status_text: str
    metadata: str
    tracking_number: str
    label_url: str
    tracking_url: str
    created_at: datetime | None
    messages: tuple[CarrierMessage, ...] = ()
    is_test: bool = True

    @property
    def is_live(self) -> bool:
        """Whether it is paid and can be stuck on a parcel: the thing a parcel has at most one of."""
        return self.status in {PurchaseStatus.PAID, PurchaseStatus.VOID_REFUSED}


@dataclass(frozen=True, slots=True)
class Bought:
    """Postage is paid for. The label file may still be missing: that is another matter."""

    purchase: Purchase


@dataclass(frozen=True, slots=True)
class Pending:
    """The service took the order and has not finished it; ask for the purchase again."""

    purchase: Purchase


@dataclass(frozen=True, slots=True)
class NotBought:
    """Certainly nothing was paid. `is_rate_gone` asks for a new quote, `may_repeat` for another call."""

    reason: str
    is_rate_gone: bool = False
    may_repeat: bool = False
    messages: tuple[CarrierMessage, ...] = ()


@dataclass(frozen=True, slots=True)
class InDoubt:
    """Nobody here knows whether it was done. Never call again: look it up after a quiet period."""

    reason: str


PurchaseOutcome = Bought | Pending | NotBought | InDoubt


@dataclass(frozen=True, slots=True)
class VoidAccepted:
    """The service takes the postage back; the money comes later, see `void_status`."""

    refund_id: str
    status: PurchaseStatus


@dataclass(frozen=True, slots=True)
class VoidRefused:
    """The postage stays paid, for a reason such as that it was used."""

    reason: str


VoidOutcome = VoidAccepted | VoidRefused | InDoubt


@dataclass(frozen=True, slots=True)
class TrackingReport:
    """All scans of one parcel that the carrier service knows, earliest first."""

    carrier: str
    tracking_number: str
    transaction_id: str | None
    status: TrackingStatus
    scans: tuple[TrackingScan, ...]
    eta: datetime | None = None


@dataclass(frozen=True, slots=True)
class ManifestRequest:
    """Parcels that one carrier account takes from one address on one day."""

    carrier_account: str
    sender: Address
    ship_at: datetime
    transaction_ids: tuple[str, ...]


class ManifestStatus(StrEnum):
    """Where a manifest is; an unknown word counts as queued."""

    QUEUED = "queued"
    SUCCESS = "success"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Manifest:
    """A close-out list for the carrier's driver; the documents are addresses of PDF files."""

    manifest_id: str
    status: ManifestStatus
    document_urls: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AddressCheck:
    """What the carrier service makes of an address; None where it does not know."""

    is_valid: bool
    is_complete: bool | None
    is_residential: bool | None
    messages: tuple[CarrierMessage, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelFile:
    """A label's bytes, of a type that was read from the bytes themselves."""

    media_type: str
    sha256: str
    content: bytes = field(repr=False)


class Carrier(Protocol):
    """A service that sells postage of several carriers."""

    def quote(self, request: RateRequest) -> Quote:
        """The offers for a shipment; it creates the shipment at the service and costs nothing."""
        ...

    def buy(
        self, *, rate_id: str, metadata: str, label_format: LabelFormat = LabelFormat.PDF_4X6
    ) -> PurchaseOutcome:
        """Pay for an offer, at most once per call. Two calls for one offer are two payments."""
        ...

    def read_purchase(self, transaction_id: str) -> Purchase:
        """A purchase as it is now."""
        ...

    def find_purchases(self, rate_id: str, *, metadata: str | None = None) -> tuple[Purchase, ...]:
        """Every purchase made of an offer, oldest first; those with our metadata only, if it is given."""
        ...

    def list_recent(self, *, since: datetime) -> Iterator[Purchase]:
        """The purchases made since an instant, newest first, one page per call as they are consumed."""
        ...

    def void(self, transaction_id: str) -> VoidOutcome:
        """Ask for the money of unused postage back."""
        ...

    def void_status(self, transaction_id: str) -> PurchaseStatus:
        """How far a void has come, read from the purchase itself."""
        ...

    def track(self, carrier: str, tracking_number: str) -> TrackingReport:
        """Where a parcel is."""
        ...

    def manifest(self, request: ManifestRequest) -> Manifest:
        """Close out parcels; the carrier's driver scans the one document."""
        ...

    def read_manifest(self, manifest_id: str) -> Manifest:
        """A manifest as it is now."""
        ...

    def check_address(self, address: Address) -> AddressCheck:
        """What the carriers think of an address."""
        ...

    def fetch_label(self, url: str) -> LabelFile:
        """The bytes of a label or manifest; its address expires, so fetch it at once."""
        ...

    def ensure_webhook(self, url: str, *, event: str = "track_updated") -> str:
        """The id of the one registration that sends an event to an address; repeated calls add none."""
        ...
