"""Programs we start: as direct children, in sessions of their own, and never outliving us."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PR_SET_PDEATHSIG: Final = 1
# Loaded before any fork, so that the child between fork and exec only makes one system call.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Identity:
    """Whom a child runs as: a command put before its own, and a user and group to change to."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None


OURSELVES: Final = Identity()


def start_child(
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str],
    folder: Path,
    identity: Identity = OURSELVES,
    death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """A running child whose output is appended to `log`.

    It has its own session, so that Ctrl-C in the terminal reaches the supervisor alone, which then stops its
    children in order. On Linux the kernel sends it `death_signal` when the thread that started it dies, so it
    must be started by a thread that lives as long as the child should.
    """
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - commands are made here from installed programs, never from input
            [*identity.prefix, *(str(part) for part in command)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=dict(environment),
            start_new_session=True,
            user=identity.uid,
            group=identity.gid,
            extra_groups=[] if identity.uid is not None else None,
            preexec_fn=_bound_to_parent(death_signal),  # noqa: PLW1509 - it makes system calls only, no locks
        )


def stop_child(
    child: subprocess.Popen[bytes], *, signals: Sequence[signal.Signals], patience_s: float
) -> signal.Signals | None:
    """The child is gone; the answer is the signal that ended it, None if it had ended before.

    Each signal in turn gets `patience_s`, then SIGKILL ends it.
    """
    for number in (*signals, signal.SIGKILL):
        if child.poll() is not None:
            return None
        child.send_signal(number)
        try:
            child.wait(None if number is signal.SIGKILL else patience_s)
        except subprocess.TimeoutExpired:
            continue
        return number
    return None


def last_lines(log: Path, *, count: int = 12) -> str:
    """The end of a log, for a message to a person."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-count:])


def _bound_to_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    """What the child does before it becomes the program; only Linux can bind a child to its parent."""
    if _LIBC is None:
        return None
    parent = os.getpid()
    prctl = _LIBC.prctl

    def bind() -> None:
        prctl(PR_SET_PDEATHSIG, int(death_signal))
        if os.getppid() != parent:
            # The parent died before the binding: nobody would ever stop this child.
            os._exit(1)

    return bind
