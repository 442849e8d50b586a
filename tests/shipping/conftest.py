"""The carrier adapter over real HTTP to a sandbox courier of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fulfillment.sandbox.server import RunningCourier, serve_courier
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
