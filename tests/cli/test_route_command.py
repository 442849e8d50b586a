"""The planner from the command line: its report, and Ctrl-C in the middle."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.cli.route import command
from fulfillment.flows.accept_order import accept_order
from fulfillment.store.session import InTransaction
from tests.flows.orders import HOME, POLICY, order_of
from tests.flows.test_route_orders import BOSTON, build_halls, zones_and_rates
from tests.warehouse.halls import ANA, stock

ROOT = Path(__file__).parents[2]
Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str) -> Run:
    environment = {"DATABASE_URL": database_url, "FULFILLMENT_MODE": "test"}

    def invoke(*words: str) -> Result:
        return CliRunner().invoke(command, list(words), env=environment, catch_exceptions=False)

    return invoke


@pytest.fixture
def _two_orders_that_should_swap(in_transaction: InTransaction) -> None:
    def build(session: Session) -> None:
        bins = build_halls(session)
        zones_and_rates(session)
        accept = partial(accept_order, session, actor=ANA, policy=POLICY)
        stock(session, bins["CHI"], "TEA", 1)
        accept(request=order_of(("TEA", 1), ref="B", ship_to=BOSTON))
        stock(session, bins["BOS"], "TEA", 1)
        accept(request=order_of(("TEA", 1), ref="C", ship_to=HOME))

    in_transaction(build)


def ask(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


@pytest.mark.usefixtures("_two_orders_that_should_swap")
def test_a_dry_run_tells_what_a_plan_would_do_and_what_others_rules_cost(run: Run, engine: Engine) -> None:
    result = run("--dry-run", "--json", "--peers", "--time-limit", "10")

    told = json.loads(result.stdout)
    assert (result.exit_code, told["state"], told["moved"], told["gap"]) == (0, "tried", 2, 0.0)
    assert (told["before"]["parcels"], told["after"]["parcels"]) == (2, 2)
    assert told["after"]["cost_per_parcel"] < told["before"]["cost_per_parcel"]
    assert told["peers"]["nearest_complete"]["cost_ratio"] == 1.0
    assert ask(engine, "SELECT * FROM route_plan") == []


@pytest.mark.usefixtures("_two_orders_that_should_swap")
def test_a_run_moves_the_orders_and_says_so(run: Run, engine: Engine) -> None:
    result = run("--time-limit", "10")

    assert result.exit_code == 0
    assert "2 orders planned" in result.stdout
    assert "2 moved, 0 skipped" in result.stdout
    assert ask(engine, "SELECT state, trigger, moved FROM route_plan") == [("applied", "command", 2)]


def test_with_no_order_it_says_so(run: Run) -> None:
    assert run().stdout == "No order waits for a route.\n"


@pytest.mark.usefixtures("_two_orders_that_should_swap")
def test_ctrl_c_cancels_and_moves_nothing(database_url: str, engine: Engine) -> None:
    program = "import sys; from fulfillment.cli.route import command; command(sys.argv[1:])"
    environment = {**os.environ, "DATABASE_URL": database_url, "FULFILLMENT_MODE": "test"}
    process = subprocess.Popen(
        [sys.executable, "-c", program], env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    while not ask(engine, "SELECT * FROM route_plan"):
        assert process.poll() is None
    process.send_signal(signal.SIGINT)

    told, _ = process.communicate()

    assert process.returncode == 130
    assert told == "The run was stopped. Nothing was moved; every order keeps its promise.\n"
    assert ask(engine, "SELECT state, moved FROM route_plan") == [("cancelled", 0)]
