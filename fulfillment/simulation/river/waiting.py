"""Waiting for jobs and carriers: as long as something moves, and not for ever."""

import time
from collections.abc import Callable

from fulfillment.core.errors import UnavailableError

PAUSE_S = 0.5
PAUSE_PER_COUNT = 3.0
"""A count that takes long is asked for less often, so that counting leaves the machine to what is counted."""
PATIENCE_S = 180.0


def wait_until(
    count_left: Callable[[], int],
    *,
    what: str,
    on_progress: Callable[[int], None],
    patience_s: float = PATIENCE_S,
) -> None:
    """Nothing is left of what is counted; `on_progress` hears each count.

    Raises:
        UnavailableError: the count did not change for as long as the patience.
    """
    left, since = count_left(), time.monotonic()
    pause_s = 0.0
    while left:
        on_progress(left)
        time.sleep(max(PAUSE_S, pause_s))
        began = time.monotonic()
        now_left = count_left()
        pause_s = (time.monotonic() - began) * PAUSE_PER_COUNT
        if now_left != left:
            left, since = now_left, time.monotonic()
        elif time.monotonic() - since > patience_s:
            raise UnavailableError(
                f"{left} {what} did not move for {patience_s:.0f} s. See the logs in the home."
            )
    on_progress(0)
