"""Autoship runs over the API: entered, promised by a job, read, charged, cancelled."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from fulfillment.store.session import InTransaction
from tests.flows.autoships import POLICY, Company, build_company
from tests.web.visitors import Program

MakeProgram = Callable[..., Program]
ADDRESS = {
    "name": "Maria Lopez", "street1": "500 W Madison St", "city": "Chicago", "state": "IL", "zip": "60661",
    "email": "maria@example.com",
}  # fmt: skip


def due(subscription: str, sku: str = "TEA", qty: int = 1, **given: object) -> dict[str, Any]:
    return {
        "subscription": subscription,
        "currency": "USD",
        "ship_to": ADDRESS,
        "lines": [{"sku": sku, "qty": qty, "unit_price_minor": 1000}],
        **given,
    }


@pytest.fixture
def shop(program: MakeProgram, in_transaction: InTransaction) -> Program:
    in_transaction(lambda session: build_company(session, {("CHI", "TEA"): 3}))
    return program("orders:read", "orders:write", "jobs:read")


def call(program: Program, method: str, path: str, status: int = 200, **given: Any) -> Any:  # noqa: ANN401 - JSON
    answer = program.call(method, f"/api/v1/autoship-runs{path}", **given)
    assert answer.status_code == status, answer.text
    return answer


def open_run(shop: Program) -> str:
    run = call(shop, "POST", "", 201, json={"period": "2026-11", "due_on": "2026-11-29"}).json
    assert (run["number"], run["state"], run["orders"]) == ("A-100001", "collecting", {})
    run_id: str = run["id"]
    return run_id


def test_a_wrong_due_order_is_named_and_refused_alone(shop: Program) -> None:
    run_id = open_run(shop)
    nowhere = {**ADDRESS, "zip": "99999"}

    page = call(
        shop,
        "POST",
        f"/{run_id}/orders",
        json={"orders": [due("S-1"), due("S-2", "NIL"), due("S-3", ship_to=nowhere), due("S-1", qty=2)]},
    ).json

    assert page["entered"] == 1
    assert [(each["row"], each["code"]) for each in page["refused"]] == [
        (1, "unknown-sku"),
        (2, "address"),
        (3, "entered-before"),
    ]


def test_the_same_due_orders_again_change_nothing(shop: Program) -> None:
    run_id = open_run(shop)
    body = {"orders": [due("S-1"), due("S-2")]}
    call(shop, "POST", f"/{run_id}/orders", json=body)

    page = call(shop, "POST", f"/{run_id}/orders", json=body).json

    assert (page["entered"], page["repeated"], page["refused"]) == (0, 2, [])
    assert call(shop, "GET", f"/{run_id}").json["orders"] == {"waiting": 2}


def test_a_page_sent_again_under_its_key_hears_its_first_answer(shop: Program) -> None:
    run_id = open_run(shop)
    body = {"orders": [due("S-1")]}

    first = call(shop, "POST", f"/{run_id}/orders", json=body, key="page-00001").json
    again = call(shop, "POST", f"/{run_id}/orders", json=body, key="page-00001").json

    assert first == again == {"entered": 1, "repeated": 0, "refused": []}


def test_the_whole_way_of_a_run(shop: Program, engine: Engine, in_transaction: InTransaction) -> None:
    run_id = open_run(shop)
    call(shop, "POST", f"/{run_id}/orders", json={"orders": [due("S-1"), due("S-2", qty=2), due("S-3")]})
    asked = call(shop, "POST", f"/{run_id}/promise", 202).json
    assert len(asked["job_id"]) == 36
    Company(engine, in_transaction, POLICY).promise(uuid.UUID(run_id))

    promised = call(shop, "GET", f"/{run_id}/orders?outcome=promised&limit=1").json
    short = call(shop, "GET", f"/{run_id}/orders?outcome=short").json["items"]
    assert promised["items"][0]["subscription"] == "S-1"
    assert promised["items"][0]["is_intact"] is True
    assert [(each["subscription"], each["reason"], each["skus"]) for each in short] == [
        ("S-3", "dealt_out", ["TEA"])
    ]
    more = call(shop, "GET", f"/{run_id}/orders?outcome=promised&limit=1&cursor={promised['next_cursor']}")
    assert [each["subscription"] for each in more.json["items"]] == ["S-2"]

    tender = {"kind": "card", "captured_minor": 1000, "provider": "sandbox", "provider_id": "ch_1"}
    page = call(
        shop,
        "POST",
        f"/{run_id}/charges",
        json={
            "results": [
                {"subscription": "S-1", "result": "paid", "tenders": [tender]},
                {"subscription": "S-2", "result": "declined", "reason": "card expired"},
                {"subscription": "S-9", "result": "paid"},
            ]
        },
    ).json
    assert (page["paid"], page["declined"], [each["code"] for each in page["refused"]]) == (
        1,
        1,
        ["not-due"],
    )
    run = call(shop, "GET", f"/{run_id}").json
    assert run["state"] == "charging"
    assert run["orders"] == {"paid": 1, "declined": 1, "short": 1}

    table = call(shop, "GET", f"/{run_id}/orders.csv").text.lstrip("\ufeff").splitlines()
    assert table[0] == "subscription,order,outcome,reason,skus,is_intact,total_minor,currency"
    assert table[3] == "S-3,O-100003,short,dealt_out,TEA,yes,1000,USD"
    assert [each["number"] for each in call(shop, "GET", "").json["items"]] == ["A-100001"]


def test_a_run_is_cancelled_with_its_reason(shop: Program) -> None:
    run_id = open_run(shop)

    run = call(shop, "POST", f"/{run_id}/cancel", json={"note": "wrong prices"}).json

    assert (run["state"], run["note"]) == ("cancelled", "wrong prices")
    call(shop, "POST", f"/{run_id}/orders", 409, json={"orders": [due("S-1")]})


def test_a_program_that_may_only_read_cannot_charge(program: MakeProgram) -> None:
    reader = program("orders:read")

    call(reader, "POST", f"/{uuid.uuid4()}/charges", 403, json={"results": []})
