"""Programs of the product as the supervisor sees them."""

import http.client
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from fulfillment.local.children import last_lines, start_child, stop_child
from fulfillment.local.errors import LocalServerError
from fulfillment.local.ports import LOOPBACK

LOG_LIMIT_BYTES = 5_000_000
READY_PATIENCE_S = 60.0
STOP_PATIENCE_S = 15.0


class Service(Protocol):
    """Something that runs until it is stopped."""

    @property
    def name(self) -> str:
        """What messages call it."""

    def launch(self) -> None:
        """Its process exists."""

    def await_ready(self) -> None:
        """It does its work; raises LocalServerError if it cannot."""

    def is_running(self) -> bool:
        """Whether its process is alive."""

    def stop(self) -> None:
        """Its process has ended cleanly."""

    def kill(self) -> None:
        """Its process has died as in a crash."""


@dataclass
class Program:
    """One program, its log, and how to tell that it is ready."""

    name: str
    command: Sequence[str | Path]
    environment: Mapping[str, str]
    folder: Path
    log: Path
    is_ready: Callable[[], bool] | None = None
    """None: it is ready as soon as it exists."""
    patience_s: float = STOP_PATIENCE_S
    child: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def launch(self) -> None:
        """Its process exists; an overgrown log begins anew."""
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT_BYTES:
            self.log.unlink()
        self.child = start_child(self.command, log=self.log, environment=self.environment, folder=self.folder)

    def await_ready(self) -> None:
        """It answers.

        Raises:
            LocalServerError: it ended, or its patience did; the message holds the end of its log.
        """
        assert self.child is not None
        deadline = time.monotonic() + READY_PATIENCE_S
        while self.child.poll() is None and time.monotonic() < deadline:
            if self.is_ready is None or self.is_ready():
                return
            time.sleep(0.05)
        what = "did not get ready" if self.child.returncode is None else f"ended ({self.child.returncode})"
        raise LocalServerError(f"The {self.name} {what}. The end of {self.log}:\n{last_lines(self.log)}")

    def is_running(self) -> bool:
        """Whether its process is alive."""
        return self.child is not None and self.child.poll() is None

    def stop(self) -> None:
        """Its process has ended, after it could finish what it was doing."""
        if self.child is not None:
            stop_child(self.child, signals=(signal.SIGTERM,), patience_s=self.patience_s)

    def kill(self) -> None:
        """It has died as in a crash, its own children too: gunicorn's would go on to serve for a moment."""
        if self.is_running():
            assert self.child is not None
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()


def answers_http(port: int, path: str) -> Callable[[], bool]:
    """Whether the program answers this path with 200."""

    def ask() -> bool:
        line = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
        try:
            line.request("GET", path)
            return line.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            line.close()

    return ask
