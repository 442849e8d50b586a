"""Crash points: the process is gone at the named place and nowhere else."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from fulfillment.store.columns import table_of
from fulfillment.store.tables import Job

JOB = table_of(Job)
ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from fulfillment.store.engine import make_engine
from fulfillment.store.jobs import enqueue
from fulfillment.store.session import in_transaction

in_transaction(make_engine(sys.argv[1]), lambda session: enqueue(session, kind="test", payload={}))
print("acknowledged")
"""


def run_with_crash_at(name: str, database_url: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, database_url],
        env={**os.environ, "FULFILLMENT_CRASH_AT": name},
        cwd=ROOT,
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize(("name", "kept"), [("before_commit", 0), ("after_commit", 1)])
def test_a_process_that_dies_around_its_commit_leaves_all_or_nothing(
    engine: Engine, database_url: str, name: str, kept: int
) -> None:
    run = run_with_crash_at(name, database_url)

    assert run.returncode == -signal.SIGKILL
    assert run.stdout == b""
    with engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(JOB)).scalar_one() == kept


def test_another_crash_point_stops_nothing(engine: Engine, database_url: str) -> None:
    run = run_with_crash_at("elsewhere", database_url)

    assert (run.returncode, run.stdout) == (0, b"acknowledged\n")
    with engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(JOB)).scalar_one() == 1
