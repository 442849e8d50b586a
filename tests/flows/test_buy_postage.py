import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from fulfillment.core.states import PostageState
from fulfillment.flows.buy_postage import buy_postage
from fulfillment.flows.reconcile_postage import reconcile_postage
from fulfillment.flows.unpack_parcel import unpack_parcel
from fulfillment.runtime import Runtime
from fulfillment.sandbox.server import RunningCourier
from tests.flows.bench import Hands, break_courier, column, control, execute, live_at_courier, pack
from tests.warehouse.halls import ANA

ROOT = Path(__file__).parents[2]


def pack_one(hands: Hands, ref: str = "1") -> uuid.UUID:
    packed = hands.runtime.in_transaction(lambda session: pack(session, ref, SOAP=1))
    return packed.parcel_ids[0]


def parcel(engine: Engine, parcel_id: uuid.UUID) -> tuple[str, str | None]:
    state = column(engine, "SELECT state FROM parcel WHERE id = :id", id=parcel_id)
    problem = column(engine, "SELECT problem FROM parcel WHERE id = :id", id=parcel_id)
    return state[0], problem[0]


def bought(engine: Engine, parcel_id: uuid.UUID) -> list[str]:
    query = "SELECT transaction_ref FROM postage WHERE parcel_id = :id AND state = 'bought'"
    return column(engine, query, id=parcel_id)


def job_states(engine: Engine) -> set[str]:
    return set(column(engine, "SELECT state FROM job WHERE kind <> 'send_notice'"))


def test_a_packed_parcel_gets_its_label_and_the_label_is_kept(
    hands: Hands, courier: RunningCourier, engine: Engine
) -> None:
    parcel_id = pack_one(hands)

    hands.work()

    assert parcel(engine, parcel_id) == ("labeled", None)
    assert bought(engine, parcel_id) == live_at_courier(courier)
    content = column(engine, "SELECT content FROM postage_document")[0]
    assert bytes(content).startswith(b"%PDF-")
    assert job_states(engine) == {"done"}


def test_buying_again_buys_nothing(hands: Hands, courier: RunningCourier, runtime: Runtime) -> None:
    parcel_id = pack_one(hands)
    hands.work()

    again = buy_postage(
        runtime.in_transaction, runtime.carrier, parcel_id=parcel_id, actor=ANA, policy=runtime.policy
    )

    assert again.state is PostageState.BOUGHT
    assert len(live_at_courier(courier)) == 1


def test_two_workers_on_one_parcel_buy_one_label(
    hands: Hands, courier: RunningCourier, runtime: Runtime, engine: Engine
) -> None:
    parcel_id = pack_one(hands)

    def buy(_: int) -> None:
        buy_postage(
            runtime.in_transaction, runtime.carrier, parcel_id=parcel_id, actor=ANA, policy=runtime.policy
        )

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(buy, range(4)))
    hands.hurry()
    hands.work()

    assert parcel(engine, parcel_id) == ("labeled", None)
    assert bought(engine, parcel_id) == live_at_courier(courier)


@pytest.mark.parametrize(
    "fault",
    [
        "slow_after_charge",
        "drop_before_charge",
        "drop_after_charge",
        "error_before_charge",
        "error_after_charge",
        "queued",
        "unknown_enum",
        "object_tracking_status",
        "no_created_by",
        "http_200",
        "html",
        "list_error",
        "rates_error",
        "too_many",
        "label_missing",
        "label_foreign_host",
    ],
)
def test_whatever_the_courier_does_the_parcel_ends_with_one_live_label(
    fault: str, hands: Hands, courier: RunningCourier, engine: Engine
) -> None:
    parcel_id = pack_one(hands)
    break_courier(courier, fault)

    for _ in range(8):
        hands.work()
        hands.hurry()

    assert parcel(engine, parcel_id) == ("labeled", None)
    assert bought(engine, parcel_id) == live_at_courier(courier)
    assert column(engine, "SELECT count(*) FROM postage_document") == [1]
    assert job_states(engine) == {"done"}


@pytest.mark.parametrize("fault", ["refuse", "queued_then_error"])
def test_a_refused_purchase_is_shown_on_the_parcel_and_a_person_tries_again(
    fault: str, hands: Hands, courier: RunningCourier, engine: Engine
) -> None:
    parcel_id = pack_one(hands)
    break_courier(courier, fault)

    for _ in range(6):
        hands.work()
        hands.hurry()
    state, problem = parcel(engine, parcel_id)

    assert state == "packed"
    assert problem is not None
    assert problem.startswith("The carrier refused to sell postage:")
    assert live_at_courier(courier) == []
    assert job_states(engine) == {"done"}


