"""`fulfillment import` as an operator types it, cut off and taken up again."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from tests.imports.files import csv_of, order_line

PRODUCTS = csv_of("S-1,Tea,100,50,50,50,10.00", header="sku,name,weight_g,length_mm,width_mm,height_mm,price")
KILLED = -9


@pytest.fixture
def environment(database_url: str, tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database_url,
        "FULFILLMENT_MODE": "test",
        "FULFILLMENT_HOME": str(tmp_path / "home"),
    }


def run(environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "fulfillment.cli.main", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def write(folder: Path, name: str, content: bytes) -> str:
    (folder / name).write_bytes(content)
    return str(folder / name)


def test_a_report_is_printed_for_people_and_for_programs(environment: dict[str, str], tmp_path: Path) -> None:
    products = write(tmp_path, "products.csv", PRODUCTS)
    orders = write(tmp_path, "orders.csv", csv_of(order_line("1", 1), order_line("2", 1, qty="x")))
    run(environment, "import", "products", products)

    first = run(environment, "import", "orders", orders, "--json")
    again = run(environment, "import", "orders", orders)

    report: dict[str, Any] = json.loads(first.stdout)
    assert report["rows"] == {"total": 2, "accepted": 1, "held": 0, "rejected": 1, "ignored": 0}
    assert report["orders"] == {"total": 2, "accepted": 1, "held": 0, "rejected": 1, "ignored": 0}
    assert [(reason["code"], reason["first_lines"]) for reason in report["reasons"]] == [
        ("new-order", [2]),
        ("bad-qty", [3]),
    ]
    assert again.stdout.startswith("Nothing changed: orders.csv was imported on")
    assert "bad-qty" in again.stdout


def test_a_wrong_profile_kind_or_file_gets_a_sentence(environment: dict[str, str], tmp_path: Path) -> None:
    empty = write(tmp_path, "empty.csv", b"")

    assert "choose one of exigo" in run(environment, "import", "orders", empty, "--profile", "x").stderr
    assert "The file is empty" in run(environment, "import", "orders", empty).stderr
    assert "no mapping" in run(environment, "import", "stock", empty, "--profile", "olist").stderr
    assert "does not exist" in run(environment, "import", "orders", "nowhere.csv").stderr


@pytest.mark.parametrize("place", ["import_chunk_written", "import_chunk_committed"])
def test_crashes_and_further_runs_end_as_one_clean_run_would(
    environment: dict[str, str], tmp_path: Path, engine: Engine, place: str
) -> None:
    lines = [order_line(str(number), 1) for number in range(60)]
    orders = write(tmp_path, "orders.csv", csv_of(*lines, order_line("bad", 1, qty="x")))
    run(environment, "import", "products", write(tmp_path, "products.csv", PRODUCTS))

    killed = [
        run({**environment, "FULFILLMENT_CRASH_AT": place}, "import", "orders", orders).returncode
        for _ in range(2)
    ]
    finished = run(environment, "import", "orders", orders, "--json")

    report: dict[str, Any] = json.loads(finished.stdout)
    assert killed == [KILLED, KILLED]
    assert report["is_repeat"] is False
    assert report["rows"] == {"total": 61, "accepted": 60, "held": 0, "rejected": 1, "ignored": 0}
    with engine.connect() as connection:
        orders_written = connection.execute(sa.text("SELECT count(*) FROM customer_order")).scalar_one()
        rows = connection.execute(
            sa.text("SELECT count(*) FROM import_row JOIN import_run ON id = run_id WHERE kind = 'orders'")
        ).scalar_one()
    assert (orders_written, rows) == (60, 61)
