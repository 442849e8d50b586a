"""Whatever anybody sends, the API answers as its own document says, and never with a fault of its own."""

import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from random import Random
from typing import Any, Final

import pytest
import schemathesis
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from sqlmodel import Session

from fulfillment.accounts import tokens
from fulfillment.accounts.roles import SCOPES
from fulfillment.app import create_app
from fulfillment.config import Settings
from fulfillment.runtime import make_runtime
from fulfillment.store.actors import SYSTEM
from fulfillment.store.session import InTransaction
from fulfillment.web.models import ApiModel
from tests.river.carriers import ForgetfulCarrier
from tests.river.company import found_company, wish
from tests.river.steps import River
from tests.web.conftest import KEY

EXAMPLES: Final = int(os.environ.get("FULFILLMENT_CONTRACT_EXAMPLES", "6"))
"""Requests to each operation that fit its description, and as many that do not."""

MACHINES: Final = ("/webhooks/",)
"""Addresses that ask for no token of ours: their own secret is the first thing they check."""

load_all_checks()
CHECKED: Final = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "negative_data_rejection",
        "missing_required_header",
    ]
)
"""All but those about whole histories of calls, and the one that takes every business refusal for a fault."""

IDS: Final = {
    "order_id": "SELECT id FROM customer_order",
    "fulfillment_order_id": "SELECT id FROM fulfillment_order",
    "parcel_id": "SELECT id FROM parcel",
    "label_id": "SELECT id FROM postage",
    "shipment_id": "SELECT id FROM handover",
    "wave_id": "SELECT id FROM wave",
    "return_id": "SELECT id FROM return_authorization",
    "refund_id": "SELECT id FROM refund",
    "job_id": "SELECT id FROM job",
    "order_line_id": "SELECT id FROM order_line",
    "number": "SELECT number FROM parcel",
    "warehouse_code": "SELECT code FROM warehouse",
    "sku": "SELECT sku FROM product",
}
"""Where to find values that mean something; random ones would only ever be unknown."""


@pytest.fixture
def contract_app(make_settings: Callable[..., Settings]) -> Iterator[Flask]:
    """The application with a company in it, whose orders stand at every step."""
    made = make_settings(secret_key=KEY, shippo_webhook_token="only-for-tests", database_pool_size=2)
    runtime = make_runtime(made, application_name="tests-contract")
    fill_company(runtime.in_transaction)
    yield create_app(runtime)
    runtime.close()


def fill_company(in_transaction: InTransaction) -> None:
    """Orders that are promised, picked, packed and delivered."""
    in_transaction(partial(found_company, qty=60))
    river, carrier = River(in_transaction), ForgetfulCarrier()
    sent = river.run_to_carrier(wish("sent", {"SOAP": 2, "TEA": 1}), carrier)
    for parcel_id in river.parcels(sent.order_id):
        river.deliver(parcel_id)
    river.run_to_carrier(wish("gone", {"SOAP": 1}), carrier)
    packed = river.run_to_bench(wish("packed", {"OIL": 1}))
    river.pack(packed.parts[0].fulfillment_order_id)
    river.run_to_bench(wish("picked", {"CREAM": 1}))
    for number in range(3):
        river.order(wish(f"placed-{number}", {"SOAP": 1, "TEA": 2}))


@pytest.fixture
def token(in_transaction: InTransaction) -> str:
    """A token that opens every door there is for programs."""
    scopes = sorted(scope.value for scope in SCOPES)

    def make(session: Session) -> str:
        return tokens.create_token(session, actor=SYSTEM, name="Contract", scopes=scopes, days=1).secret

    return in_transaction(make)


def test_every_answer_is_one_that_the_document_describes(
    contract_app: Flask, token: str, in_transaction: InTransaction
) -> None:
    known = in_transaction(read_known)
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", contract_app)
    failures: list[str] = []
    count = 0
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        if operation.path.startswith(MACHINES) or MACHINES[0] in operation.path:
            continue
        count += 1
        for mode in GenerationMode.POSITIVE, GenerationMode.NEGATIVE:
            try:
                fuzz(operation, mode=mode, token=token, known=known)
            except BaseExceptionGroup as group:
                failures.extend(f"{operation.label}: {error}" for error in group.exceptions)
            except Exception as error:  # noqa: BLE001 - every operation is tried, and all failures named
                failures.append(f"{operation.label} ({mode.value}): {error}")

    assert count >= 60
    assert not failures, "\n\n".join(failures)


def test_no_two_models_share_the_name_the_document_knows_them_by() -> None:
    """The document keeps one of two, and describes the other's answers wrongly."""
    models: dict[str, set[str]] = {}
    pending = list(ApiModel.__subclasses__())
    while pending:
        model = pending.pop()
        if ".api." in model.__module__:
            models.setdefault(model.__name__, set()).add(model.__module__)
        pending.extend(model.__subclasses__())

    assert {name: sorted(places) for name, places in models.items() if len(places) > 1} == {}


def test_a_nul_in_any_text_is_refused_by_its_place_and_is_no_fault_of_ours(
    contract_app: Flask, token: str, in_transaction: InTransaction
) -> None:
    parcel_id = in_transaction(read_known)["parcel_id"][0]
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "nul-in-a-reason"}

    answer = contract_app.test_client().post(
        f"/api/v1/parcels/{parcel_id}/unpack", json={"reason": "wrong\x00box"}, headers=headers
    )

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.get_json()["errors"]] == ["/reason"]


def read_known(session: Session) -> dict[str, list[str]]:
    """Values of each kind that exist."""
    connection = session.connection()
    return {
        name: [str(v) for v in connection.execute(sa.text(query)).scalars()] for name, query in IDS.items()
    }


def fuzz(
    operation: APIOperation[Any, Any, Any, Any],
    *,
    mode: GenerationMode,
    token: str,
    known: Mapping[str, list[str]],
) -> None:
    """Requests of this mode to the operation, each answer checked against the document."""

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), seed=st.integers(0, 10**6))
    def send(case: Any, seed: int) -> None:  # noqa: ANN401 - schemathesis makes the case
        random = Random(seed)
        if mode is GenerationMode.POSITIVE:
            case.path_parameters = fill(case.path_parameters, known, random)
            case.body = fill(case.body, known, random)
        headers = {"Authorization": f"Bearer {token}"}
        if case.method != "GET" and mode is GenerationMode.POSITIVE:
            headers["Idempotency-Key"] = str(uuid.UUID(int=random.getrandbits(128), version=4))
        response = case.call(headers=headers)
        case.validate_response(response, checks=CHECKED)

    send()


def fill(value: Any, known: Mapping[str, list[str]], random: Random) -> Any:  # noqa: ANN401 - any JSON
    """The value, in which two of three names that mean something have values that exist."""
    if isinstance(value, list):
        return [fill(each, known, random) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        name: random.choice(known[name])
        if known.get(name) and isinstance(each, str) and random.random() < 0.67
        else fill(each, known, random)
        for name, each in value.items()
    }
