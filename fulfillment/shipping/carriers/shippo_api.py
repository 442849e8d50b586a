"""Shippo behind the carrier protocol: the official SDK sends, we read.

The SDK (3.9) builds addresses, bodies and headers. Its parser is passed by, because it raises on new words
after the label is paid and costs up to 98 ms for twenty offers; its retries are never switched on, because
Shippo knows no idempotency key and would sell a second label.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from threading import Lock
from typing import Any, Final
from urllib.parse import urlsplit

import requests

from fulfillment.core.addresses import Address
from fulfillment.core.errors import InvalidInputError
from fulfillment.shipping.carriers import shippo_payloads as payloads
from fulfillment.shipping.carriers.errors import CarrierRefusedError, CarrierUnavailableError
from fulfillment.shipping.carriers.label_files import fetch_label_file
from fulfillment.shipping.carriers.protocol import (
    MAX_METADATA_LENGTH,
    AddressCheck,
    InDoubt,
    LabelFile,
    LabelFormat,
    Manifest,
    ManifestRequest,
    NotBought,
    Purchase,
    PurchaseOutcome,
    PurchaseStatus,
    Quote,
    RateRequest,
    TrackingReport,
    VoidAccepted,
    VoidOutcome,
    VoidRefused,
)
from fulfillment.shipping.carriers.purchase_answers import REFUSED_STATUSES, read_purchase_answer
from fulfillment.shipping.carriers.shippo_payloads import require_object_id
from fulfillment.shipping.carriers.shippo_requests import (
    build_address,
    build_manifest,
    build_purchase,
    build_shipment,
)
from fulfillment.shipping.carriers.shippo_session import (
    CONNECT_TIMEOUT_S,
    READ_TIMEOUT_S,
    Answer,
    CarrierSession,
    RawAnswer,
    RawAnswerHook,
    Sdk,
    unavailable,
    was_never_sent,
)

API_URL: Final = "https://api.goshippo.com"
API_VERSION: Final = "2018-02-08"
LIVE_TOKEN: Final = "shippo_live_"  # noqa: S105 - the public prefix of live tokens, not a token
PAGE_SIZE: Final = 100
MAX_PAGES: Final = 500
_CARRIER_TOKEN = re.compile(r"[a-z0-9_]{2,40}")
_TRACKING_NUMBER = re.compile(r"[0-9A-Za-z_]{4,40}")


class ShippoCarrier:
    """The carrier protocol over Shippo's API, or over the sandbox courier that speaks it.

    One instance serves all threads of a process. The SDK is imported at the first call: it costs 0.85 s and
    38 MB, which a web process that never calls need not pay.
    """

    def __init__(
        self,
        *,
        token: str,
        api_url: str = API_URL,
        label_hosts: tuple[str, ...] = (),
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
        read_timeout_s: float = READ_TIMEOUT_S,
    ) -> None:
        self._token = token
        self._api_url = api_url.rstrip("/")
        self._label_hosts = frozenset(label_hosts)
        self._session = CarrierSession(connect_timeout_s=connect_timeout_s, read_timeout_s=read_timeout_s)
        self._lock = Lock()
        self._sdk: Sdk | None = None

    def quote(self, request: RateRequest) -> Quote:
        """The offers for a shipment, in one call."""
        return payloads.read_quote(
            self._ask(lambda sdk: sdk.client.shipments.create(build_shipment(sdk.components, request)))
        )

    def buy(
        self, *, rate_id: str, metadata: str, label_format: LabelFormat = LabelFormat.PDF_4X6
    ) -> PurchaseOutcome:
        """Pay for an offer with exactly one POST on a connection of its own."""
        require_object_id(rate_id)
        if not 0 < len(metadata) <= MAX_METADATA_LENGTH:
            raise InvalidInputError(f"A purchase's metadata has 1 to {MAX_METADATA_LENGTH} characters.")
        try:
            answer = self._call(
                lambda sdk: sdk.client.transactions.create(
                    build_purchase(
                        sdk.components, rate_id=rate_id, metadata=metadata, label_format=label_format
                    )
                )
            )
        except requests.RequestException as error:
            if was_never_sent(error):
                return NotBought("The carrier service cannot be reached.", may_repeat=True)
            return InDoubt(type(error).__name__)
        return read_purchase_answer(answer)

    def read_purchase(self, transaction_id: str) -> Purchase:
        """A purchase as it is now."""
        require_object_id(transaction_id)
        return payloads.read_purchase(self._ask(lambda sdk: sdk.client.transactions.get(transaction_id)))

    def find_purchases(self, rate_id: str, *, metadata: str | None = None) -> tuple[Purchase, ...]:
        """Every purchase made of an offer, oldest first."""
        require_object_id(rate_id)
        found = [
            purchase
            for purchase in self._list_purchases(rate=rate_id)
            # The service filters by offer; an answer that ignored the filter must not be adopted.
            if purchase.rate_id == rate_id and metadata in {None, purchase.metadata}
        ]
        oldest = datetime.min.replace(tzinfo=UTC)
        return tuple(sorted(found, key=lambda each: (each.created_at or oldest, each.transaction_id)))

    def list_recent(self, *, since: datetime) -> Iterator[Purchase]:
        """The purchases since an instant; it stops at the first page that holds none of them."""
        fresh_on_page = 0
        for place, purchase in enumerate(self._list_purchases(), start=1):
            if purchase.created_at is None or purchase.created_at >= since:
                fresh_on_page += 1
                yield purchase
            if place % PAGE_SIZE == 0:
                if fresh_on_page == 0:
                    return
                fresh_on_page = 0

    def void(self, transaction_id: str) -> VoidOutcome:
        """Ask for the money back; asking twice is answered like once."""
        require_object_id(transaction_id)
        try:
            # Not RefundRequestBody: the SDK nests it silently and Shippo then finds no transaction.
            answer = self._call(
                lambda sdk: sdk.client.refunds.create(transaction=transaction_id, async_=False)
            )
        except requests.RequestException as error:
            if was_never_sent(error):
                raise unavailable(error) from error
            return InDoubt(type(error).__name__)
        if answer.status == 429:
            raise CarrierUnavailableError("The carrier service asks for patience.", status=429)
        if answer.status in REFUSED_STATUSES:
            return self._settle_refused_void(transaction_id, payloads.read_refusal(answer.body))
        if answer.is_success and isinstance(answer.body, dict) and answer.body.get("object_id"):
            return VoidAccepted(str(answer.body["object_id"]), payloads.read_void(answer.body))
        return InDoubt(f"The answer to the void had status {answer.status} and could not be read.")

    def void_status(self, transaction_id: str) -> PurchaseStatus:
        """How far a void has come, read from the purchase itself."""
        return self.read_purchase(transaction_id).status

    def track(self, carrier: str, tracking_number: str) -> TrackingReport:
        """Where a parcel is."""
        if not _CARRIER_TOKEN.fullmatch(carrier) or not _TRACKING_NUMBER.fullmatch(tracking_number):
            raise InvalidInputError("That is no carrier token and tracking number.", carrier=carrier)
        return payloads.read_report(
            self._ask(
                lambda sdk: sdk.client.tracking_status.get(tracking_number=tracking_number, carrier=carrier)
            )
        )

    def manifest(self, request: ManifestRequest) -> Manifest:
        """Close out parcels of one account, address and day."""
        for transaction_id in request.transaction_ids:
            require_object_id(transaction_id)
        return payloads.read_manifest(
            self._ask(lambda sdk: sdk.client.manifests.create(build_manifest(sdk.components, request)))
        )

    def read_manifest(self, manifest_id: str) -> Manifest:
        """A manifest as it is now."""
        require_object_id(manifest_id)
        return payloads.read_manifest(self._ask(lambda sdk: sdk.client.manifests.get(manifest_id)))

    def check_address(self, address: Address) -> AddressCheck:
        """What the carriers think of an address."""
        return payloads.read_address_check(
            self._ask(
                lambda sdk: sdk.client.addresses.create(build_address(sdk.components, address, validate=True))
            )
        )

    def fetch_label(self, url: str) -> LabelFile:
        """The bytes of a label or manifest."""
        parts = urlsplit(self._api_url)
        own_origin = None if self._api_url == API_URL else f"{parts.scheme}://{parts.netloc}"
        return fetch_label_file(url, allowed_hosts=self._label_hosts, own_origin=own_origin)

    def ensure_webhook(self, url: str, *, event: str = "track_updated") -> str:
        """The id of the one registration that sends an event to an address."""
        known = self._ask(lambda sdk: sdk.client.webhooks.list_webhooks())
        for hook in known.get("results") or ():
            if hook.get("url") == url and hook.get("event") == event and hook.get("active") is not False:
                return str(hook.get("object_id"))
        created = self._ask(
            lambda sdk: sdk.client.webhooks.create_webhook(
                sdk.components.WebhookUpdateRequest(
                    event=sdk.components.WebhookEventTypeEnum(event),
                    url=url,
                    active=True,
                    is_test=not self._token.startswith(LIVE_TOKEN),
                )
            )
        )
        return str(created.get("object_id"))

    def _list_purchases(self, **filters: str) -> Iterator[Purchase]:
        """All pages, asked for by number: a `next` address could lead to another host."""
        for page in range(1, MAX_PAGES + 1):
            listing = self._ask(partial(_list_page, page=page, filters=filters))
            results = listing.get("results") or []
            yield from (payloads.read_purchase(each) for each in results)
            if not results or not listing.get("next"):
                return
        raise CarrierUnavailableError(f"The carrier service lists more than {MAX_PAGES} pages.")

    def _settle_refused_void(self, transaction_id: str, reason: str) -> VoidOutcome:
        """A second void is refused although the first one works: the purchase itself says which it was."""
        status = self.read_purchase(transaction_id).status
        if status in {PurchaseStatus.VOID_PENDING, PurchaseStatus.VOIDED}:
            return VoidAccepted("", status)
        return VoidRefused(reason)

    def _ask(self, deed: Callable[[Sdk], object]) -> dict[str, Any]:
        """The JSON object of a call that may be repeated.

        Raises:
            CarrierRefusedError: the service said no (4xx).
            CarrierUnavailableError: no answer, a server error, too many requests, or no JSON.
        """
        try:
            answer = self._call(deed)
        except requests.RequestException as error:
            raise unavailable(error) from error
        if answer.is_success and isinstance(answer.body, dict):
            return answer.body
        if 400 <= answer.status < 500 and answer.status != 429:
            reason = payloads.read_refusal(answer.body)
            raise CarrierRefusedError(f"The carrier service refused: {reason}.", status=answer.status)
        raise CarrierUnavailableError("The carrier service gave no usable answer.", status=answer.status)

    def _call(self, deed: Callable[[Sdk], object]) -> Answer:
        """The raw answer to one call of the SDK; what `requests` raises passes through."""
        try:
            deed(self._connected())
        except RawAnswer as raw:
            return raw.answer
        raise AssertionError("the SDK returned although its hook hands every answer to us")

    def _connected(self) -> Sdk:
        with self._lock:
            if self._sdk is None:
                import shippo  # type: ignore[import-untyped]  # noqa: PLC0415 - start-up cost
                from shippo.models import (  # type: ignore[import-untyped]  # noqa: PLC0415 - start-up cost
                    components,
                    operations,
                )

                client = shippo.Shippo(
                    api_key_header=self._token,
                    shippo_api_version=API_VERSION,
                    server_url=self._api_url,
                    client=self._session,
                )
                hooks = client.sdk_configuration.get_hooks()
                hooks.register_after_success_hook(RawAnswerHook())
                hooks.register_after_error_hook(RawAnswerHook())
                self._sdk = Sdk(client, components, operations)
            return self._sdk


def _list_page(sdk: Sdk, *, page: int, filters: Mapping[str, str]) -> object:
    order = sdk.operations.ListTransactionsRequest(page=page, results=PAGE_SIZE, **filters)
    return sdk.client.transactions.list(order)
