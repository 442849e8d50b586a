"""Many clients at once, each on a connection of its own, all starting at the same moment."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def run_together(deeds: Sequence[Callable[[], T]]) -> list[T | Exception]:
    """What each deed returned or raised, in their order; none begins before all are ready."""
    gate = threading.Barrier(len(deeds))

    def run(deed: Callable[[], T]) -> T | Exception:
        gate.wait()
        try:
            return deed()
        except Exception as error:  # noqa: BLE001 - the test looks at what went wrong
            return error

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))
