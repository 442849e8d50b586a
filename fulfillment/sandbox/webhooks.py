"""Webhooks as Shippo sends them: 3 seconds to answer, two more attempts, no order, sometimes twice."""

import hashlib
import hmac
import http.client
import json
import logging
import threading
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from fulfillment.sandbox.carriage import tell_due_scans
from fulfillment.sandbox.courier import Courier
from fulfillment.sandbox.purchases import find_purchase, settle_due
from fulfillment.sandbox.shippo_answers import answer_purchase, answer_tracking

ANSWER_WITHIN_S = 3.0
RETRY_AFTER_S = (1.0, 5.0)
SENDERS = 4
TICK_S = 0.25
_RETRIED = frozenset({408, 429})
_LOG = logging.getLogger(__name__)


def announce(courier: Courier, event: str, data: dict[str, Any]) -> None:
    """The event is written down for each address that wants it; faults may lose, delay or double it."""
    urls = [
        hook["url"]
        for row in courier.storage.read("SELECT body FROM webhook")
        if (hook := json.loads(row["body"]))["active"] and hook["event"] in {event, "all"}
    ]
    if not urls or courier.faults.strike("webhook_lost"):
        return
    body = json.dumps({"event": event, "test": True, "data": data}, separators=(",", ":"))
    held_back = courier.faults.strike("webhook_reorder")
    copies = 2 if courier.faults.strike("webhook_duplicate") else 1
    is_signed = int(bool(courier.webhook_secret) and courier.faults.strike("webhook_unsigned") is None)
    with courier.storage.transaction() as database:
        for url in urls * copies:
            delay = held_back.delay_s * courier.faults.chance() if held_back else 0.0
            database.execute(
                "INSERT INTO delivery (url, body, is_signed, due_at) VALUES (?, ?, ?, ?)",
                (url, body, is_signed, courier.clock.real_now() + delay),
            )


def announce_due(courier: Courier) -> int:
    """Whatever has happened by now is written down for sending; the number of events."""
    count = 0
    for transaction_id in settle_due(courier):
        purchase = find_purchase(courier, transaction_id)
        if purchase is not None:
            announce(courier, "transaction_updated", answer_purchase(courier, purchase))
            count += 1
    while True:
        with courier.storage.transaction():
            told = tell_due_scans(courier)
            for row, scans in told:
                announce(courier, "track_updated", answer_tracking(row, scans))
        count += len(told)
        if not told:
            return count


class Messenger:
    """Threads that notice what has come due and send it; stopping loses nothing, it is written down."""

    def __init__(self, courier: Courier, *, retry_after_s: Sequence[float] = RETRY_AFTER_S) -> None:
        self._courier = courier
        self._retry_after_s = retry_after_s
        self._lock = threading.Lock()
        self._taken: set[int] = set()
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._tick, name="ticker", daemon=True)]
        self._threads += [
            threading.Thread(target=self._send, name=f"sender-{number}", daemon=True)
            for number in range(SENDERS)
        ]

    def start(self) -> None:
        """It works until it is stopped."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """It has stopped; what it was sending may arrive again after the next start."""
        self._is_over.set()
        for thread in self._threads:
            thread.join(ANSWER_WITHIN_S + 1)

    def _tick(self) -> None:
        while not self._is_over.wait(TICK_S):
            try:
                announce_due(self._courier)
            except Exception:  # noqa: BLE001 - a thread's loop; the traceback is logged
                _LOG.exception("The ticker failed and goes on.")

    def _send(self) -> None:
        connections: dict[str, http.client.HTTPConnection] = {}
        while not self._is_over.is_set():
            delivery = self._take()
            if delivery is None:
                self._is_over.wait(TICK_S / 5)
                continue
            try:
                self._finish(delivery, self._post(connections, delivery))
            except Exception:  # noqa: BLE001 - a thread's loop; the traceback is logged
                _LOG.exception("A sender failed and goes on.")
            finally:
                with self._lock:
                    self._taken.discard(delivery["seq"])

    def _take(self) -> Any:  # noqa: ANN401 - a database row
        """The next delivery that is due and that no other sender has."""
        with self._lock:
            rows = self._courier.storage.read(
                "SELECT * FROM delivery WHERE is_lost = 0 AND due_at <= ? ORDER BY due_at, seq LIMIT ?",
                self._courier.clock.real_now(),
                SENDERS + 1,
            )
            for row in rows:
                if row["seq"] not in self._taken:
                    self._taken.add(row["seq"])
                    return row
        return None

    def _post(self, connections: dict[str, http.client.HTTPConnection], delivery: Any) -> int | None:  # noqa: ANN401 - a database row
        """The status of the answer, or nothing where none came in time."""
        parts = urlsplit(delivery["url"])
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = connections.get(parts.netloc) or kind(parts.netloc, timeout=ANSWER_WITHIN_S)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        body = delivery["body"].encode()
        try:
            connection.request("POST", path, body, self._headers(body, is_signed=delivery["is_signed"]))
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            connections.pop(parts.netloc, None)
            connection.close()
            return None
        connections[parts.netloc] = connection
        return response.status

    def _headers(self, body: bytes, *, is_signed: bool) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "User-Agent": "sandbox-courier"}
        if is_signed:
            moment = str(int(self._courier.clock.real_now()))
            secret = self._courier.webhook_secret.encode()
            digest = hmac.new(secret, moment.encode() + b"." + body, hashlib.sha256).hexdigest()
            headers["Shippo-Auth-Signature"] = f"t={moment},v1={digest}"
        return headers

    def _finish(self, delivery: Any, status: int | None) -> None:  # noqa: ANN401 - a database row
        """Done, to be tried again, or lost for good."""
        with self._courier.storage.transaction() as database:
            if status is not None and 200 <= status < 300:
                database.execute("DELETE FROM delivery WHERE seq = ?", (delivery["seq"],))
                return
            may_retry = status is None or status in _RETRIED or status >= 500
            if may_retry and delivery["attempts"] < len(self._retry_after_s):
                due_at = self._courier.clock.real_now() + self._retry_after_s[delivery["attempts"]]
                database.execute(
                    "UPDATE delivery SET attempts = attempts + 1, due_at = ? WHERE seq = ?",
                    (due_at, delivery["seq"]),
                )
                return
            database.execute("UPDATE delivery SET is_lost = 1 WHERE seq = ?", (delivery["seq"],))
