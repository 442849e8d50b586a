"""The application beside a sandbox courier, with a stocked hall and hands that run its jobs."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from fulfillment.app import create_app
from fulfillment.config import Settings
from fulfillment.runtime import Runtime, make_runtime
from fulfillment.sandbox.server import RunningCourier, serve_courier
from tests.flows.bench import Hands, set_up
from tests.web.conftest import KEY

WEBHOOK_TOKEN = "an-unguessable-part-of-the-address"


@pytest.fixture
def courier(tmp_path: Path) -> Iterator[RunningCourier]:
    with serve_courier(tmp_path, retry_after_s=(0.05, 0.1)) as running:
        yield running


@pytest.fixture
def runtime(courier: RunningCourier, make_settings: Callable[..., Settings]) -> Iterator[Runtime]:
    settings = make_settings(
        secret_key=KEY,
        shippo_api_token="shippo_test_only",
        shippo_url=courier.url,
        shippo_webhook_token=WEBHOOK_TOKEN,
        postage_quiet_s=0,
    )
    runtime = make_runtime(settings, application_name="tests-web")
    yield runtime
    runtime.close()


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return create_app(runtime)


@pytest.fixture
def hands(runtime: Runtime) -> Hands:
    runtime.in_transaction(set_up)
    return Hands(runtime)
