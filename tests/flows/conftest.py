"""A sandbox courier over HTTP, a runtime that buys from it, and hands that run its jobs."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fulfillment.config import Settings
from fulfillment.runtime import Runtime, make_runtime
from fulfillment.sandbox.server import RunningCourier, serve_courier
from tests.flows.bench import Hands, set_up

TOKEN = "shippo_test_only"


@pytest.fixture
def courier(tmp_path: Path) -> Iterator[RunningCourier]:
    with serve_courier(tmp_path, retry_after_s=(0.05, 0.1)) as running:
        yield running


@pytest.fixture
def runtime(courier: RunningCourier, make_settings: Callable[..., Settings]) -> Iterator[Runtime]:
    settings = make_settings(
        shippo_api_token=TOKEN,
        shippo_url=courier.url,
        postage_quiet_s=0,
        postage_pending_s=0,
        postage_void_poll_s=1,
    )
    runtime = make_runtime(settings, application_name="tests-flows")
    yield runtime
    runtime.close()


@pytest.fixture
def hands(runtime: Runtime) -> Hands:
    """Jobs are run by this test itself, on a stocked hall with a packing bench."""
    runtime.in_transaction(set_up)
    return Hands(runtime)
