"""The most memory a process and its workers held together while something ran."""

import os
import resource
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

BYTES_PER_MB = 1_000_000
SAMPLE_S = 0.1
PROC = Path("/proc")


class MemoryPeak:
    """Measures while its block runs; `mb` is the peak since the process began, its workers' included.

    What a worker reports of itself when it ends also counts what its parent held when it was started, so the
    workers are looked at while they live. Where there is no /proc, that report is all there is.
    """

    def __init__(self) -> None:
        self.workers_bytes = 0
        self.is_over = threading.Event()
        self.watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        if PROC.is_dir():
            self.watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.is_over.set()
        if self.watcher.ident is not None:
            self.watcher.join()

    def _watch(self) -> None:
        while not self.is_over.wait(SAMPLE_S):
            held = sum(_resident_bytes(child) for child in descendants(os.getpid()))
            self.workers_bytes = max(self.workers_bytes, held)

    @property
    def mb(self) -> float:
        """This process's peak and the largest sum of its workers seen at once."""
        workers = self.workers_bytes if PROC.is_dir() else _peak_bytes(resource.RUSAGE_CHILDREN)
        return (_peak_bytes(resource.RUSAGE_SELF) + workers) / BYTES_PER_MB


def _peak_bytes(who: int) -> int:
    """Linux counts in kilobytes, macOS in bytes."""
    return resource.getrusage(who).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def descendants(pid: int) -> list[int]:
    """The processes started by this one, and by those."""
    found: list[int] = []
    for file in PROC.glob(f"{pid}/task/*/children"):
        try:
            own = [int(child) for child in file.read_text().split()]
        except OSError:  # the thread ended meanwhile
            continue
        for child in own:
            found += [child, *descendants(child)]
    return found


def _resident_bytes(pid: int) -> int:
    """Zero where the process has ended meanwhile."""
    try:
        pages = int((PROC / str(pid) / "statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * resource.getpagesize()
