"""The sandbox courier's state: what it quoted, sold, took back and carries."""

import secrets
from pathlib import Path
from typing import Any, Final

from fulfillment.sandbox.clock import SandboxClock
from fulfillment.sandbox.faults import COURIER_FAULTS, FaultSwitches
from fulfillment.sandbox.storage import Storage

OWNER: Final = "sandbox@courier.invalid"
DAY_S: Final = 86_400
_SCHEMA = """
CREATE TABLE IF NOT EXISTS address (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS shipment (id TEXT PRIMARY KEY, created REAL NOT NULL, body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS rate (
    id TEXT PRIMARY KEY, shipment TEXT NOT NULL, created REAL NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS purchase (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    rate TEXT NOT NULL,
    shipment TEXT NOT NULL,
    piece TEXT NOT NULL,
    created REAL NOT NULL,
    updated REAL NOT NULL,
    visible_at REAL NOT NULL,
    status TEXT NOT NULL,
    settles_at REAL,
    settles_to TEXT,
    metadata TEXT NOT NULL,
    carrier TEXT NOT NULL,
    service TEXT NOT NULL,
    number TEXT NOT NULL,
    file_type TEXT NOT NULL,
    cents INTEGER NOT NULL,
    currency TEXT NOT NULL,
    days INTEGER NOT NULL,
    pays_on_use INTEGER NOT NULL,
    origin TEXT NOT NULL,
    destination TEXT NOT NULL,
    taken_at REAL,
    trouble TEXT,
    scans_told INTEGER NOT NULL DEFAULT 0,
    next_scan_at REAL
) STRICT;
CREATE INDEX IF NOT EXISTS purchase_by_rate ON purchase (rate);
CREATE INDEX IF NOT EXISTS purchase_by_number ON purchase (carrier, number);
CREATE INDEX IF NOT EXISTS purchase_by_scan ON purchase (next_scan_at) WHERE next_scan_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS purchase_by_settling ON purchase (settles_at) WHERE settles_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS refund (
    id TEXT PRIMARY KEY,
    purchase TEXT NOT NULL,
    created REAL NOT NULL,
    updated REAL NOT NULL,
    status TEXT NOT NULL,
    settles_at REAL,
    settles_to TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS refund_by_purchase ON refund (purchase);
CREATE INDEX IF NOT EXISTS refund_by_settling ON refund (settles_at) WHERE settles_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS manifest (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS webhook (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS delivery (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    url TEXT NOT NULL,
    body TEXT NOT NULL,
    is_signed INTEGER NOT NULL,
    due_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    is_lost INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS delivery_by_due ON delivery (due_at) WHERE is_lost = 0;
"""


class BadOrderError(Exception):
    """An order the courier refuses, with the status and JSON of its answer; nothing was charged."""

    def __init__(self, body: dict[str, Any], *, status: int = 400) -> None:
        super().__init__(str(body))
        self.body = body
        self.status = status


class Courier:
    """Everything the courier's endpoints work with."""

    def __init__(self, folder: Path, *, base_url: str = "", webhook_secret: str = "") -> None:
        self.storage = Storage(folder / "courier.sqlite", schema=_SCHEMA)
        self.clock = SandboxClock(self.storage)
        self.faults = FaultSwitches(self.storage, known=COURIER_FAULTS)
        self.base_url = base_url
        self.webhook_secret = webhook_secret
        self.limits: str = self.storage.read_setting("limits", "off")
        self.shipper: int = self._remember("shipper", secrets.randbelow(10_000))
        """Four digits of all tracking numbers: another state folder sells other numbers."""

    def set_limits(self, name: str) -> None:
        """These limits of requests hold from now on."""
        self.limits = name
        self.storage.keep_setting("limits", name)

    def _remember(self, name: str, value: int) -> int:
        kept: int | None = self.storage.read_setting(name, None)
        if kept is None:
            self.storage.keep_setting(name, value)
            return value
        return kept


def new_object_id() -> str:
    """An id as Shippo makes them."""
    return secrets.token_hex(16)


def account_of(carrier: str) -> str:
    """The id of the one account the courier has at each carrier."""
    return carrier.encode().hex().ljust(32, "0")[:32]


def carrier_of(account: str) -> str | None:
    """The carrier of an account id."""
    try:
        return bytes.fromhex(account).rstrip(b"\0").decode("ascii")
    except ValueError:
        return None
