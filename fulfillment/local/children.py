"""Programs we start: as direct children, in sessions of their own, and never outliving us."""

import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final


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
            [*_bound_to_parent(death_signal), *identity.prefix, *(str(part) for part in command)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=dict(environment),
            start_new_session=True,
            user=identity.uid,
            group=identity.gid,
            extra_groups=[] if identity.uid is not None else None,
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


def _bound_to_parent(death_signal: signal.Signals) -> tuple[str, ...]:
    """The command that binds what it becomes to its parent's life; only Linux can.

    setpriv becomes the program, so the process id stays ours. A `preexec_fn` would do the same, but it forks
    a process with threads, which newer Pythons warn of.
    """
    setpriv = _find_setpriv()
    return (setpriv, "--pdeathsig", death_signal.name.removeprefix("SIG")) if setpriv else ()


@cache
def _find_setpriv() -> str | None:
    """The program of util-linux, where it is there and knows death signals."""
    found = shutil.which("setpriv")
    if found is None:
        return None
    trial = subprocess.run(  # noqa: S603 - a program of the system with constant arguments
        [found, "--pdeathsig", "TERM", "true"], capture_output=True, check=False
    )
    return found if trial.returncode == 0 else None