@pytest.mark.parametrize("fault", ["label_redirect", "label_html"])
def test_a_file_that_is_no_label_is_never_kept_and_the_parcel_says_so(
    fault: str, hands: Hands, courier: RunningCourier, engine: Engine
) -> None:
    parcel_id = pack_one(hands)
    break_courier(courier, fault, times=None)

    hands.work()
    state, problem = parcel(engine, parcel_id)

    assert state == "labeled"
    assert problem is not None
    assert problem.startswith("The label is bought, but its file cannot be had:")
    assert column(engine, "SELECT count(*) FROM postage_document") == [0]


def test_a_courier_that_is_away_is_waited_for(hands: Hands, courier: RunningCourier, engine: Engine) -> None:
    parcel_id = pack_one(hands)
    break_courier(courier, "rates_error", times=9)

    for _ in range(12):
        hands.work()
        hands.hurry()

    assert parcel(engine, parcel_id) == ("labeled", None)


def test_no_carrier_for_the_address_is_a_problem_for_a_person_and_no_dead_job(
    hands: Hands, engine: Engine, runtime: Runtime
) -> None:
    parcel_id = pack_one(hands)
    execute(runtime, """UPDATE customer_order SET ship_to = ship_to || '{"zip": "00000", "city": ""}'""")

    hands.work()
    state, problem = parcel(engine, parcel_id)

    assert state == "packed"
    assert problem is not None
    assert column(engine, "SELECT state FROM job WHERE kind = 'buy_postage'") == ["done"]


@pytest.mark.parametrize(
    "place", ["postage_intended", "postage_calling", "postage_answered", "postage_recorded"]
)
def test_a_process_killed_at_any_step_leaves_one_live_label(
    place: str, hands: Hands, courier: RunningCourier, engine: Engine, database_url: str
) -> None:
    parcel_id = pack_one(hands)

    died = run_worker_once(database_url, courier, crash_at=place)
    for _ in range(8):
        hands.hurry()
        hands.work()

    assert died == -9
    assert parcel(engine, parcel_id) == ("labeled", None)
    assert bought(engine, parcel_id) == live_at_courier(courier)
    assert len(live_at_courier(courier)) == 1


@pytest.mark.parametrize("place", ["postage_looked_up", "postage_void_answered"])
def test_a_process_killed_while_settling_or_voiding_is_followed_by_one_that_finishes(
    place: str, hands: Hands, courier: RunningCourier, engine: Engine, database_url: str
) -> None:
    parcel_id = pack_one(hands)
    if place == "postage_looked_up":
        break_courier(courier, "drop_after_charge")
        hands.work(kinds={"buy_postage"})
    else:
        hands.work()
        hands.runtime.in_transaction(
            lambda session: unpack_parcel(session, parcel_id=parcel_id, reason="wrong", actor=ANA)
        )

    died = run_worker_once(database_url, courier, crash_at=place)
    control(courier, "clock", {"advance_s": 30 * 86_400})
    for _ in range(8):
        hands.hurry()
        hands.work()

    assert died == -9
    expected = ["bought"] if place == "postage_looked_up" else ["voided"]
    assert column(engine, "SELECT state FROM postage WHERE parcel_id = :id", id=parcel_id) == expected
    assert len(live_at_courier(courier)) == (1 if place == "postage_looked_up" else 0)


def test_a_parcel_opened_while_its_purchase_is_in_doubt_has_it_voided_when_it_is_found(
    hands: Hands, courier: RunningCourier, engine: Engine, runtime: Runtime
) -> None:
    parcel_id = pack_one(hands)
    break_courier(courier, "drop_after_charge")
    hands.work(kinds={"buy_postage"})

    runtime.in_transaction(
        lambda session: unpack_parcel(session, parcel_id=parcel_id, reason="wrong item", actor=ANA)
    )
    for _ in range(4):
        hands.hurry()
        hands.work()
        control(courier, "clock", {"advance_s": 30 * 86_400})

    assert parcel(engine, parcel_id)[0] == "cancelled"
    assert column(engine, "SELECT state FROM postage WHERE parcel_id = :id", id=parcel_id) == ["voided"]
    assert live_at_courier(courier) == []


