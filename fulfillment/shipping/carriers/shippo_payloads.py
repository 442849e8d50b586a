"""Shippo's JSON in our words: tolerant of new words, absent fields and nulls, because money may hang on it.

Shippo's own parser raises on an unknown status after the label is paid (JS SDK issue 109), so nothing here
refuses a word it does not know.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fulfillment.core.errors import InvalidInputError
from fulfillment.core.money import Money
from fulfillment.shipping.carriers.protocol import (
    AddressCheck,
    CarrierMessage,
    Manifest,
    ManifestStatus,
    Purchase,
    PurchaseStatus,
    Quote,
    Rate,
    TrackingReport,
)
from fulfillment.shipping.tracking import TrackingScan, position_after, read_status

Json = Mapping[str, Any]
_OBJECT_ID = re.compile(r"[0-9a-f]{32}")
_STATUSES = {
    "WAITING": PurchaseStatus.PENDING,
    "QUEUED": PurchaseStatus.PENDING,
    "SUCCESS": PurchaseStatus.PAID,
    "ERROR": PurchaseStatus.FAILED,
    "REFUNDPENDING": PurchaseStatus.VOID_PENDING,
    "REFUNDED": PurchaseStatus.VOIDED,
    "REFUNDREJECTED": PurchaseStatus.VOID_REFUSED,
}
_VOID_STATUSES = {
    "SUCCESS": PurchaseStatus.VOIDED,
    "ERROR": PurchaseStatus.VOID_REFUSED,
}


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """What a webhook says: a tracking report, a purchase, or nothing we act on."""

    event: str
    is_test: bool
    report: TrackingReport | None = None
    purchase: Purchase | None = None


def is_object_id(value: object) -> bool:
    """Whether a value has the form of Shippo's ids; ids go into addresses, which the SDK does not escape."""
    return isinstance(value, str) and _OBJECT_ID.fullmatch(value) is not None


def require_object_id(value: str) -> None:
    """Nothing happens for an id of Shippo's form.

    Raises:
        InvalidInputError: it is something else, which must not become part of an address.
    """
    if not is_object_id(value):
        raise InvalidInputError("That is no id of the carrier service: 32 hexadecimal digits.")


def read_quote(raw: Json) -> Quote:
    """The offers of a shipment, cheapest first; one that cannot be read becomes a message."""
    shipment_id = _text(raw.get("object_id"))
    rates: list[Rate] = []
    messages = list(read_messages(raw.get("messages")))
    for offered in _objects(raw.get("rates")):
        try:
            rates.append(_read_rate(offered, shipment_id))
        except InvalidInputError as error:
            messages.append(CarrierMessage(_text(offered.get("provider")), "unreadable-rate", error.message))
    rates.sort(key=lambda rate: (rate.price.currency, rate.price.minor, rate.carrier, rate.service))
    return Quote(shipment_id, tuple(rates), tuple(messages))


def read_purchase(raw: Json) -> Purchase:
    """A transaction, whatever its status words are."""
    word = _text(raw.get("status"))
    rate = raw.get("rate")
    return Purchase(
        transaction_id=_text(raw.get("object_id")),
        rate_id=_text(rate.get("object_id") if isinstance(rate, Mapping) else rate),
        status=_purchase_status(word, raw),
        status_text=word,
        metadata=_text(raw.get("metadata")),
        tracking_number=_text(raw.get("tracking_number")),
        label_url=_text(raw.get("label_url")),
        tracking_url=_text(raw.get("tracking_url_provider")),
        created_at=read_instant(raw.get("object_created")),
        messages=read_messages(raw.get("messages")),
        is_test=raw.get("test") is not False,
    )


def read_report(raw: Json) -> TrackingReport:
    """A tracking object; the current status is one more scan beside the history, and often one of it."""
    scans: dict[str, TrackingScan] = {}
    for entry in [*_objects(raw.get("tracking_history")), *_objects([raw.get("tracking_status")])]:
        scan = _read_scan(entry)
        if scan is not None:
            scans[scan.key] = scan
    transaction_id = raw.get("transaction")
    return TrackingReport(
        carrier=_text(raw.get("carrier")).lower(),
        tracking_number=_text(raw.get("tracking_number")),
        transaction_id=str(transaction_id) if is_object_id(transaction_id) else None,
        status=position_after(scans.values()).status,
        scans=tuple(sorted(scans.values(), key=lambda scan: (scan.happened_at, scan.key))),
        eta=read_instant(raw.get("eta")),
    )


def read_webhook(body: Json) -> WebhookMessage:
    """A webhook's message, told by its `event` alone: the SDK takes a transaction for a batch."""
    event, data = _text(body.get("event")), body.get("data")
    is_test = body.get("test") is True
    if not isinstance(data, Mapping):
        return WebhookMessage(event, is_test)
    if event == "track_updated" and _text(data.get("tracking_number")) and "tracking_history" in data:
        return WebhookMessage(event, is_test, report=read_report(data))
    if event in {"transaction_created", "transaction_updated"} and is_object_id(data.get("object_id")):
        return WebhookMessage(event, is_test, purchase=read_purchase(data))
    return WebhookMessage(event, is_test)


