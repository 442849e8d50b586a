"""The sandbox courier's answers against Shippo's own OpenAPI file, where one is at hand."""

import os
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import requests
import yaml  # type: ignore[import-untyped]  # the package carries no types

from fulfillment.sandbox.server import RunningCourier
from tests.sandbox.conftest import TOKEN

SPEC = os.environ.get("FULFILLMENT_SHIPPO_SPEC")
HEADERS = {"Authorization": f"ShippoToken {TOKEN}"}
DOCK = {
    "name": "Shipping",
    "street1": "1 Dock Rd",
    "city": "Columbus",
    "state": "OH",
    "zip": "43217",
    "country": "US",
}
ANN = {**DOCK, "name": "Ann", "city": "New York", "state": "NY", "zip": "10001"}
BOX = {
    "length": "250",
    "width": "200",
    "height": "100",
    "distance_unit": "mm",
    "weight": "900",
    "mass_unit": "g",
}

pytestmark = pytest.mark.skipif(
    SPEC is None, reason="FULFILLMENT_SHIPPO_SPEC names no OpenAPI file of Shippo's public API."
)


@pytest.fixture(scope="module")
def components() -> dict[str, Any]:
    assert SPEC is not None
    loaded: dict[str, Any] = yaml.safe_load(Path(SPEC).read_text())["components"]
    return loaded


def _without_nulls(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Shippo sends nulls where its file says text; only `created_by` is documented as nullable."""
    if isinstance(value, dict):
        kept = {name: _without_nulls(each) for name, each in value.items() if each is not None}
        return {**kept, "created_by": None} if "created_by" in value else kept
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


def _faults(components: dict[str, Any], schema: str, answer: object) -> list[str]:
    validator = jsonschema_rs.Draft202012Validator(
        {"$ref": f"#/components/schemas/{schema}", "components": components}
    )
    return [
        f"{error.instance_path}: {error.message}" for error in validator.iter_errors(_without_nulls(answer))
    ]


def _call(courier: RunningCourier, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - any JSON
    answer = requests.request(method, courier.url + path, json=body, headers=HEADERS, timeout=5)
    assert answer.ok, answer.text
    return answer.json()


def test_each_answer_has_the_documented_shape(courier: RunningCourier, components: dict[str, Any]) -> None:
    address = _call(courier, "POST", "/addresses", {**ANN, "validate": True})
    shipment = _call(
        courier, "POST", "/shipments", {"address_from": DOCK, "address_to": ANN, "parcels": [BOX]}
    )
    rate = shipment["rates"][0]
    sale = {"rate": rate["object_id"], "async": False, "label_file_type": "PDF_4x6"}
    purchase = _call(courier, "POST", "/transactions", sale)
    other = _call(courier, "POST", "/transactions", sale)
    hook = _call(courier, "POST", "/webhooks", {"event": "track_updated", "url": "http://127.0.0.1:1/"})
    manifest = _call(
        courier,
        "POST",
        "/manifests",
        {
            "carrier_account": rate["carrier_account"],
            "shipment_date": "2026-03-02T08:00:00Z",
            "address_from": DOCK,
            "transactions": [purchase["object_id"]],
        },
    )
    courier.courier.clock.advance(10 * 86_400)
    number = purchase["tracking_number"]
    answers = {
        "Address": address,
        "Shipment": shipment,
        "Rate": rate,
        "Transaction": purchase,
        "TransactionPaginatedList": _call(courier, "GET", "/transactions"),
        "Track": _call(courier, "GET", f"/tracks/usps/{number}"),
        "Refund": _call(courier, "POST", "/refunds", {"transaction": other["object_id"]}),
        "RefundPaginatedList": _call(courier, "GET", "/refunds/"),
        "Manifest": manifest,
        "Webhook": hook,
        "CarrierAccountPaginatedList": _call(courier, "GET", "/carrier_accounts"),
    }

    faults = {schema: _faults(components, schema, answer) for schema, answer in answers.items()}

    assert faults == {schema: [] for schema in answers}


def test_the_check_itself_finds_what_is_wrong(components: dict[str, Any]) -> None:
    assert _faults(components, "Transaction", {"status": "PURCHASED", "created_by": None}) != []
    assert _faults(components, "Track", {"carrier": "usps"}) != []