@pytest.mark.parametrize("fault", ["void_drop_after", "void_error_after"])
def test_a_void_whose_answer_was_lost_is_settled_by_looking(
    fault: str, hands: Hands, courier: RunningCourier, engine: Engine, runtime: Runtime
) -> None:
    parcel_id = pack_one(hands)
    hands.work()
    break_courier(courier, fault)

    runtime.in_transaction(
        lambda session: unpack_parcel(session, parcel_id=parcel_id, reason="wrong item", actor=ANA)
    )
    for _ in range(4):
        hands.work()
        control(courier, "clock", {"advance_s": 30 * 86_400})
        hands.hurry()

    assert column(engine, "SELECT state FROM postage WHERE parcel_id = :id", id=parcel_id) == ["voided"]


def test_postage_the_carrier_will_not_take_back_is_shown(
    hands: Hands, courier: RunningCourier, engine: Engine, runtime: Runtime
) -> None:
    parcel_id = pack_one(hands)
    hands.work()
    break_courier(courier, "void_rejected")

    runtime.in_transaction(
        lambda session: unpack_parcel(session, parcel_id=parcel_id, reason="wrong item", actor=ANA)
    )
    for _ in range(4):
        hands.work()
        control(courier, "clock", {"advance_s": 30 * 86_400})
        hands.hurry()

    assert column(engine, "SELECT state FROM postage WHERE parcel_id = :id", id=parcel_id) == ["void_refused"]
    assert "keeps the price" in str(parcel(engine, parcel_id)[1])


def test_a_worker_paused_beyond_its_lease_writes_nothing_when_it_wakes(
    hands: Hands, courier: RunningCourier, engine: Engine, database_url: str
) -> None:
    parcel_id = pack_one(hands)
    break_courier(courier, "slow_after_charge", delay_s=3.0)
    paused = start_worker(database_url, courier)
    try:
        wait_until(lambda: column(engine, "SELECT count(*) FROM postage WHERE state = 'calling'") == [1])
        pause_between_transactions(paused, engine)
        hands.hurry()
        for _ in range(6):
            hands.work()
            hands.hurry()
        after_others = parcel(engine, parcel_id)
        paused.send_signal(signal.SIGCONT)
        paused.wait(60)
    finally:
        paused.kill()
        paused.wait()
    # It may have been paused before its call left, which then arrives after everybody stopped looking.
    in_transaction, carrier = hands.runtime.in_transaction, hands.runtime.carrier
    reconcile_postage(in_transaction, carrier, actor=ANA, policy=hands.runtime.policy)
    for _ in range(3):
        hands.hurry()
        hands.work()

    assert after_others == ("labeled", None)
    assert parcel(engine, parcel_id) == ("labeled", None)
    assert bought(engine, parcel_id) == live_at_courier(courier)
    assert len(live_at_courier(courier)) == 1


def pause_between_transactions(process: "subprocess.Popen[bytes]", engine: Engine) -> None:
    """The process is stopped where it holds no lock; one stopped inside a transaction is cut off anyway."""
    busy = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tests-hands' AND state <> 'idle'"

    def is_paused() -> bool:
        process.send_signal(signal.SIGSTOP)
        if column(engine, busy) == [0]:
            return True
        process.send_signal(signal.SIGCONT)
        return False

    wait_until(is_paused)


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def run_worker_once(database_url: str, courier: RunningCourier, *, crash_at: str) -> int:
    """A process of its own tries every due job and dies at the crash point; returns how it ended."""
    return start_worker(database_url, courier, crash_at=crash_at).wait(120)


def start_worker(
    database_url: str, courier: RunningCourier, *, crash_at: str = ""
) -> "subprocess.Popen[bytes]":
    """A process of its own that tries every due job."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FULFILLMENT_")}
    environment = {
        **kept,
        "FULFILLMENT_MODE": "test",
        "FULFILLMENT_CRASH_AT": crash_at,
        "FULFILLMENT_JOB_LEASE_S": "1",
        "FULFILLMENT_SHIPPO_URL": courier.url,
        "FULFILLMENT_POSTAGE_QUIET_S": "0",
        "FULFILLMENT_POSTAGE_PENDING_S": "0",
        "FULFILLMENT_POSTAGE_VOID_POLL_S": "1",
        "SHIPPO_API_TOKEN": "shippo_test_only",
        "DATABASE_URL": database_url,
    }
    return subprocess.Popen([sys.executable, "-m", "tests.flows.try_jobs"], env=environment, cwd=ROOT)
