"""The commands of docs/autoship.md, as a program would send them, in their order."""

import json
import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy.engine import Engine

from fulfillment.store.session import InTransaction
from tests.flows.autoships import Company, build_company
from tests.web.visitors import Program

GUIDE = Path(__file__).parents[2] / "docs" / "autoship.md"
COMMAND = re.compile(r"""\bapi (GET|POST) "?(/autoship-runs[^\s"']*)"?(?: '(.*?)')?""", re.DOTALL)


class Call(NamedTuple):
    """One call of the guide."""

    method: str
    path: str
    body: Any


def guide_calls() -> list[Call]:
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    found = [match for block in blocks for match in COMMAND.findall(block)]
    return [Call(method, path, json.loads(body) if body else None) for method, path, body in found]


@pytest.fixture
def shop(program: Callable[..., Program], in_transaction: InTransaction) -> Program:
    in_transaction(lambda session: build_company(session, {("CHI", "TEA"): 9}))
    return program("orders:read", "orders:write")


def test_every_command_of_the_guide_does_what_the_guide_says(
    shop: Program, engine: Engine, in_transaction: InTransaction
) -> None:
    opened, entered, asked, promised, table, charged = guide_calls()
    run_id = send(shop, opened, "").json["id"]

    assert send(shop, entered, run_id).json == {"entered": 2, "repeated": 0, "refused": []}
    assert send(shop, asked, run_id).status_code == 202
    Company(engine, in_transaction).promise(uuid.UUID(run_id))
    found = send(shop, promised, run_id).json["items"]
    assert [(each["subscription"], each["total_minor"]) for each in found] == [
        ("SUB-1001", 2_000),
        ("SUB-1002", 1_000),
    ]
    assert send(shop, table, run_id).text.splitlines()[0].endswith("total_minor,currency")
    assert send(shop, charged, run_id).json == {
        "paid": 1,
        "revived": 0,
        "declined": 1,
        "repeated": 0,
        "refused": [],
    }


def send(shop: Program, call: Call, run_id: str) -> Any:  # noqa: ANN401 - a test response
    path = "/api/v1" + call.path.replace("$RUN", run_id)
    answer = shop.call(call.method, path, **({} if call.body is None else {"json": call.body}))
    assert answer.status_code < 300, answer.text
    return answer
