"""The stack as simulation and chaos tests use it: real programs in a home of their own."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from fulfillment.local.errors import HomeInUseError, LocalServerError
from fulfillment.local.stack import running_stack

JOB_PARTS = ("worker", "scheduler")


def count_tables(database_url: str) -> int:
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection:
        row = connection.execute(
            "SELECT count(*) FROM information_schema.tables WHERE table_name = 'job'"
        ).fetchone()
    assert row is not None
    return int(row[0])


def test_killed_parts_come_back_and_everything_stops_with_the_block(tmp_path: Path) -> None:
    with running_stack(tmp_path / "home", parts=JOB_PARTS, workers=2, is_durable=False) as stack:
        assert stack.names() == ["postgres", "valkey", "worker-1", "worker-2", "scheduler"]
        assert count_tables(stack.environment["DATABASE_URL"]) == 1

        stack.hold("worker-2")
        stack.kill("postgres")
        stack.await_running("postgres")
        assert not stack.is_running("worker-2")
        stack.release("worker-2", environment={"FULFILLMENT_LOG_LEVEL": "WARNING"})

        assert count_tables(stack.environment["DATABASE_URL"]) == 1
        assert stack.is_running("worker-2")
    assert not any(stack.is_running(name) for name in stack.names())
    assert "supervisor" not in {thread.name for thread in threading.enumerate()}


def test_a_second_run_of_the_same_home_keeps_its_addresses_and_data(tmp_path: Path) -> None:
    with running_stack(tmp_path / "home", parts=(), is_durable=False) as first:
        first_urls = (first.environment["DATABASE_URL"], first.environment["REDIS_URL"], first.courier_url)

    with running_stack(tmp_path / "home", parts=(), preparations=(), is_durable=False) as second:
        assert count_tables(second.environment["DATABASE_URL"]) == 1
        assert (
            second.environment["DATABASE_URL"],
            second.environment["REDIS_URL"],
            second.courier_url,
        ) == first_urls


def test_a_home_in_use_is_refused(tmp_path: Path) -> None:
    with (
        running_stack(tmp_path / "home", parts=(), preparations=(), is_durable=False),
        pytest.raises(HomeInUseError),
        running_stack(tmp_path / "home"),
    ):
        pass


def test_a_preparation_that_fails_stops_the_servers_and_says_why(tmp_path: Path) -> None:
    with (
        pytest.raises(LocalServerError, match="No such command 'paint'"),
        running_stack(tmp_path / "home", parts=(), preparations=(("paint",),), is_durable=False),
    ):
        pass

    with running_stack(tmp_path / "home", parts=(), preparations=(), is_durable=False) as again:
        assert again.is_running("postgres")


def test_a_first_command_that_fails_is_reported_and_the_product_runs(tmp_path: Path) -> None:
    told: list[str] = []

    with running_stack(
        tmp_path / "home",
        parts=(),
        preparations=(),
        first_commands=(("paint",), ("migrate",)),
        is_durable=False,
        report=told.append,
    ) as stack:
        assert stack.is_running("postgres")
        assert count_tables(stack.settings["DATABASE_URL"]) == 1

    assert any("No such command 'paint'" in line and "Try it again" in line for line in told)


def test_a_command_runs_inside_the_stack(tmp_path: Path) -> None:
    with running_stack(tmp_path / "home", parts=(), preparations=(), is_durable=False) as stack:
        answer = stack.run("migrate")

    assert (answer.returncode, answer.stdout) == (0, "The schema is up to date.\n")


def test_no_part_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from fulfillment.local.stack import running_stack\n"
        "with running_stack(Path(sys.argv[1]), parts=('worker',)) as stack:\n"
        "    print(*(stack.supervisor.service(n).child.pid for n in stack.names()), flush=True)\n"
        "    time.sleep(600)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, tmp_path / "home"], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    children = [int(word) for word in parent.stdout.readline().split()]
    assert len(children) == 3

    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()

    deadline = time.monotonic() + 20
    while any(is_alive(child) for child in children) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [is_alive(child) for child in children] == [False, False, False]


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
