"""The command that runs the sandbox servers."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("FULFILLMENT", "SHIPPO"))}


def _start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "fulfillment.cli.main", "sandbox", *arguments],
        env=CLEAN | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(("server", "file"), [("courier", "courier.sqlite"), ("payments", "payments.sqlite")])
def test_a_server_says_where_it_is_answers_there_and_ends_when_told(
    tmp_path: Path, server: str, file: str
) -> None:
    with _start(server, FULFILLMENT_HOME=str(tmp_path)) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        answer = requests.get(f"{url}/healthz", timeout=5)
        process.send_signal(signal.SIGTERM)
        code = process.wait(10)

    assert answer.json() == {"status": "ok"}
    assert code == 0
    assert (tmp_path / "sandbox" / file).exists()


def test_the_courier_does_not_start_beside_a_live_token(tmp_path: Path) -> None:
    with _start("courier", "--state", str(tmp_path), SHIPPO_API_TOKEN="shippo_live_x") as process:
        _, complaint = process.communicate(timeout=20)

    assert process.returncode == 1
    assert "live token" in complaint
    assert not (tmp_path / "courier.sqlite").exists()
