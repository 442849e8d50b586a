"""The sandbox payment provider's state: captured payments, refunds, and keys it remembers for a day."""

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from fulfillment.core.errors import InvalidInputError
from fulfillment.core.money import Money, decimal_text
from fulfillment.sandbox.clock import SandboxClock, text_of
from fulfillment.sandbox.faults import PAYMENT_FAULTS, FaultSwitches
from fulfillment.sandbox.storage import Storage

KEY_LIFE_S: Final = 86_400.0
PAGE_SIZE: Final = 100
_SCHEMA = """
CREATE TABLE IF NOT EXISTS payment (
    id TEXT PRIMARY KEY, captured INTEGER NOT NULL, currency TEXT NOT NULL, created REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS refund (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL,
    payment TEXT NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    status TEXT NOT NULL,
    code TEXT,
    message TEXT,
    reference TEXT NOT NULL,
    created REAL NOT NULL,
    paid_at REAL,
    settles_at REAL
) STRICT;
CREATE INDEX IF NOT EXISTS refund_by_key ON refund (key);
CREATE INDEX IF NOT EXISTS refund_by_payment ON refund (payment);
CREATE TABLE IF NOT EXISTS used_key (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, refund TEXT NOT NULL, used REAL NOT NULL
) STRICT;
"""


class RefusedError(Exception):
    """An order that moves no money, with the status and JSON of its answer."""

    def __init__(self, code: str, message: str, *, status: int) -> None:
        super().__init__(message)
        self.body = {"code": code, "message": message}
        self.status = status


