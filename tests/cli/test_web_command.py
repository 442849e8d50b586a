"""`fulfillment web` as the supervisor starts it: several processes, one set of counters."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

PROJECT = Path(__file__).parents[2]
PATIENCE_S = 30


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def serving(environment: dict[str, str], port: int) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "fulfillment.cli.main", "web", "--port", str(port)],
        env=environment,
        cwd=PROJECT,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def wait_until_ready(address: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            if requests.get(f"{address}/readyz", timeout=60).status_code == 200:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError(f"{address} was not ready within {PATIENCE_S} s")


def test_counters_of_all_processes_are_added_up(database_url: str, tmp_path: Path) -> None:
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": database_url,
        "FULFILLMENT_MODE": "test",
        "FULFILLMENT_HOME": str(tmp_path),
        "FULFILLMENT_SECRET_KEY": "0123456789abcdefghijklmnopqrstuv",
    }
    with serving(environment, port) as process:
        wait_until_ready(f"http://127.0.0.1:{port}")

        for _ in range(40):
            # A connection of its own each time, so that both processes get some.
            requests.get(f"http://127.0.0.1:{port}/sign-in", headers={"Connection": "close"}, timeout=60)

        text = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=60).text
        counted = re.search(
            r'fulfillment_http_requests_total\{method="GET",route="/sign-in",status="200"\} (\S+)', text
        )
        assert counted
        assert float(counted[1]) == 40
    assert process.returncode == 0
