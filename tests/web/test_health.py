import json
import logging
from collections.abc import Callable

import pytest
from flask import Flask

from fulfillment.app import create_app
from fulfillment.config import Settings
from fulfillment.runtime import make_runtime


def test_a_living_process_says_so(app: Flask) -> None:
    assert app.test_client().get("/healthz").json == {"status": "ok"}


def test_a_migrated_database_is_ready(app: Flask) -> None:
    answer = app.test_client().get("/readyz")

    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["status"] == "ok"
    assert answer.json["schema"]


def test_without_a_database_it_lives_and_is_not_ready(make_settings: Callable[..., Settings]) -> None:
    settings = make_settings(database_url="postgresql://nobody@127.0.0.1:1/nothing", secret_key="k" * 40)
    runtime = make_runtime(settings, application_name="tests-web")
    client = create_app(runtime).test_client()

    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
    assert client.get("/metrics").status_code == 200
    assert client.get("/sign-in").status_code == 200
    runtime.close()


def test_prometheus_reads_requests_by_route_and_jobs_by_state(app: Flask) -> None:
    client = app.test_client()
    client.get("/link/very-secret-link")

    text = client.get("/metrics").text

    assert 'fulfillment_http_requests_total{method="GET",route="/link/<secret>",status="404"}' in text
    assert 'fulfillment_jobs{state="dead"} 0' in text
    assert "very-secret-link" not in text


def test_a_request_keeps_a_harmless_id_and_loses_a_harmful_one(app: Flask) -> None:
    client = app.test_client()

    def given(request_id: str) -> str:
        return client.get("/healthz", headers={"X-Request-ID": request_id}).headers["X-Request-ID"]

    assert given("abc-123.DEF_4") == "abc-123.DEF_4"
    assert given('x"}{injected') != 'x"}{injected'


def test_the_log_line_of_a_request_names_its_route_and_nobody(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="fulfillment.web"):
        app.test_client().get("/link/very-secret-link?email=ann@example.com")

    [record] = [record for record in caplog.records if record.message == "request"]
    line = json.dumps({key: str(value) for key, value in vars(record).items()})
    assert vars(record)["route"] == "/link/<secret>"
    assert vars(record)["status"] == 404
    assert "very-secret-link" not in line
    assert "ann@example.com" not in line
