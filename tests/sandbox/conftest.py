"""The sandbox servers over real HTTP, each test with its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fulfillment.returns.gateways.http_api import HttpGateway
from fulfillment.sandbox.server import RunningCourier, RunningPayments, serve_courier, serve_payments
from fulfillment.shipping.carriers.shippo_api import ShippoCarrier

TOKEN = "shippo_test_only"
SECRET = "agreed-with-the-courier"


@pytest.fixture
def courier(tmp_path: Path) -> Iterator[RunningCourier]:
    with serve_courier(tmp_path, webhook_secret=SECRET, retry_after_s=(0.05, 0.1)) as running:
        yield running


@pytest.fixture
def carrier(courier: RunningCourier) -> ShippoCarrier:
    return ShippoCarrier(token=TOKEN, api_url=courier.url)


@pytest.fixture
def payments(tmp_path: Path) -> Iterator[RunningPayments]:
    with serve_payments(tmp_path, token=TOKEN) as running:
        yield running


@pytest.fixture
def gateway(payments: RunningPayments) -> HttpGateway:
    return HttpGateway(api_url=payments.url, token=TOKEN, timeouts_s=(3.0, 0.5))
