import json
import os
import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from fulfillment.flows.reconcile_postage import PostageReport, reconcile_postage
from fulfillment.runtime import Runtime
from fulfillment.sandbox.server import RunningCourier
from fulfillment.shipping.carriers.protocol import Bought
from tests.flows.bench import Hands, break_courier, column, control, execute, live_at_courier, pack
from tests.warehouse.halls import ANA

ROOT = Path(__file__).parents[2]


def reconcile(runtime: Runtime) -> PostageReport:
    return reconcile_postage(runtime.in_transaction, runtime.carrier, actor=ANA, policy=runtime.policy)


def buy_beside(runtime: Runtime, engine: Engine, *, metadata: str) -> str:
    """Somebody buys the offer of the first purchase once more, under this metadata."""
    rate = column(engine, "SELECT rate_ref FROM postage ORDER BY created_at LIMIT 1")[0]
    outcome = runtime.carrier.buy(rate_id=rate, metadata=metadata)
    assert isinstance(outcome, Bought)
    return outcome.purchase.transaction_id


@pytest.fixture
def label(hands: Hands, engine: Engine) -> str:
    """The transaction of the only label."""
    hands.runtime.in_transaction(lambda session: pack(session, "1", SOAP=1))
    hands.work()
    found: str = column(engine, "SELECT transaction_ref FROM postage")[0]
    return found


def wait_until_listed(runtime: Runtime, count: int) -> None:
    """The courier shows as many purchases as it has charged."""
    since = datetime.now(UTC) - timedelta(days=1)
    deadline = time.monotonic() + 30
    while len(list(runtime.carrier.list_recent(since=since))) < count:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def work_off_voids(hands: Hands, courier: RunningCourier) -> None:
    for _ in range(3):
        hands.work()
        control(courier, "clock", {"advance_s": 30 * 86_400})
        hands.hurry()


def test_books_that_agree_differ_in_nothing(runtime: Runtime, label: str) -> None:
    report = reconcile(runtime)

    assert (report.compared, report.differences, report.resumed) == (1, 0, 0)


def test_a_charge_that_came_after_we_stopped_looking_is_voided(
    hands: Hands, courier: RunningCourier, engine: Engine
) -> None:
    hands.runtime.in_transaction(lambda session: pack(session, "1", SOAP=1))
    break_courier(courier, "late_charge", delay_s=3)
    hands.work()
    ours = column(engine, "SELECT transaction_ref FROM postage WHERE state = 'bought'")
    before = live_at_courier(courier)
    wait_until_listed(hands.runtime, len(before))

    report = reconcile(hands.runtime)
    again = reconcile(hands.runtime)
    work_off_voids(hands, courier)

    assert len(before) == 2
    assert report.surplus == [each for each in before if each not in ours]
    assert again.differences == 0
    assert live_at_courier(courier) == ours
    assert column(engine, "SELECT state FROM parcel") == ["labeled"]


def test_a_second_purchase_of_the_same_intent_is_voided(
    hands: Hands, courier: RunningCourier, engine: Engine, label: str
) -> None:
    postage_id = column(engine, "SELECT id FROM postage")[0]
    twin = buy_beside(hands.runtime, engine, metadata=str(postage_id))

    report = reconcile(hands.runtime)
    work_off_voids(hands, courier)

    assert report.surplus == [twin]
    assert live_at_courier(courier) == [label]


def test_what_a_restored_backup_has_forgotten_is_voided(
    hands: Hands, courier: RunningCourier, engine: Engine, label: str
) -> None:
    orphan = buy_beside(hands.runtime, engine, metadata=str(uuid.uuid4()))

    report = reconcile(hands.runtime)
    work_off_voids(hands, courier)

    assert report.orphans == [orphan]
    assert live_at_courier(courier) == [label]


def test_what_others_bought_on_the_same_account_is_left_alone(
    hands: Hands, courier: RunningCourier, engine: Engine, label: str
) -> None:
    foreign = buy_beside(hands.runtime, engine, metadata="shop order 4711")

    report = reconcile(hands.runtime)

    assert (report.foreign, report.differences) == ([foreign], 0)
    assert sorted(live_at_courier(courier)) == sorted([label, foreign])


def test_a_label_the_carrier_took_back_is_named(
    hands: Hands, courier: RunningCourier, engine: Engine, label: str
) -> None:
    hands.runtime.carrier.void(label)

    report = reconcile(hands.runtime)

    assert report.given_back == [str(column(engine, "SELECT id FROM postage")[0])]
    assert report.differences == 1


def test_a_label_the_carrier_does_not_know_is_named(hands: Hands, engine: Engine, label: str) -> None:
    execute(hands.runtime, "UPDATE postage SET transaction_ref = repeat('f', 32)")

    report = reconcile(hands.runtime)

    assert len(report.missing) == 1


def test_work_that_lost_its_job_is_promised_again(
    hands: Hands, courier: RunningCourier, engine: Engine
) -> None:
    hands.runtime.in_transaction(lambda session: pack(session, "1", SOAP=1))
    execute(hands.runtime, "DELETE FROM job")

    report = reconcile(hands.runtime)
    twice = reconcile(hands.runtime)
    hands.work()

    assert (report.resumed, twice.resumed) == (1, 0)
    assert column(engine, "SELECT state FROM parcel") == ["labeled"]


def test_a_courier_that_does_not_answer_changes_nothing(
    hands: Hands, courier: RunningCourier, engine: Engine, label: str, database_url: str
) -> None:
    break_courier(courier, "list_error")

    ended = run_command(database_url, courier)

    assert ended.returncode == 2
    assert "postage" in json.loads(ended.stdout)["unavailable"]
    assert column(engine, "SELECT count(*) FROM audit_entry WHERE deed = 'postage.reconciled'") == [0]


def test_the_command_says_by_its_exit_code_whether_the_books_agree(
    hands: Hands, courier: RunningCourier, engine: Engine, label: str, database_url: str
) -> None:
    agree = run_command(database_url, courier)
    twin = buy_beside(hands.runtime, engine, metadata=str(column(engine, "SELECT id FROM postage")[0]))
    differ = run_command(database_url, courier)

    assert (agree.returncode, differ.returncode) == (0, 1)
    assert json.loads(differ.stdout)["postage"]["surplus"] == [twin]


def run_command(database_url: str, courier: RunningCourier) -> "subprocess.CompletedProcess[str]":
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FULFILLMENT_")}
    environment = {
        **kept,
        "FULFILLMENT_MODE": "test",
        "FULFILLMENT_SHIPPO_URL": courier.url,
        "SHIPPO_API_TOKEN": "shippo_test_only",
        "DATABASE_URL": database_url,
    }
    return subprocess.run(
        [sys.executable, "-m", "fulfillment.cli.main", "reconcile", "--json"],
        env=environment,
        cwd=ROOT,
        check=False,
        timeout=120,
        capture_output=True,
        text=True,
    )
