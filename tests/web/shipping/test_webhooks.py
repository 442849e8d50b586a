import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine

from fulfillment.app import create_app
from fulfillment.config import Settings
from fulfillment.runtime import make_runtime
from fulfillment.sandbox.server import RunningCourier
from fulfillment.shipping.webhook_signatures import MAX_WEBHOOK_BYTES, SIGNATURE_HEADER, sign
from tests.flows.bench import Hands, column, control, pack
from tests.web.conftest import KEY
from tests.web.shipping.conftest import WEBHOOK_TOKEN
from tests.web.visitors import body

PATH = f"/api/v1/webhooks/shippo/{WEBHOOK_TOKEN}"
SECRET = "agreed-with-the-carrier"
MESSAGE = {"event": "track_updated", "test": True, "data": {"tracking_number": "92001", "carrier": "usps"}}


def tracked(courier: RunningCourier) -> dict[str, Any]:
    """The message the courier would send about its only parcel now."""
    (sold,) = control(courier, "purchases")["purchases"]
    scan = {
        "object_id": "a" * 32,
        "object_created": "2030-03-04T09:00:00Z",
        "status": "TRANSIT",
        "status_details": "Accepted",
        "status_date": "2030-03-04T09:00:00Z",
        "substatus": {"code": "package_accepted", "text": "Accepted", "action_required": False},
        "location": {"city": "Chicago", "state": "IL", "zip": "60601", "country": "US"},
    }
    data = {
        "carrier": sold["carrier"],
        "tracking_number": sold["number"],
        "transaction": sold["id"],
        "tracking_status": scan,
        "tracking_history": [scan],
        "messages": [],
    }
    return {"event": "track_updated", "test": True, "data": data}


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def test_a_message_is_kept_and_then_moves_the_parcel(
    hands: Hands, client: FlaskClient, courier: RunningCourier, engine: Engine
) -> None:
    hands.runtime.in_transaction(lambda session: pack(session, "1", SOAP=1))
    hands.work()

    answers = [client.post(PATH, json=tracked(courier)) for _ in range(3)]
    before = column(engine, "SELECT state FROM parcel")
    hands.work()

    assert [answer.status_code for answer in answers] == [202, 202, 202]
    assert [body(answer) for answer in answers] == [{"is_new": True}, {"is_new": False}, {"is_new": False}]
    assert before == ["labeled"]
    assert column(engine, "SELECT state FROM parcel") == ["shipped"]
    assert column(engine, "SELECT outcome FROM carrier_webhook") == ["applied 1 new scans"]


def test_a_message_about_nobodys_parcel_is_kept_too(
    hands: Hands, client: FlaskClient, engine: Engine
) -> None:
    message = {
        "event": "track_updated",
        "test": True,
        "data": {"tracking_number": "9200190000000000000000", "carrier": "usps", "tracking_history": []},
    }

    answer = client.post(PATH, json=message)
    hands.work()

    assert answer.status_code == 202
    assert column(engine, "SELECT outcome FROM carrier_webhook") == [
        "kept 0 scans: no parcel has this number yet"
    ]


@pytest.mark.parametrize("token", ["wrong", "", WEBHOOK_TOKEN + "x", "ä"])
def test_a_stranger_is_turned_away_and_nothing_is_kept(
    token: str, client: FlaskClient, engine: Engine
) -> None:
    answer = client.post(f"/api/v1/webhooks/shippo/{token}", json=MESSAGE)

    assert answer.status_code in {403, 404}
    assert column(engine, "SELECT count(*) FROM carrier_webhook") == [0]


def test_a_message_that_is_too_large_is_refused(client: FlaskClient, engine: Engine) -> None:
    answer = client.post(PATH, data=b"x" * (MAX_WEBHOOK_BYTES + 1), content_type="application/json")

    assert answer.status_code == 413
    assert column(engine, "SELECT count(*) FROM carrier_webhook") == [0]


def test_what_is_not_json_is_kept_for_a_person(hands: Hands, client: FlaskClient, engine: Engine) -> None:
    answer = client.post(PATH, data=b"\x00\xff", content_type="application/json")
    hands.work()

    assert answer.status_code == 202
    assert bytes(column(engine, "SELECT body FROM carrier_webhook")[0]) == b"\x00\xff"
    assert column(engine, "SELECT outcome FROM carrier_webhook") == ["ignored: not JSON"]


@pytest.fixture
def strict(make_settings: Callable[..., Settings]) -> Iterator[FlaskClient]:
    """An application that asks for signatures."""
    settings = make_settings(secret_key=KEY, shippo_webhook_token=WEBHOOK_TOKEN, shippo_webhook_secret=SECRET)
    runtime = make_runtime(settings, application_name="tests-web")
    yield create_app(runtime).test_client()
    runtime.close()


def test_where_a_signature_was_agreed_only_a_fresh_and_right_one_is_let_in(
    strict: FlaskClient, engine: Engine
) -> None:
    body = json.dumps(MESSAGE).encode()
    right = sign(body=body, secret=SECRET, at=datetime.now(UTC))
    old = sign(body=body, secret=SECRET, at=datetime(2020, 1, 1, tzinfo=UTC))
    wrong = sign(body=body, secret="another", at=datetime.now(UTC))

    statuses = [
        strict.post(PATH, data=body, headers=headers).status_code
        for headers in ({}, {SIGNATURE_HEADER: old}, {SIGNATURE_HEADER: wrong}, {SIGNATURE_HEADER: right})
    ]

    assert statuses == [403, 403, 403, 202]
    assert column(engine, "SELECT is_signed FROM carrier_webhook") == [True]


def test_the_way_of_the_carrier_is_not_in_the_public_document(client: FlaskClient) -> None:
    document = body(client.get("/api/openapi.json"))

    assert not [path for path in document["paths"] if "webhooks/shippo" in path]
