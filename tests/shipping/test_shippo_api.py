"""The carrier adapter with the official SDK, against the sandbox courier over HTTP."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import requests

from fulfillment.core.addresses import Address
from fulfillment.core.errors import InvalidInputError
from fulfillment.core.money import Money
from fulfillment.sandbox.purchases import sell
from fulfillment.sandbox.server import RunningCourier
from fulfillment.shipping.carriers.errors import CarrierRefusedError, CarrierUnavailableError
from fulfillment.shipping.carriers.protocol import (
    Bought,
    InDoubt,
    ManifestRequest,
    ManifestStatus,
    Measures,
    NotBought,
    Pending,
    PurchaseStatus,
    Rate,
    RateRequest,
    VoidAccepted,
    VoidRefused,
)
from fulfillment.shipping.carriers.shippo_api import ShippoCarrier
from fulfillment.shipping.tracking import TrackingStatus

DOCK = Address(
    name="Shipping", company="Made-up Co", street1="1 Dock Rd", city="Columbus", state="OH", zip="43217"
)
ANN = Address(name="Ann Example", street1="350 5th Ave", city="New York", state="NY", zip="10001")
BOX = Measures(weight_g=900, length_mm=250, width_mm=200, height_mm=100)
NEVER = "0" * 32


def _request(recipient: Address = ANN, *boxes: Measures, **more: object) -> RateRequest:
    return RateRequest(DOCK, recipient, boxes or (BOX,), **more)  # type: ignore[arg-type] # tests pass what they name


def _cheapest(carrier: ShippoCarrier) -> Rate:
    return carrier.quote(_request()).rates[0]


def _bought(carrier: ShippoCarrier, metadata: str = "intent-1") -> Bought:
    outcome = carrier.buy(rate_id=_cheapest(carrier).rate_id, metadata=metadata)
    assert isinstance(outcome, Bought)
    return outcome


def _fault(courier: RunningCourier, name: str, **fault: float) -> None:
    courier.courier.faults.set({name: {"times": 1, **fault}})


def _impatient(courier: RunningCourier) -> ShippoCarrier:
    """An adapter that gives up before a slow answer comes, which takes a second."""
    return ShippoCarrier(token="shippo_test_only", api_url=courier.url, read_timeout_s=0.5)


def _charged(courier: RunningCourier) -> int:
    return int(courier.courier.storage.read("SELECT count(*) AS n FROM purchase")[0]["n"])


def test_offers_come_cheapest_first_with_money_days_and_zone(carrier: ShippoCarrier) -> None:
    quote = carrier.quote(_request(metadata="P-1", reference="P-1"))

    first = quote.rates[0]
    assert (first.carrier, first.service, first.price) == ("usps", "usps_ground_advantage", Money(901, "USD"))
    assert (first.estimated_days, first.zone, first.attributes) == (3, 4, ("CHEAPEST", "BESTVALUE"))
    assert first.shipment_id == quote.shipment_id
    assert [rate.price.minor for rate in quote.rates] == sorted(rate.price.minor for rate in quote.rates)
    assert {rate.carrier for rate in quote.rates} == {"usps", "ups", "fedex"}


def test_a_heavy_box_is_cheaper_with_another_carrier_than_a_light_one(carrier: ShippoCarrier) -> None:
    light = carrier.quote(_request(ANN, Measures(200, 200, 150, 50))).rates[0]
    heavy = carrier.quote(_request(ANN, Measures(18_000, 400, 300, 300))).rates[0]

    assert light.carrier == "usps"
    assert heavy.carrier == "fedex"


def test_only_the_post_offers_to_deliver_to_a_box(carrier: ShippoCarrier) -> None:
    po_box = Address(name="Ann", street1="PO Box 12", city="New York", state="NY", zip="10001")

    quote = carrier.quote(_request(po_box))

    assert {rate.carrier for rate in quote.rates} == {"usps"}
    assert "UPS does not deliver to PO boxes or military addresses." in {each.text for each in quote.messages}


def test_no_offer_says_why(carrier: ShippoCarrier) -> None:
    nowhere = Address(name="Ann", street1="1 Road", city="New York", state="NY", zip="00000")

    quote = carrier.quote(_request(nowhere))

    assert quote.rates == ()
    assert quote.messages[0].text == "Recipient address is invalid: ZIP 00000 does not exist."


def test_a_hazard_goes_by_ground_only(carrier: ShippoCarrier) -> None:
    quote = carrier.quote(_request(has_hazard=True))

    assert {rate.service for rate in quote.rates} == {
        "usps_ground_advantage",
        "ups_ground",
        "fedex_home_delivery",
    }


def test_too_long_a_reference_is_refused_before_it_is_cut_off_on_the_label(carrier: ShippoCarrier) -> None:
    with pytest.raises(InvalidInputError, match="at most 30"):
        carrier.quote(_request(reference="P" * 31))


def test_a_bought_label_has_a_number_a_file_and_our_metadata(carrier: ShippoCarrier) -> None:
    purchase = _bought(carrier, "intent-1").purchase

    assert purchase.status is PurchaseStatus.PAID
    assert purchase.is_live
    assert purchase.metadata == "intent-1"
    assert purchase.tracking_number.startswith("9205590000")
    assert purchase.label_url.endswith(".pdf")
    assert carrier.read_purchase(purchase.transaction_id) == purchase


def test_two_calls_are_two_labels_and_the_look_up_tells_whose(carrier: ShippoCarrier) -> None:
    rate_id = _cheapest(carrier).rate_id
    carrier.buy(rate_id=rate_id, metadata="intent-1")
    carrier.buy(rate_id=rate_id, metadata="intent-2")

    found = carrier.find_purchases(rate_id)
    mine = carrier.find_purchases(rate_id, metadata="intent-2")

    assert [purchase.metadata for purchase in found] == ["intent-1", "intent-2"]
    assert mine == found[1:]


@pytest.mark.parametrize("fault", ["unknown_enum", "object_tracking_status", "no_created_by", "http_200"])
def test_an_answer_the_sdk_cannot_read_is_still_a_bought_label(
    carrier: ShippoCarrier, courier: RunningCourier, fault: str
) -> None:
    rate_id = _cheapest(carrier).rate_id
    _fault(courier, fault)

    outcome = carrier.buy(rate_id=rate_id, metadata="intent-1")

    assert isinstance(outcome, Bought)
    assert outcome.purchase.tracking_number != ""
    assert _charged(courier) == 1


@pytest.mark.parametrize("fault", ["drop_after_charge", "error_after_charge", "html", "slow_after_charge"])
def test_a_lost_answer_is_doubt_and_the_look_up_finds_the_one_label(
    carrier: ShippoCarrier, courier: RunningCourier, fault: str
) -> None:
    rate_id = _cheapest(carrier).rate_id
    _fault(courier, fault)

    outcome = _impatient(courier).buy(rate_id=rate_id, metadata="intent-1")

    assert isinstance(outcome, InDoubt)
    assert [found.status for found in carrier.find_purchases(rate_id, metadata="intent-1")] == [
        PurchaseStatus.PAID
    ]
    assert _charged(courier) == 1


@pytest.mark.parametrize("fault", ["drop_before_charge", "error_before_charge"])
def test_a_failure_that_might_have_charged_is_doubt_even_if_it_did_not(
    carrier: ShippoCarrier, courier: RunningCourier, fault: str
) -> None:
    rate_id = _cheapest(carrier).rate_id
    _fault(courier, fault)

    outcome = carrier.buy(rate_id=rate_id, metadata="intent-1")

    assert isinstance(outcome, InDoubt)
    assert carrier.find_purchases(rate_id) == ()
    assert _charged(courier) == 0


def test_a_late_charge_is_not_found_at_once_and_is_found_later(
    carrier: ShippoCarrier, courier: RunningCourier
) -> None:
    rate_id = _cheapest(carrier).rate_id
    _fault(courier, "late_charge", delay_s=3600)

    outcome = carrier.buy(rate_id=rate_id, metadata="intent-1")
    at_once = carrier.find_purchases(rate_id)
    with courier.courier.storage.transaction() as database:
        database.execute("UPDATE purchase SET visible_at = 0")
    later = carrier.find_purchases(rate_id)

    assert isinstance(outcome, InDoubt)
    assert at_once == ()
    assert [purchase.metadata for purchase in later] == ["intent-1"]


def test_a_queued_label_is_pending_until_it_is_paid_or_failed(
    carrier: ShippoCarrier, courier: RunningCourier
) -> None:
    rate_id = _cheapest(carrier).rate_id
    _fault(courier, "queued", delay_s=0)
    good = carrier.buy(rate_id=rate_id, metadata="intent-1")
    _fault(courier, "queued_then_error", delay_s=0)
    bad = carrier.buy(rate_id=rate_id, metadata="intent-2")

    assert isinstance(good, Pending)
    assert isinstance(bad, Pending)
    assert good.purchase.label_url == ""
    assert carrier.read_purchase(good.purchase.transaction_id).status is PurchaseStatus.PAID
    assert carrier.read_purchase(bad.purchase.transaction_id).status is PurchaseStatus.FAILED


def test_a_carriers_refusal_is_certainly_no_purchase(carrier: ShippoCarrier, courier: RunningCourier) -> None:
    rate_id = _cheapest(carrier).rate_id
    _fault(courier, "refuse")

    outcome = carrier.buy(rate_id=rate_id, metadata="intent-1")

    assert outcome == NotBought(
        "The carrier refused to make the label.",
        messages=outcome.messages if isinstance(outcome, NotBought) else (),
    )


def test_an_unknown_or_expired_rate_asks_for_a_new_quote(
    carrier: ShippoCarrier, courier: RunningCourier
) -> None:
    rate_id = _cheapest(carrier).rate_id
    unknown = carrier.buy(rate_id=NEVER, metadata="intent-1")
    courier.courier.clock.advance(timedelta(days=7, seconds=1).total_seconds())
    expired = carrier.buy(rate_id=rate_id, metadata="intent-1")

    assert unknown == NotBought(f"rate: Rate with supplied object_id {NEVER} not found.", is_rate_gone=True)
    assert expired == NotBought(
        "rate: Rate has expired: it is older than 7 days. Request new rates.", is_rate_gone=True
    )


def test_too_many_requests_and_a_dead_address_may_be_repeated(
    carrier: ShippoCarrier, courier: RunningCourier
) -> None:
    rate_id = _cheapest(carrier).rate_id
    _fault(courier, "too_many")
    nobody = ShippoCarrier(token="shippo_test_only", api_url="http://127.0.0.1:1")

    assert carrier.buy(rate_id=rate_id, metadata="i") == NotBought("Request was throttled.", may_repeat=True)
    assert nobody.buy(rate_id=rate_id, metadata="i") == NotBought(
        "The carrier service cannot be reached.", may_repeat=True
    )


def test_a_wrong_token_buys_nothing(carrier: ShippoCarrier, courier: RunningCourier) -> None:
    rate_id = _cheapest(carrier).rate_id
    stranger = ShippoCarrier(token="shippo_live_stranger", api_url=courier.url)

    outcome = stranger.buy(rate_id=rate_id, metadata="intent-1")

    assert outcome == NotBought("Authentication credentials were not provided.")
    with pytest.raises(CarrierRefusedError) as refusal:
        stranger.quote(_request())
    assert refusal.value.detail == {"status": 401}


@pytest.mark.parametrize("transaction_id", ["../refunds/", "", "A" * 32, "1" * 31])
def test_an_id_that_is_none_never_becomes_part_of_an_address(
    carrier: ShippoCarrier, transaction_id: str
) -> None:
    with pytest.raises(InvalidInputError, match="32 hexadecimal digits"):
        carrier.read_purchase(transaction_id)


def test_a_void_is_taken_once_answered_twice_and_paid_back_later(
    carrier: ShippoCarrier, courier: RunningCourier
) -> None:
    transaction_id = _bought(carrier).purchase.transaction_id

    first = carrier.void(transaction_id)
    again = carrier.void(transaction_id)
    courier.courier.clock.advance(61)

    assert isinstance(first, VoidAccepted)
    assert first.status is PurchaseStatus.VOID_PENDING
    assert again == VoidAccepted("", PurchaseStatus.VOID_PENDING)
    assert carrier.void_status(transaction_id) is PurchaseStatus.VOIDED


@pytest.mark.parametrize("fault", ["void_drop_after", "void_error_after"])
def test_a_void_whose_answer_is_lost_is_settled_by_the_purchase(
    carrier: ShippoCarrier, courier: RunningCourier, fault: str
) -> None:
    transaction_id = _bought(carrier).purchase.transaction_id
    _fault(courier, fault)

    outcome = carrier.void(transaction_id)

    assert isinstance(outcome, InDoubt)
    assert carrier.void_status(transaction_id) is PurchaseStatus.VOID_PENDING


def test_used_postage_is_not_taken_back(carrier: ShippoCarrier, courier: RunningCourier) -> None:
    transaction_id = _bought(carrier).purchase.transaction_id
    requests.post(f"{courier.url}/control/handover", json={}, timeout=5)

    outcome = carrier.void(transaction_id)

    assert outcome == VoidRefused("The label has been used and can not be refunded.")


def test_a_void_the_carrier_rejects_leaves_the_label_live(
    carrier: ShippoCarrier, courier: RunningCourier
) -> None:
    transaction_id = _bought(carrier).purchase.transaction_id
    _fault(courier, "void_rejected")
    carrier.void(transaction_id)
    courier.courier.clock.advance(61)

    purchase = carrier.read_purchase(transaction_id)

    assert purchase.status is PurchaseStatus.VOID_REFUSED
    assert purchase.is_live


def test_recent_purchases_are_listed_over_all_pages_back_to_the_instant(
    carrier: ShippoCarrier, courier: RunningCourier
) -> None:
    rate_id = _cheapest(carrier).rate_id
    for number in range(3):
        sell(courier.courier, {"rate": rate_id, "metadata": f"old-{number}"})
    courier.courier.clock.advance(3600)
    since = datetime.fromtimestamp(courier.courier.clock.now() - 60, UTC)
    for number in range(205):
        sell(courier.courier, {"rate": rate_id, "metadata": f"new-{number}"})

    recent = [purchase.metadata for purchase in carrier.list_recent(since=since)]

    assert recent == [f"new-{number}" for number in reversed(range(205))]


def test_a_manifest_hands_parcels_over_and_gives_a_document(
    carrier: ShippoCarrier, courier: RunningCourier
) -> None:
    rate = _cheapest(carrier)
    outcome = carrier.buy(rate_id=rate.rate_id, metadata="intent-1")
    assert isinstance(outcome, Bought)
    order = ManifestRequest(
        carrier_account=rate.carrier_account,
        sender=DOCK,
        ship_at=datetime(2026, 3, 2, 17, tzinfo=UTC),
        transaction_ids=(outcome.purchase.transaction_id,),
    )

    manifest = carrier.manifest(order)
    again = carrier.manifest(order)
    before = carrier.track("usps", outcome.purchase.tracking_number).status
    courier.courier.clock.advance(3 * 3600 + 1)
    after = carrier.track("usps", outcome.purchase.tracking_number).status

    assert manifest.status is ManifestStatus.SUCCESS
    assert carrier.read_manifest(manifest.manifest_id) == manifest
    assert carrier.fetch_label(manifest.document_urls[0]).media_type == "application/pdf"
    assert again.status is ManifestStatus.ERROR
    assert again.errors == (f"Transaction {outcome.purchase.transaction_id} is already on a manifest.",)
    assert (before, after) == (TrackingStatus.PRE_TRANSIT, TrackingStatus.TRANSIT)


def test_a_parcel_is_tracked_from_the_label_to_the_door(
    carrier: ShippoCarrier, courier: RunningCourier
) -> None:
    purchase = _bought(carrier).purchase
    requests.post(f"{courier.url}/control/handover", json={}, timeout=5)
    courier.courier.clock.advance(timedelta(days=7).total_seconds())

    report = carrier.track("usps", purchase.tracking_number)

    assert report.status is TrackingStatus.DELIVERED
    assert report.transaction_id == purchase.transaction_id
    assert [scan.substatus for scan in report.scans] == [
        "information_received",
        "package_accepted",
        "package_departed",
        "package_arrived",
        "out_for_delivery",
        "delivered",
    ]


def test_times_without_a_zone_are_utc_and_unknown_numbers_know_nothing(carrier: ShippoCarrier) -> None:
    pretended = carrier.track("shippo", "SHIPPO_TRANSIT")
    unknown = carrier.track("usps", "9205590000000000000000")

    assert pretended.status is TrackingStatus.TRANSIT
    assert pretended.scans[0].happened_at.tzinfo is UTC
    assert (unknown.status, unknown.scans) == (TrackingStatus.UNKNOWN, ())


def test_a_number_that_could_leave_its_place_in_the_address_is_refused(carrier: ShippoCarrier) -> None:
    with pytest.raises(InvalidInputError, match="no carrier token and tracking number"):
        carrier.track("usps", "../../transactions")


def test_an_address_is_judged_with_the_reason(carrier: ShippoCarrier) -> None:
    good = carrier.check_address(ANN)
    bad = carrier.check_address(Address(name="Ann", street1="1 Road", city="X", state="CA", zip="10001"))

    assert (good.is_valid, good.is_complete, good.messages) == (True, True, ())
    assert not bad.is_valid
    assert bad.messages[0].text == "ZIP 10001 lies in NY, not in CA"


def test_a_webhook_is_registered_once_however_often_it_is_ensured(
    carrier: ShippoCarrier, courier: RunningCourier
) -> None:
    first = carrier.ensure_webhook("http://127.0.0.1:1/hook")
    again = carrier.ensure_webhook("http://127.0.0.1:1/hook")

    assert first == again
    assert len(courier.courier.storage.read("SELECT * FROM webhook")) == 1


def test_a_service_that_fails_is_unavailable_and_says_no_address_of_anybody(
    carrier: ShippoCarrier, courier: RunningCourier
) -> None:
    _fault(courier, "rates_error")

    with pytest.raises(CarrierUnavailableError) as failure:
        carrier.quote(_request())

    assert failure.value.detail == {"status": 503}
    assert "Ann" not in str(failure.value)


def test_a_slow_quote_is_given_up_after_the_time_out(carrier: ShippoCarrier, courier: RunningCourier) -> None:
    _cheapest(carrier)
    _fault(courier, "rates_slow")

    with pytest.raises(CarrierUnavailableError) as failure:
        _impatient(courier).quote(_request())

    assert failure.value.detail == {"kind": "ReadTimeout"}


def test_one_adapter_serves_many_threads_without_mixing_their_answers(
    carrier: ShippoCarrier, courier: RunningCourier
) -> None:
    rate_id = _cheapest(carrier).rate_id
    courier.courier.faults.set({"drop_after_charge": {"probability": 0.2}}, seed=3)
    intents = [f"intent-{number}" for number in range(60)]

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda each: carrier.buy(rate_id=rate_id, metadata=each), intents))

    told = [outcome.purchase.metadata if isinstance(outcome, Bought) else None for outcome in outcomes]
    assert all(metadata in {None, intent} for metadata, intent in zip(told, intents, strict=True))
    assert 0 < told.count(None) < 30
    assert sorted(found.metadata for found in carrier.find_purchases(rate_id)) == sorted(intents)


def test_the_sdk_is_not_imported_until_a_call_needs_it() -> None:
    program = (
        "import sys; from fulfillment.shipping.carriers.shippo_api import ShippoCarrier;"
        "ShippoCarrier(token='shippo_test_x'); print('shippo' in sys.modules)"
    )

    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "False"
