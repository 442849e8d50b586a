"""Order, restarts and reports of the supervisor."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fulfillment.local.errors import LocalServerError
from fulfillment.local.programs import Program
from fulfillment.local.supervisor import Supervisor

SLEEPS = "import time; time.sleep(600)"
SAYS_WHEN_STOPPED = (
    "import signal, sys, time\n"
    "def stop(*_):\n"
    "    open(sys.argv[2], 'a').write(sys.argv[1]); sys.exit(0)\n"
    "signal.signal(signal.SIGTERM, stop); open(sys.argv[3], 'w').close(); time.sleep(600)"
)


def program(folder: Path, name: str, script: str, *arguments: str) -> Program:
    return Program(
        name=name,
        command=[sys.executable, "-c", script, *arguments],
        environment=dict(os.environ),
        folder=folder,
        log=folder / f"{name}.log",
    )


def look_until(supervisor: Supervisor, is_so: Callable[[], bool]) -> None:
    for _ in range(600):
        supervisor.look()
        if is_so():
            return
        time.sleep(0.05)
    raise AssertionError("It never became so.")


def test_services_stop_in_the_reverse_order_of_their_start(tmp_path: Path) -> None:
    supervisor = Supervisor(report=print)
    order = tmp_path / "order"
    services = []
    for name in "abc":
        mark = tmp_path / f"{name}.ready"
        service = program(tmp_path, name, SAYS_WHEN_STOPPED, name, str(order), str(mark))
        service.is_ready = mark.exists
        services.append(service)

    supervisor.start(services)
    supervisor.stop()

    assert order.read_text() == "cba"


def test_a_crashed_service_runs_again_and_is_reported(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(report=said.append)
    service = program(tmp_path, "packer", SLEEPS)
    supervisor.start([service])
    assert service.child is not None
    first = service.child.pid

    service.kill()
    look_until(supervisor, service.is_running)

    assert service.child.pid != first
    assert said == ["The packer has ended unexpectedly; starting it again now."]
    supervisor.stop()
    assert not service.is_running()


def test_a_service_that_keeps_crashing_is_given_growing_delays(tmp_path: Path) -> None:
    said: list[str] = []
    supervisor = Supervisor(report=said.append)
    supervisor.start([program(tmp_path, "packer", "raise SystemExit(3)")])

    look_until(supervisor, lambda: len(said) == 3)
    supervisor.stop()

    assert [line.rpartition("again ")[2] for line in said] == ["now.", "in 0.4 s.", "in 0.8 s."]


def test_a_held_service_stays_down_until_it_is_released(tmp_path: Path) -> None:
    supervisor = Supervisor(report=print)
    service = program(tmp_path, "packer", SLEEPS)
    supervisor.start([service])

    supervisor.hold("packer")
    for _ in range(5):
        supervisor.look()
    assert not supervisor.is_running("packer")
    supervisor.release("packer")
    look_until(supervisor, service.is_running)

    supervisor.stop()


def test_a_service_that_cannot_start_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    supervisor = Supervisor(report=print)
    service = program(tmp_path, "packer", "raise SystemExit('no tape')")
    service.is_ready = lambda: False

    with pytest.raises(LocalServerError, match=r"The packer ended \(1\).*\nno tape"):
        supervisor.start([service])

    supervisor.stop()


def test_a_service_that_ignores_the_signal_is_ended_all_the_same(tmp_path: Path) -> None:
    deaf = "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    deaf += "open(sys.argv[1], 'w').close(); time.sleep(600)"
    service = program(tmp_path, "deaf", deaf, str(tmp_path / "ready"))
    service.is_ready = (tmp_path / "ready").exists
    service.patience_s = 0.2
    supervisor = Supervisor(report=print)
    supervisor.start([service])

    supervisor.stop()

    assert not service.is_running()