def read_void(raw: Json) -> PurchaseStatus:
    """How far a refund of postage is; anything but an end is pending."""
    return _VOID_STATUSES.get(_text(raw.get("status")), PurchaseStatus.VOID_PENDING)


def read_manifest(raw: Json) -> Manifest:
    """A manifest with its documents."""
    try:
        status = ManifestStatus(_text(raw.get("status")).lower())
    except ValueError:
        status = ManifestStatus.QUEUED
    return Manifest(
        manifest_id=_text(raw.get("object_id")),
        status=status,
        document_urls=tuple(_text(url) for url in raw.get("documents") or ()),
        errors=tuple(_error_text(error) for error in raw.get("errors") or ()),
    )


def read_address_check(raw: Json) -> AddressCheck:
    """The verdict on a validated address."""
    results = raw.get("validation_results")
    verdict: Json = results if isinstance(results, Mapping) else {}
    return AddressCheck(
        is_valid=verdict.get("is_valid") is True,
        is_complete=_truth(raw.get("is_complete")),
        is_residential=_truth(raw.get("is_residential")),
        messages=read_messages(verdict.get("messages")),
    )


def read_messages(raw: object) -> tuple[CarrierMessage, ...]:
    """A list of messages; plain texts are messages too."""
    if not isinstance(raw, list):
        return ()
    return tuple(
        CarrierMessage(_text(each.get("source")), _text(each.get("code")), _text(each.get("text")))
        if isinstance(each, Mapping)
        else CarrierMessage("", "", _text(each))
        for each in raw
    )


def read_refusal(raw: object) -> str:
    """The words of a 4xx answer: {"detail": …}, or fields with lists of sentences."""
    if not isinstance(raw, Mapping):
        return "no reason given"
    if "detail" in raw:
        return _text(raw["detail"])
    sentences = [
        f"{name}: {_text(each)}" if name != "__all__" else _text(each)
        for name, given in raw.items()
        for each in (given if isinstance(given, list) else [given])
    ]
    return "; ".join(sentences) or "no reason given"


def read_instant(raw: object) -> datetime | None:
    """An instant; Shippo's test tracking omits the zone, which is UTC."""
    if not isinstance(raw, str) or not raw:
        return None
    try:
        instant = datetime.fromisoformat(raw)
    except ValueError:
        return None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _read_rate(raw: Json, shipment_id: str) -> Rate:
    rate_id = raw.get("object_id")
    if not is_object_id(rate_id):
        raise InvalidInputError("An offer came without a usable id.")
    level = raw.get("servicelevel")
    service: Json = level if isinstance(level, Mapping) else {}
    days, zone = raw.get("estimated_days"), _text(raw.get("zone"))
    return Rate(
        rate_id=str(rate_id),
        shipment_id=_text(raw.get("shipment")) or shipment_id,
        carrier=_text(raw.get("provider")).lower().replace(" ", "_"),
        service=_text(service.get("token")),
        service_name=_text(service.get("name")),
        carrier_account=_text(raw.get("carrier_account")),
        price=Money.parse(_text(raw.get("amount")), _text(raw.get("currency"))),
        estimated_days=days if isinstance(days, int) else None,
        zone=int(zone) if zone.isascii() and zone.isdigit() else None,
        attributes=tuple(_text(each) for each in raw.get("attributes") or ()),
    )


def _read_scan(raw: Json) -> TrackingScan | None:
    """A scan that says when; one without a time cannot be put in order and says nothing."""
    happened_at = read_instant(raw.get("status_date")) or read_instant(raw.get("object_created"))
    if happened_at is None:
        return None
    detail = raw.get("substatus")
    substatus = _text(detail.get("code")) if isinstance(detail, Mapping) else _text(detail)
    place = _place(raw.get("location"))
    status, details = read_status(raw.get("status")), _text(raw.get("status_details"))
    content = f"{status}|{substatus}|{happened_at.isoformat()}|{details}|{place}"
    return TrackingScan(
        key=_text(raw.get("object_id")) or hashlib.sha256(content.encode()).hexdigest()[:32],
        status=status,
        happened_at=happened_at,
        substatus=substatus or None,
        details=details,
        place=place,
    )


def _purchase_status(word: str, raw: Json) -> PurchaseStatus:
    """A new word for a transaction that carries a number or a label is still a paid one."""
    known = _STATUSES.get(word)
    if known is not None:
        return known
    return (
        PurchaseStatus.PAID if raw.get("tracking_number") or raw.get("label_url") else PurchaseStatus.PENDING
    )


def _place(raw: object) -> str:
    if not isinstance(raw, Mapping):
        return ""
    return ", ".join(_text(raw[part]) for part in ("city", "state", "zip", "country") if raw.get(part))


def _objects(raw: object) -> list[Json]:
    return [each for each in raw if isinstance(each, Mapping)] if isinstance(raw, list) else []


def _error_text(raw: object) -> str:
    return _text(raw.get("message") or raw.get("code")) if isinstance(raw, Mapping) else _text(raw)


def _truth(raw: object) -> bool | None:
    return raw if isinstance(raw, bool) else None


def _text(raw: object) -> str:
    return "" if raw is None else str(raw)
