"""Valkey as a direct child of ours, on a unix socket."""

import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from fulfillment.local.binaries import find_valkey
from fulfillment.local.children import last_lines, start_child, stop_child
from fulfillment.local.errors import LocalServerError
from fulfillment.local.folders import make_private, socket_folder

START_PATIENCE_S = 60.0
STOP_PATIENCE_S = 10.0


@dataclass
class ValkeyServer:
    """One Valkey (or Redis) over one folder. It is only the doorbell: whatever it loses is rung again."""

    folder: Path
    name: str = "valkey"
    child: subprocess.Popen[bytes] | None = field(default=None, init=False)
    sockets: Path = field(init=False)

    def __post_init__(self) -> None:
        make_private(self.folder)
        self.folder = self.folder.resolve()
        self.sockets = socket_folder(self.folder)

    @property
    def log(self) -> Path:
        """What the server wrote."""
        return self.folder / "valkey.log"

    @property
    def socket_path(self) -> Path:
        """Where it listens."""
        return self.sockets / "valkey.sock"

    @property
    def url(self) -> str:
        """The address redis-py takes; it stays the same across restarts."""
        return self.url_for(0)

    def url_for(self, database: int) -> str:
        """The address of one of its sixteen numbered databases."""
        return f"unix://{quote(str(self.socket_path))}?db={database}"

    def start(self) -> None:
        """The server answers.

        Raises:
            LocalServerError: it cannot run here; the message holds the end of its log.
        """
        settings = {
            "port": "0",
            "unixsocket": str(self.socket_path),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        self.socket_path.unlink(missing_ok=True)
        self.child = start_child(
            [find_valkey(), *(part for name, value in settings.items() for part in (f"--{name}", value))],
            log=self.log,
            environment={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            folder=self.folder,
        )
        deadline = time.monotonic() + START_PATIENCE_S
        while self.child.poll() is None and time.monotonic() < deadline:
            if self._answers():
                return
            time.sleep(0.01)
        self.stop()
        raise LocalServerError(f"Valkey did not start. The end of {self.log}:\n{last_lines(self.log)}")

    def launch(self) -> None:
        """The server answers."""
        self.start()

    def await_ready(self) -> None:
        """Nothing is left to wait for."""

    def is_running(self) -> bool:
        """Whether the process is alive."""
        return self.child is not None and self.child.poll() is None

    def stop(self) -> None:
        """The server has ended, its append-only file written."""
        if self.child is not None:
            stop_child(self.child, signals=(signal.SIGTERM,), patience_s=STOP_PATIENCE_S)

    def kill(self) -> None:
        """The server has died as in a crash (SIGKILL), for tests of recovery."""
        if self.child is not None:
            self.child.kill()
            self.child.wait()

    def _answers(self) -> bool:
        """Whether it says PONG; while it loads its file it says so instead."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(1)
            try:
                line.connect(str(self.socket_path))
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
            except OSError:
                return False
