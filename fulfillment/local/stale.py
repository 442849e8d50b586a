"""Leftovers of a run that was killed with its machine or its supervisor."""

import os
import signal
import subprocess
import time
from pathlib import Path

from fulfillment.local.errors import LocalServerError

NO_SUCH_PROCESS = 99_999_999
"""Above the largest pid a kernel gives (4,194,304)."""
PATIENCE_S = 30.0
PROC = Path("/proc")


def clear_stale_postmaster(data: Path) -> None:
    """No earlier postmaster runs on this folder, and its pid file stops nobody.

    A postmaster that outlived its supervisor (macOS cannot bind children to their parent) is shut down. A pid
    that now belongs to another program is replaced in the file, not removed with it, because PostgreSQL still
    reads there which shared memory to check.

    Raises:
        LocalServerError: the old postmaster does not end.
    """
    mark = data / "postmaster.pid"
    if not mark.exists():
        return
    lines = mark.read_text().splitlines()
    if not lines or not lines[0].strip().isdecimal():
        mark.unlink()
        return
    process = int(lines[0])
    command = command_of(process)
    if "postgres" not in command or str(data) not in command:
        mark.write_text("\n".join([str(NO_SUCH_PROCESS), *lines[1:]]) + "\n")
        return
    _end(process, data)


def command_of(process: int) -> str:
    """The command line of a process, empty if it has ended, whether or not its parent has noticed."""
    if PROC.is_dir():
        try:
            return (
                (PROC / str(process) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            )
        except OSError:
            return ""
    answer = subprocess.run(  # noqa: S603 - a constant program and a number
        ["/bin/ps", "-ww", "-o", "command=", "-p", str(process)],
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if answer.stdout.rstrip().endswith("<defunct>") else answer.stdout


def _end(process: int, data: Path) -> None:
    """The process has ended, by a fast shutdown or, if that is too slow, by an immediate one."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        os.kill(process, number)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if not command_of(process):
                return
            time.sleep(0.05)
    raise LocalServerError(f"Process {process} still runs the database in {data}. End it, then try again.")
