"""The courier as a server: what it remembers, refuses and can be told."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from typing_extensions import override

from fulfillment.core.addresses import Address
from fulfillment.sandbox.server import RunningCourier, serve_courier
from fulfillment.shipping.carriers.protocol import Bought, Measures, RateRequest
from fulfillment.shipping.carriers.shippo_api import ShippoCarrier
from fulfillment.shipping.carriers.shippo_payloads import read_webhook
from fulfillment.shipping.tracking import TrackingStatus
from fulfillment.shipping.webhook_signatures import SIGNATURE_HEADER, SignatureVerdict, check_signature
from tests.sandbox.conftest import SECRET, TOKEN

DOCK = Address(name="Shipping", street1="1 Dock Rd", city="Columbus", state="OH", zip="43217")
ANN = Address(name="Ann Example", street1="350 5th Ave", city="New York", state="NY", zip="10001")
HEADERS = {"Authorization": f"ShippoToken {TOKEN}"}
WEEK_S = 7 * 86_400


class _Listener(BaseHTTPRequestHandler):
    """Keeps every webhook and answers with the next of the statuses asked for, 202 after the last."""

    received: list[tuple[bytes, str | None]]
    statuses: list[int]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((body, self.headers.get(SIGNATURE_HEADER)))
        self.send_response(self.statuses.pop(0) if self.statuses else 202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Nothing is said."""


