"""The sandbox's own time: real time plus an offset that tests and simulations move."""

import time
from datetime import UTC, datetime

from fulfillment.sandbox.storage import Storage


class SandboxClock:
    """A clock that runs and can be set; the offset outlives the process."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._offset_s = float(storage.read_setting("clock_offset_s", 0.0))

    def now(self) -> float:
        """Seconds since 1970 in sandbox time."""
        return time.time() + self._offset_s

    @staticmethod
    def real_now() -> float:
        """Seconds since 1970 outside, where HTTP waits and retries."""
        return time.time()

    def advance(self, seconds: float) -> None:
        """It is that much later from now on."""
        self._offset_s += seconds
        self._storage.keep_setting("clock_offset_s", self._offset_s)

    def set(self, moment: float) -> None:
        """It is this moment now."""
        self._offset_s = moment - time.time()
        self._storage.keep_setting("clock_offset_s", self._offset_s)


def text_of(moment: float) -> str:
    """An instant as Shippo writes it."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment_of(text: str) -> float:
    """The seconds since 1970 of an instant in ISO 8601; without a zone it is UTC.

    Raises:
        ValueError: the text is no instant.
    """
    instant = datetime.fromisoformat(text)
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp()
