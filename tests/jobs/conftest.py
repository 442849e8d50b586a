"""Background processes for tests of jobs, and a way to wait for what they do."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from fulfillment.store.columns import table_of
from fulfillment.store.tables import AuditEntry, Job

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0

JOB = table_of(Job)
ENTRY = table_of(AuditEntry)


class Programs:
    """Starts workers and bells, and has none left at the end."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.environment = environment
        self.log = log
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, role: str) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.jobs.programs", role],
                env=self.environment,
                cwd=ROOT,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        self.started.append(process)
        return process

    def stop(self) -> None:
        for process in self.started:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()


@pytest.fixture
def programs(database_url: str, valkey_url: str, tmp_path: Path) -> Iterator[Programs]:
    """Workers and bells on this test's own database, with a short lease."""
    with programs_on(database_url, valkey_url, tmp_path) as made:
        yield made


@contextmanager
def programs_on(database_url: str, valkey_url: str, tmp_path: Path) -> Iterator[Programs]:
    """Workers and bells on these servers; none is left afterwards."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FULFILLMENT_")}
    made = Programs(
        {
            **kept,
            "FULFILLMENT_MODE": "test",
            "FULFILLMENT_JOB_LEASE_S": "1",
            "FULFILLMENT_SWEEP_EVERY_S": "0.5",
            "DATABASE_URL": database_url,
            "REDIS_URL": valkey_url,
        },
        tmp_path / "programs.log",
    )
    try:
        yield made
    finally:
        made.stop()
    sys.stderr.write(made.log.read_text() if made.log.exists() else "")


@pytest.fixture
def jobs(engine: Engine) -> "Jobs":
    """The rows of the job table as they are now."""
    return Jobs(engine)


class Jobs:
    """Looks at jobs, and waits for them to become what a test expects."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def row(self, job_id: UUID) -> dict[str, Any]:
        with self.engine.connect() as connection:
            return dict(connection.execute(sa.select(JOB).where(JOB.c.id == job_id)).mappings().one())

    def states(self) -> dict[str, int]:
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(JOB.c.state, sa.func.count()).group_by(JOB.c.state))
            return {state.value: count for state, count in rows}

    def marks(self) -> list[tuple[str, int]]:
        """The effects that were committed: job and attempt, in order."""
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(ENTRY).where(ENTRY.c.deed == "mark").order_by(ENTRY.c.seq))
            return [(row.object_id, row.detail["attempt"]) for row in rows]

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not is_so():
            assert time.monotonic() < deadline, f"still waiting; jobs are {self.states()}"
            time.sleep(0.05)
