"""Shippo's limits of requests per minute, off unless a test wants them."""

import threading
from collections import Counter
from collections.abc import Mapping

from fulfillment.sandbox.courier import Courier

# Requests per minute (docs.goshippo.com, rate limits, July 2026).
LIMITS: Mapping[str, Mapping[str, int]] = {
    "off": {},
    "test": {"write": 50, "read": 400, "list": 10, "track_write": 50, "track_read": 50},
    "live": {"write": 500, "read": 4000, "list": 50, "track_write": 750, "track_read": 500},
}
_LISTS = frozenset(
    {"/transactions", "/shipments", "/refunds/", "/manifests", "/carrier_accounts", "/webhooks"}
)


class RateLimits:
    """Counts by kind of endpoint in the running minute."""

    def __init__(self, courier: Courier) -> None:
        self._courier = courier
        self._lock = threading.Lock()
        self._minute = 0
        self._counts: Counter[str] = Counter()

    def is_exceeded(self, method: str, path: str) -> bool:
        """Whether this request is one too many; it counts all the same."""
        limits = LIMITS[self._courier.limits]
        if not limits:
            return False
        kind = _kind(method, path)
        minute = int(self._courier.clock.real_now() // 60)
        with self._lock:
            if minute != self._minute:
                self._minute = minute
                self._counts.clear()
            self._counts[kind] += 1
            return self._counts[kind] > limits[kind]


def _kind(method: str, path: str) -> str:
    if path.startswith("/tracks"):
        return "track_read" if method == "GET" else "track_write"
    if method != "GET":
        return "write"
    return "list" if path in _LISTS else "read"