@contextmanager
def _listening(*statuses: int) -> Iterator[tuple[str, list[tuple[bytes, str | None]]]]:
    kept: list[tuple[bytes, str | None]] = []
    handler = type("Listener", (_Listener,), {"received": kept, "statuses": list(statuses)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook?token=abc", kept
    finally:
        server.shutdown()
        server.server_close()


def _buy(carrier: ShippoCarrier) -> Bought:
    quote = carrier.quote(RateRequest(DOCK, ANN, (Measures(900, 250, 200, 100),)))
    outcome = carrier.buy(rate_id=quote.rates[0].rate_id, metadata="intent-1")
    assert isinstance(outcome, Bought)
    return outcome


def _control(courier: RunningCourier, path: str, **order: object) -> dict[str, Any]:
    answer = requests.post(f"{courier.url}/control/{path}", json=order, timeout=5)
    body: dict[str, Any] = answer.json()
    return body


def _wait_until_sent(courier: RunningCourier) -> dict[str, Any]:
    for _ in range(400):
        state: dict[str, Any] = requests.get(f"{courier.url}/control/state", timeout=5).json()
        if state["webhooks"]["pending"] == 0:
            return state
        threading.Event().wait(0.02)
    raise AssertionError("webhooks are still pending")


def test_a_killed_courier_has_forgotten_no_purchase(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from fulfillment.sandbox.server import run_courier;"
        "run_courier(port=0, folder=Path(sys.argv[1]))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        bought = _buy(ShippoCarrier(token=TOKEN, api_url=url))
        process.send_signal(signal.SIGKILL)
    with serve_courier(tmp_path) as again:
        found = ShippoCarrier(token=TOKEN, api_url=again.url).read_purchase(bought.purchase.transaction_id)

    assert found.tracking_number == bought.purchase.tracking_number
    assert found.is_live


def test_the_command_ends_cleanly_when_it_is_told_to(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from fulfillment.sandbox.server import run_payments;"
        "run_payments(port=0, folder=Path(sys.argv[1]))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        code = process.wait(10)

    assert code == 0


@pytest.mark.parametrize("authorization", ["", "ShippoToken shippo_live_1", "Bearer shippo_test_1"])
def test_only_a_test_token_gets_in(courier: RunningCourier, authorization: str) -> None:
    answer = requests.get(f"{courier.url}/transactions", headers={"Authorization": authorization}, timeout=5)

    assert answer.status_code == 401
    assert answer.json() == {"detail": "Authentication credentials were not provided."}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/shipments", b"{", 400),
        ("/shipments", b"[]", 400),
        ("/shipments", b"{}", 400),
        ("/transactions", b'{"rate": "x"}', 400),
        ("/transactions", b'{"rate": "x", "metadata": "' + b"m" * 101 + b'"}', 400),
        ("/refunds", b'{"transaction": "x"}', 400),
        ("/nowhere", b"{}", 404),
        ("/refunds/", b"{}", 405),
    ],
)
def test_bad_orders_are_refused_in_json(courier: RunningCourier, path: str, body: bytes, status: int) -> None:
    answer = requests.post(courier.url + path, data=body, headers=HEADERS, timeout=5)

    assert answer.status_code == status
    assert isinstance(answer.json(), dict)


def test_a_parcel_stays_where_it_is_until_the_driver_has_it(
    courier: RunningCourier, carrier: ShippoCarrier
) -> None:
    number = _buy(carrier).purchase.tracking_number
    _control(courier, "clock", advance_s=WEEK_S)
    waiting = carrier.track("usps", number).status

    handed = _control(courier, "handover", tracking_numbers=[number])
    again = _control(courier, "handover", tracking_numbers=[number])

    assert waiting is TrackingStatus.PRE_TRANSIT
    assert (handed, again) == ({"handed_over": 1}, {"handed_over": 0})
    assert carrier.track("usps", number).status is TrackingStatus.TRANSIT


def test_the_clock_can_be_set_and_outlives_the_process(tmp_path: Path) -> None:
    with serve_courier(tmp_path) as first:
        _control(first, "clock", now="2017-11-24T10:00:00Z")
    with serve_courier(tmp_path) as again:
        state = requests.get(f"{again.url}/control/state", timeout=5).json()
        refused = requests.post(f"{again.url}/control/clock", json={"now": "soon"}, timeout=5)

    assert state["now"].startswith("2017-11-24T10:00")
    assert refused.status_code == 400


def test_each_scan_is_told_once_signed_and_in_time(courier: RunningCourier, carrier: ShippoCarrier) -> None:
    with _listening() as (url, received):
        carrier.ensure_webhook(url)
        purchase = _buy(carrier).purchase
        _control(courier, "handover")
        _control(courier, "clock", advance_s=WEEK_S)
        _wait_until_sent(courier)

    now = datetime.now(UTC)
    messages = [read_webhook(json.loads(body)) for body, _ in received]
    verdicts = {check_signature(header, body=body, secret=SECRET, now=now) for body, header in received}
    told = sorted(message.report.scans[-1].happened_at for message in messages if message.report is not None)
    assert verdicts == {SignatureVerdict.VALID}
    assert len(messages) == 6
    assert told == [scan.happened_at for scan in carrier.track("usps", purchase.tracking_number).scans]
    assert all(message.is_test for message in messages)


def test_a_webhook_is_tried_three_times_and_a_refused_one_once(
    courier: RunningCourier, carrier: ShippoCarrier
) -> None:
    with _listening(500, 503) as (url, failing):
        hook_id = carrier.ensure_webhook(url)
        _buy(carrier)
        _control(courier, "clock")
        kept = _wait_until_sent(courier)["webhooks"]
        requests.delete(f"{courier.url}/webhooks/{hook_id}", headers=HEADERS, timeout=5)
    with _listening(400) as (url, refusing):
        carrier.ensure_webhook(url)
        _buy(carrier)
        _control(courier, "clock")
        lost = _wait_until_sent(courier)["webhooks"]

    assert (len(failing), kept) == (3, {"pending": 0, "lost": 0})
    assert (len(refusing), lost) == (1, {"pending": 0, "lost": 1})


def test_webhooks_come_twice_unsigned_or_never_when_told_so(
    courier: RunningCourier, carrier: ShippoCarrier
) -> None:
    with _listening() as (url, received):
        carrier.ensure_webhook(url)
        _control(
            courier, "faults", faults={"webhook_duplicate": {"times": 1}, "webhook_unsigned": {"times": 1}}
        )
        _buy(carrier)
        _control(courier, "clock")
        _wait_until_sent(courier)
        doubled = list(received)
        _control(courier, "faults", faults={"webhook_lost": {"times": 1}})
        _buy(carrier)
        _control(courier, "clock")
        _wait_until_sent(courier)

    assert len(doubled) == 2
    assert doubled[0] == doubled[1]
    assert doubled[0][1] is None
    assert len(received) == 2


def test_faults_strike_by_chance_from_one_seed(courier: RunningCourier) -> None:
    def run() -> list[bool]:
        _control(courier, "faults", faults={"slow": {"probability": 0.5}}, seed=7)
        return [courier.courier.faults.strike("slow") is not None for _ in range(50)]

    first = run()

    assert first == run()
    assert 10 < sum(first) < 40


def test_a_fault_nobody_knows_is_refused_with_the_list(courier: RunningCourier) -> None:
    answer = requests.post(f"{courier.url}/control/faults", json={"faults": {"typhoon": {}}}, timeout=5)

    assert answer.status_code == 400
    assert "drop_after_charge" in answer.json()["known"]


def test_the_limits_of_a_test_account_can_be_switched_on(courier: RunningCourier) -> None:
    _control(courier, "settings", limits="test")

    codes = [
        requests.get(f"{courier.url}/transactions", headers=HEADERS, timeout=5).status_code for _ in range(25)
    ]

    assert codes.count(429) >= 5
    assert codes[0] == 200


def test_a_return_label_swaps_the_ends_and_costs_nothing_until_it_is_used(
    courier: RunningCourier, carrier: ShippoCarrier
) -> None:
    quote = carrier.quote(RateRequest(DOCK, ANN, (Measures(900, 250, 200, 100),), is_return=True))
    outcome = carrier.buy(rate_id=quote.rates[0].rate_id, metadata="return-1")
    assert isinstance(outcome, Bought)
    before = requests.get(f"{courier.url}/control/state", timeout=5).json()["charged_cents"]
    _control(courier, "handover")
    after = requests.get(f"{courier.url}/control/state", timeout=5).json()["charged_cents"]
    scans = carrier.track("usps", outcome.purchase.tracking_number).scans

    assert (before, after) == (0, quote.rates[0].price.minor)
    assert scans[0].place == "New York, NY, 10001, US"


def test_many_boxes_are_one_rate_and_one_label_each(carrier: ShippoCarrier) -> None:
    boxes = (Measures(900, 250, 200, 100), Measures(1900, 250, 200, 100))
    quote = carrier.quote(RateRequest(DOCK, ANN, boxes))
    carrier.buy(rate_id=quote.rates[0].rate_id, metadata="intent-1")

    found = carrier.find_purchases(quote.rates[0].rate_id, metadata="intent-1")

    assert "usps" not in {rate.carrier for rate in quote.rates}
    assert len(found) == 2
    assert len({purchase.tracking_number for purchase in found}) == 2


def test_the_state_counts_live_postage_beyond_one_for_the_same_intent(
    courier: RunningCourier, carrier: ShippoCarrier
) -> None:
    rate_id = carrier.quote(RateRequest(DOCK, ANN, (Measures(900, 250, 200, 100),))).rates[0].rate_id
    first = carrier.buy(rate_id=rate_id, metadata="intent-1")
    carrier.buy(rate_id=rate_id, metadata="intent-1")
    doubled = requests.get(f"{courier.url}/control/state", timeout=5).json()
    assert isinstance(first, Bought)
    carrier.void(first.purchase.transaction_id)
    voided = requests.get(f"{courier.url}/control/state", timeout=5).json()

    assert (doubled["live"], doubled["duplicates_live"]) == (2, 1)
    assert (voided["live"], voided["duplicates_live"]) == (1, 0)
