"""The demo as a person runs it: a process with a terminal's signals."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from fulfillment.local.home import Home
from fulfillment.local.ports import free_port

# The product's parts have tests of their own; this is about starting and stopping.
LIGHT = ("--empty", "--without", "courier", "--without", "payments", "--without", "worker")
LAST_LINE = "Ctrl-C stops everything"


def start_demo(home: Path, port: int, *arguments: str) -> tuple[subprocess.Popen[str], str]:
    """The demo, and all it printed until it was up or had failed."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    demo = subprocess.Popen(
        [sys.executable, "-m", "fulfillment.cli.main", "demo", "--port", str(port), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**environment, "FULFILLMENT_HOME": str(home), "COLUMNS": "120"},
    )
    assert demo.stdout is not None
    printed = ""
    for line in demo.stdout:
        printed += line
        if line.startswith(LAST_LINE):
            break
    return demo, printed


def failed(demo: subprocess.Popen[str]) -> bool:
    assert demo.stdout is not None
    demo.stdout.close()
    return demo.wait() == 1


def end_demo(demo: subprocess.Popen[str], number: signal.Signals) -> tuple[int, str]:
    demo.send_signal(number)
    assert demo.stdout is not None
    rest = demo.stdout.read()
    demo.stdout.close()
    return demo.wait(timeout=60), rest


def passwords_in(printed: str) -> dict[str, str]:
    return dict(re.findall(r"(\w+)@demo\.example +(\S+)", printed))


def test_it_prints_one_address_and_a_password_for_each_role_and_resumes(tmp_path: Path) -> None:
    port = free_port()
    demo, printed = start_demo(tmp_path / "home", port, *LIGHT)

    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
        status = answer.status
    code, rest = end_demo(demo, signal.SIGINT)

    assert status == 200
    assert re.findall(r"http://\S+", printed) == [f"http://127.0.0.1:{port}"]
    assert list(passwords_in(printed)) == ["warehouse", "distributor", "service", "supervisor", "admin"]
    assert (code, rest) == (0, "Everything has stopped; the data is kept.\n")

    demo, printed_again = start_demo(tmp_path / "home", port, *LIGHT)
    code, _ = end_demo(demo, signal.SIGTERM)

    assert passwords_in(printed_again) == passwords_in(printed)
    assert code == 0


def test_a_closed_terminal_stops_everything(tmp_path: Path) -> None:
    demo, _ = start_demo(tmp_path / "home", free_port(), *LIGHT)

    code, rest = end_demo(demo, signal.SIGHUP)

    assert (code, rest.strip()) == (0, "")
    assert not (tmp_path / "home" / "postgres" / "data" / "postmaster.pid").exists()


def test_a_port_in_use_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        demo, printed = start_demo(tmp_path / "home", port, *LIGHT)

    assert failed(demo)
    assert f"Port {port} is in use" in printed
    assert not (tmp_path / "home").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="Root may write everywhere.")
def test_a_folder_that_cannot_be_written_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)

    demo, printed = start_demo(tmp_path / "closed" / "home", free_port(), *LIGHT)

    assert failed(demo)
    assert "Set FULFILLMENT_HOME to a folder you may write to" in printed


def test_reset_throws_the_data_away(tmp_path: Path) -> None:
    demo, printed = start_demo(tmp_path / "home", free_port(), *LIGHT)
    end_demo(demo, signal.SIGINT)

    answer = subprocess.run(
        [sys.executable, "-m", "fulfillment.cli.main", "home", "reset", "--yes"],
        env={**os.environ, "FULFILLMENT_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert passwords_in(printed) != {}
    assert answer.returncode == 0
    assert not Home(tmp_path / "home").secrets_file.exists()
    assert not (tmp_path / "home" / "postgres").exists()