class Payments:
    """Everything the payment provider's endpoints work with."""

    def __init__(self, folder: Path) -> None:
        self.storage = Storage(folder / "payments.sqlite", schema=_SCHEMA)
        self.clock = SandboxClock(self.storage)
        self.faults = FaultSwitches(self.storage, known=PAYMENT_FAULTS)

    def capture(self, payment_id: str, money: Money) -> None:
        """The payment is captured; told twice, the first amount stays."""
        with self.storage.transaction() as database:
            database.execute(
                "INSERT OR IGNORE INTO payment VALUES (?, ?, ?, ?)",
                (payment_id, money.minor, money.currency, self.clock.now()),
            )

    def pay_back(self, order: Mapping[str, Any], *, key: str, pending_s: float | None = None) -> sqlite3.Row:
        """The refund of an order, paid once for a key that is remembered.

        Raises:
            RefusedError: the order is malformed, exceeds what is left, or its key came with another order.
        """
        money = read_money(order)
        now = self.clock.now()
        fingerprint = hashlib.sha256(json.dumps(order, sort_keys=True).encode()).hexdigest()
        with self.storage.transaction() as database:
            known = self._used_key(key, now=now)
            if known is not None:
                if known["fingerprint"] != fingerprint:
                    raise RefusedError(
                        "idempotency-key-reused", "This key came with another order before.", status=422
                    )
                return self.find_refund(known["refund"])
            payment_id = self._require_left(order, money)
            refund_id = f"re_{secrets.token_hex(12)}"
            real_due = None if pending_s is None else self.clock.real_now() + pending_s
            database.execute(
                "INSERT INTO refund (id, key, payment, amount, currency, status, reference, created, paid_at,"
                " settles_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    refund_id,
                    str(order.get("refund_key") or key),
                    payment_id,
                    money.minor,
                    money.currency,
                    "paid" if pending_s is None else "pending",
                    str(order.get("reference") or ""),
                    now,
                    now if pending_s is None else None,
                    real_due,
                ),
            )
            database.execute(
                "INSERT OR REPLACE INTO used_key VALUES (?, ?, ?, ?)", (key, fingerprint, refund_id, now)
            )
            return self.find_refund(refund_id)

    def note_refusal(self, order: Mapping[str, Any], *, key: str, code: str, message: str) -> None:
        """The refusal is on record; the key stays free, so that the order may be given again."""
        money = read_money(order)
        with self.storage.transaction() as database:
            database.execute(
                "INSERT INTO refund (id, key, payment, amount, currency, status, code, message, reference,"
                " created) VALUES (?, ?, ?, ?, ?, 'refused', ?, ?, '', ?)",
                (
                    f"re_{secrets.token_hex(12)}",
                    str(order.get("refund_key") or key),
                    str(order.get("payment")),
                    money.minor,
                    money.currency,
                    code,
                    message,
                    self.clock.now(),
                ),
            )

    def find_refund(self, refund_id: str) -> sqlite3.Row:
        """A refund as it is now."""
        self._settle()
        return self.storage.read("SELECT * FROM refund WHERE id = ?", refund_id)[0]

    def list_refunds(self, *, key: str | None, since: float, page: int) -> tuple[list[sqlite3.Row], bool]:
        """One page of the refunds, newest first, and whether there is another."""
        self._settle()
        clause = "key = ?" if key is not None else "created >= ?"
        rows = self.storage.read(
            f"SELECT * FROM refund WHERE {clause} ORDER BY seq DESC LIMIT ? OFFSET ?",  # noqa: S608 - fixed clauses
            since if key is None else key,
            PAGE_SIZE + 1,
            (page - 1) * PAGE_SIZE,
        )
        return rows[:PAGE_SIZE], len(rows) > PAGE_SIZE

    def _used_key(self, key: str, *, now: float) -> sqlite3.Row | None:
        rows = self.storage.read("SELECT * FROM used_key WHERE key = ? AND used > ?", key, now - KEY_LIFE_S)
        return rows[0] if rows else None

    def _require_left(self, order: Mapping[str, Any], money: Money) -> str:
        """The id of a payment that still holds this much."""
        payment_id = str(order.get("payment") or "")
        if not payment_id:
            raise RefusedError("payment-missing", "Name the payment to pay back from.", status=400)
        captured = order.get("captured")
        if captured is not None:
            # A payment nobody told the sandbox of captured what its first refund says it did.
            self.capture(payment_id, read_money({"amount": captured, "currency": order.get("currency")}))
        rows = self.storage.read("SELECT * FROM payment WHERE id = ?", payment_id)
        if not rows:
            raise RefusedError("payment-not-found", f"There is no payment {payment_id}.", status=404)
        if rows[0]["currency"] != money.currency:
            raise RefusedError("currency-mismatch", f"The payment was in {rows[0]['currency']}.", status=400)
        given = self.storage.read(
            "SELECT coalesce(sum(amount), 0) AS total FROM refund WHERE payment = ? AND status <> 'refused'",
            payment_id,
        )[0]["total"]
        left = rows[0]["captured"] - given
        if money.minor > left:
            raise RefusedError("over-refund", f"Only {left} minor units are left to pay back.", status=400)
        return payment_id

    def _settle(self) -> None:
        with self.storage.transaction() as database:
            database.execute(
                "UPDATE refund SET status = 'paid', paid_at = ?, settles_at = NULL WHERE settles_at <= ?",
                (self.clock.now(), self.clock.real_now()),
            )


def read_money(order: Mapping[str, Any]) -> Money:
    """The positive amount of an order.

    Raises:
        RefusedError: it is no amount above zero.
    """
    try:
        money = Money.parse(str(order.get("amount")), str(order.get("currency")))
    except InvalidInputError as error:
        raise RefusedError("invalid-amount", error.message, status=400) from error
    if money.minor <= 0:
        raise RefusedError("invalid-amount", "A refund is more than nothing.", status=400)
    return money


def answer_refund(row: sqlite3.Row) -> dict[str, Any]:
    """A refund as JSON."""
    return {
        "id": row["id"],
        "refund_key": row["key"],
        "payment": row["payment"],
        "amount": decimal_text(row["amount"], row["currency"]),
        "currency": row["currency"],
        "status": row["status"],
        "code": row["code"],
        "message": row["message"],
        "reference": row["reference"],
        "created_at": text_of(row["created"]),
        "paid_at": None if row["paid_at"] is None else text_of(row["paid_at"]),
    }
