"""Processes that die at a named point, and the next that goes on as if nothing had happened."""

import json
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.accounts.tokens import create_token
from fulfillment.store.session import InTransaction
from tests.chaos.people import order_body
from tests.river.books import require_sound_books
from tests.river.company import found_company, wish
from tests.river.steps import River
from tests.warehouse.halls import ANA

ROOT: Final = Path(__file__).parents[2]
FIND: Final = "SELECT id FROM customer_order WHERE source_ref = 'crash'"
ORDER: Final = """
import json, sys
from fulfillment.app import create_app
from fulfillment.config import load_settings
from fulfillment.runtime import make_runtime

app = create_app(make_runtime(load_settings(), application_name="crash"))
body, token, key = json.loads(sys.stdin.read())
headers = {"Authorization": "Bearer " + token, "Idempotency-Key": key}
answer = app.test_client().post("/api/v1/orders", json=body, headers=headers)
print(answer.status_code, answer.get_json()["id"])
"""
ROUTE: Final = """
from fulfillment.config import load_settings
from fulfillment.flows.route_orders import route_orders
from fulfillment.runtime import make_runtime
from fulfillment.store.session import read_only
from tests.warehouse.halls import ANA

runtime = make_runtime(load_settings(), application_name="crash")
snapshot = lambda work: read_only(runtime.engine, work)
print(route_orders(runtime.in_transaction, snapshot, trigger="crash", actor=ANA, time_limit_s=5).moved)
"""


def run(
    program: str, database_url: str, *, crash_at: str = "", given: object = None
) -> "subprocess.CompletedProcess[str]":
    """How a process of its own ends with this program."""
    environment = {
        **os.environ,
        "FULFILLMENT_MODE": "test",
        "FULFILLMENT_SECRET_KEY": "0123456789abcdefghijklmnopqrstuv",
        "DATABASE_URL": database_url,
        "FULFILLMENT_CRASH_AT": crash_at,
    }
    return subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        cwd=ROOT,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def river(in_transaction: InTransaction) -> River:
    in_transaction(partial(found_company, qty=20))
    return River(in_transaction)


@pytest.mark.parametrize(("crash_at", "kept"), [("answer_stored", 0), ("answer_committed", 1)])
def test_an_order_whose_web_process_died_is_there_once_after_it_was_sent_again(
    engine: Engine, river: River, database_url: str, crash_at: str, kept: int
) -> None:
    def make(session: Session) -> str:
        return create_token(session, actor=ANA, name="Shop", scopes=["orders:write"], days=1).secret

    given = [order_body("crash", Random(1)), river.in_transaction(make), "key-crash"]

    died = run(ORDER, database_url, crash_at=crash_at, given=given)
    found = river.rows(FIND)
    again = run(ORDER, database_url, given=given)
    third = run(ORDER, database_url, given=given)

    assert died.returncode == -signal.SIGKILL
    assert len(found) == kept
    assert again.stdout.startswith("201 "), again.stdout + again.stderr
    assert third.stdout == again.stdout
    assert len(river.rows(FIND)) == 1
    require_sound_books(engine)


def unpin(session: Session) -> None:
    """Orders from Boston stand in Chicago and may go home now."""
    session.connection().execute(sa.text("UPDATE customer_order SET pinned_warehouse_code = NULL"))


@pytest.mark.parametrize("crash_at", ["route_planned", "before_commit", "route_chunk_applied"])
def test_a_planner_that_died_leaves_promises_that_hold_and_the_next_one_finishes(
    engine: Engine, river: River, database_url: str, crash_at: str
) -> None:
    for number in range(4):
        river.order(wish(str(number), {"SOAP": 4, "OIL": 1}, home=1, pinned_warehouse_code="CHI"))
    river.in_transaction(unpin)

    died = run(ROUTE, database_url, crash_at=crash_at)
    require_sound_books(engine)
    again = run(ROUTE, database_url)

    assert died.returncode == -signal.SIGKILL, died.stdout + died.stderr
    assert again.returncode == 0, again.stderr
    standing = river.rows("SELECT DISTINCT warehouse_code FROM fulfillment_order WHERE state = 'promised'")
    assert [row.warehouse_code for row in standing] == ["BOS"]
    require_sound_books(engine)
