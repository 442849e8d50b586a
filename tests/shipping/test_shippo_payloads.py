"""Shippo's JSON, in every shape it was seen in."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.shipping.carriers.protocol import ManifestStatus, PurchaseStatus
from fulfillment.shipping.carriers.shippo_payloads import (
    read_instant,
    read_manifest,
    read_purchase,
    read_quote,
    read_refusal,
    read_report,
    read_webhook,
)
from fulfillment.shipping.tracking import TrackingStatus

ID = "ab" * 16
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.dictionaries(
    st.sampled_from(
        [
            "object_id",
            "status",
            "rate",
            "rates",
            "messages",
            "tracking_status",
            "tracking_history",
            "substatus",
            "location",
            "carrier",
            "tracking_number",
            "metadata",
            "event",
            "data",
            "transaction",
            "object_created",
        ]
    ),
    JSON,
)


@given(FIELDS)
def test_no_shape_of_an_answer_makes_the_reader_fail(raw: dict[str, Any]) -> None:
    assert read_purchase(raw).status in PurchaseStatus
    assert read_report(raw).status in TrackingStatus
    assert read_quote(raw).rates == ()
    assert read_webhook({"event": "track_updated", "data": raw}).event == "track_updated"


@pytest.mark.parametrize(
    ("word", "more", "status"),
    [
        ("SUCCESS", {}, PurchaseStatus.PAID),
        ("QUEUED", {}, PurchaseStatus.PENDING),
        ("ERROR", {"tracking_number": "1Z"}, PurchaseStatus.FAILED),
        ("REFUNDED", {}, PurchaseStatus.VOIDED),
        ("PURCHASED", {"tracking_number": "1Z"}, PurchaseStatus.PAID),
        ("PURCHASED", {}, PurchaseStatus.PENDING),
        (None, {"label_url": "https://x"}, PurchaseStatus.PAID),
    ],
)
def test_a_new_word_with_a_label_is_paid(
    word: str | None, more: dict[str, str], status: PurchaseStatus
) -> None:
    assert read_purchase({"object_id": ID, "status": word, **more}).status is status


def test_an_offer_that_cannot_be_read_becomes_a_message_and_the_others_stand() -> None:
    good = {
        "object_id": ID,
        "amount": "5.50",
        "currency": "USD",
        "provider": "DHL Express",
        "servicelevel": {"token": "x"},
        "estimated_days": None,
    }

    quote = read_quote({"object_id": ID, "rates": [{**good, "amount": None}, good]})

    assert [(rate.carrier, rate.price.minor, rate.estimated_days) for rate in quote.rates] == [
        ("dhl_express", 550, None)
    ]
    assert [message.code for message in quote.messages] == ["unreadable-rate"]


def test_a_scan_that_is_both_current_and_history_counts_once_and_one_without_time_not_at_all() -> None:
    scan = {"object_id": ID, "status": "TRANSIT", "status_date": "2026-03-02T08:00:00Z"}

    report = read_report(
        {
            "carrier": "USPS",
            "tracking_number": "9",
            "tracking_status": scan,
            "tracking_history": [scan, {"object_id": "cd" * 16, "status": "DELIVERED", "status_date": None}],
        }
    )

    assert [found.key for found in report.scans] == [ID]
    assert (report.carrier, report.status) == ("usps", TrackingStatus.TRANSIT)


def test_a_scan_without_an_id_has_the_same_key_each_time() -> None:
    scan = {
        "status": "TRANSIT",
        "status_date": "2026-03-02T08:00:00",
        "substatus": {"code": "package_accepted"},
    }

    first = read_report({"tracking_history": [scan]}).scans[0]
    again = read_report({"tracking_history": [scan]}).scans[0]

    assert first.key == again.key
    assert len(first.key) == 32


def test_a_transaction_webhook_is_told_by_its_event() -> None:
    message = read_webhook(
        {"event": "transaction_updated", "test": True, "data": {"object_id": ID, "status": "REFUNDED"}}
    )

    assert message.is_test
    assert message.report is None
    assert message.purchase is not None
    assert message.purchase.status is PurchaseStatus.VOIDED


@pytest.mark.parametrize("data", ["batch-id", None, [], {"object_id": "../"}])
def test_a_webhook_we_do_not_act_on_is_still_named(data: object) -> None:
    message = read_webhook({"event": "transaction_created", "data": data})

    assert (message.event, message.report, message.purchase) == ("transaction_created", None, None)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"detail": "Not found."}, "Not found."),
        ({"rate": ["expired", "gone"]}, "rate: expired; rate: gone"),
        ({"__all__": ["no"]}, "no"),
        ({}, "no reason given"),
        (None, "no reason given"),
    ],
)
def test_a_refusal_is_said_in_its_own_words(body: object, sentence: str) -> None:
    assert read_refusal(body) == sentence


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-02T08:00:00Z", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2026-03-02T08:00:00", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("2026-03-02T09:00:00+01:00", datetime(2026, 3, 2, 8, tzinfo=UTC)),
        ("", None),
        ("soon", None),
        (None, None),
    ],
)
def test_an_instant_without_a_zone_is_utc(text: str | None, instant: datetime | None) -> None:
    assert read_instant(text) == instant


def test_an_unknown_word_for_a_manifest_is_not_yet_an_end() -> None:
    assert read_manifest({"object_id": ID, "status": "THINKING"}).status is ManifestStatus.QUEUED
