"""`fulfillment autoship` as an operator types it, killed anywhere and taken up again."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from fulfillment.store.session import InTransaction
from tests.flows.autoships import Company, build_company

ORDERS = 250
KILLED = -9
HEADER = "order_ref,line_no,sku,qty,unit_price,name,street1,city,state,zip,email,ordered_at"


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database_url,
        "FULFILLMENT_MODE": "test",
        "FULFILLMENT_HOME": str(tmp_path / "home"),
        "FULFILLMENT_AUTOSHIP_PLAN_S": "2",
    }


@pytest.fixture
def company(engine: Engine, in_transaction: InTransaction) -> Company:
    in_transaction(lambda session: build_company(session, {("BOS", "TEA"): 100, ("CHI", "TEA"): 140}))
    return Company(engine, in_transaction)


def run(environment: dict[str, str], *arguments: str, **given: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "fulfillment.cli.main", "autoship", *arguments],
        env={**environment, **given},
        capture_output=True,
        text=True,
        check=False,
    )


def due_file(folder: Path, *, orders: int = ORDERS, wrong: str = "") -> str:
    lines = [
        f"SUB-{n},1,TEA,1,10.00,Buyer {n},1 Main St,Chicago,IL,60661,b{n}@example.com,2024-01-{n % 28 + 1:02}"
        for n in range(orders)
    ]
    path = folder / "due.csv"
    path.write_text("\n".join([HEADER, *lines, *([wrong] if wrong else []), ""]))
    return str(path)


def open_run(environment: dict[str, str]) -> str:
    made = run(environment, "open", "--period", "2026-11", "--due-on", "2026-11-29", "--json")
    number: str = json.loads(made.stdout)["number"]
    return number


def test_a_file_enters_with_its_wrong_rows_named_and_a_second_time_changes_nothing(
    environment: dict[str, str], company: Company, tmp_path: Path
) -> None:
    number = open_run(environment)
    file = due_file(tmp_path, orders=3, wrong="SUB-X,1,NIL,1,10.00,B,1 Main St,Chicago,IL,60661,,2024-01-01")

    first = json.loads(run(environment, "enter", number, file, "--json").stdout)
    again = run(environment, "enter", number, file)
    status = json.loads(run(environment, "status", number, "--json").stdout)

    assert first["rows"] == {"total": 4, "accepted": 3, "held": 0, "rejected": 1, "ignored": 0}
    assert ("unknown-sku", [5]) in [(why["code"], why["first_lines"]) for why in first["reasons"]]
    assert "was entered in A-100001 before; nothing changed" in again.stdout
    assert status["orders"] == {"waiting": 3}
    assert company.rows("SELECT subscribed_on::text FROM autoship_order ORDER BY place LIMIT 1") == [
        ("2024-01-01",)
    ]


@pytest.mark.parametrize(
    "place", ["autoship_planned", "autoship_chunk_written", "autoship_chunk_promised", "before_commit"]
)
def test_a_run_killed_anywhere_goes_on_and_promises_nothing_twice(
    environment: dict[str, str], company: Company, tmp_path: Path, place: str
) -> None:
    number = open_run(environment)
    run(environment, "enter", number, due_file(tmp_path))

    killed = run(environment, "promise", number, FULFILLMENT_CRASH_AT=place)
    told = json.loads(run(environment, "promise", number, "--json").stdout)

    assert killed.returncode == KILLED
    assert (told["promised"], told["short"], told["is_finished"]) == (240, 10, True)
    assert told["reasons"] == {"dealt_out": 10}
    assert sum(company.reserved().values()) == 240
    assert company.violations() == []


def test_a_plan_changes_nothing_and_says_what_would_be_promised(
    environment: dict[str, str], company: Company, tmp_path: Path
) -> None:
    number = open_run(environment)
    run(environment, "enter", number, due_file(tmp_path))

    told = json.loads(run(environment, "plan", number, "--json").stdout)
    refused = run(environment, "cancel", "A-1", "--note", "no such run")
    cancelled = run(environment, "cancel", number, "--note", "wrong list")

    assert (told["waiting"], told["promised"], told["short"]) == (250, 240, {"dealt_out": 10})
    assert company.reserved() == {}
    assert (refused.returncode, refused.stderr) == (1, "fulfillment: There is no autoship run A-1.\n")
    assert cancelled.stdout == f"Run {number} is cancelled; 250 orders are given back.\n"
