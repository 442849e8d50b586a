"""Selling: each order of a rate is paid, however often it comes, and written down before it is answered."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fulfillment.sandbox.courier import (
    DAY_S,
    BadOrderError,
    Courier,
    carrier_of,
    new_object_id,
)
from fulfillment.sandbox.journeys import TROUBLES
from fulfillment.sandbox.numbers import MAX_SERIAL, make_tracking_number
from fulfillment.sandbox.shipments import create_shipment, require_metadata

RATE_LIFE_S = 7 * DAY_S
DEFAULT_VOID_S = 60.0
"""Sandbox seconds until the money of unused postage comes back; the real thing takes up to 14 days."""

FILE_TYPES = frozenset(
    {
        "PNG",
        "PNG_2.3x7.5",
        "PDF",
        "PDF_2.3x7.5",
        "PDF_4x6",
        "PDF_4x8",
        "PDF_A4",
        "PDF_A5",
        "PDF_A6",
        "ZPLII",
    }
)


@dataclass(frozen=True, slots=True)
class Sale:
    """How an order is carried out: at once and well, unless a fault says otherwise."""

    status: str = "SUCCESS"
    settles_after_s: float | None = None
    settles_to: str | None = None
    visible_after_s: float = 0.0


AT_ONCE = Sale()


def sell(courier: Courier, order: Mapping[str, Any], *, sale: Sale = AT_ONCE) -> list[sqlite3.Row]:
    """The order is paid and committed; one transaction for each parcel of the shipment.

    Raises:
        BadOrderError: the rate is unknown or older than seven days, or a field is malformed.
    """
    require_metadata(order)
    file_type = order.get("label_file_type") or "PDF"
    if file_type not in FILE_TYPES:
        raise BadOrderError({"label_file_type": [f'"{file_type}" is not a valid choice.']})
    rate = _rate_of(courier, order)
    shipment = json.loads(
        courier.storage.read("SELECT body FROM shipment WHERE id = ?", rate["shipment"])[0]["body"]
    )
    with courier.storage.transaction():
        return [
            _write(courier, rate, shipment, piece, order=order, file_type=file_type, sale=sale)
            for piece in shipment["parcels"]
        ]


def settle_due(courier: Courier) -> list[str]:
    """What was queued and has come due has its final status; the ids of the changed transactions."""
    now, real_now = courier.clock.now(), courier.clock.real_now()
    changed = [
        row["id"]
        for row in courier.storage.read(
            "SELECT id FROM purchase WHERE settles_at IS NOT NULL AND settles_at <= ?", real_now
        )
    ]
    refunds = courier.storage.read(
        "SELECT id, purchase, settles_to FROM refund WHERE settles_at IS NOT NULL AND settles_at <= ?", now
    )
    if not changed and not refunds:
        return []
    with courier.storage.transaction() as database:
        database.execute(
            "UPDATE purchase SET status = settles_to, settles_at = NULL, updated = ?"
            " WHERE settles_at IS NOT NULL AND settles_at <= ?",
            (now, real_now),
        )
        changed += [_end_refund(database, refund, now=now) for refund in refunds]
    return changed


def take_back(courier: Courier, transaction_id: str) -> sqlite3.Row:
    """The refund of unused postage, begun.

    Raises:
        BadOrderError: there is no such transaction, it was scanned, or it was taken back before.
    """
    now = courier.clock.now()
    with courier.storage.transaction() as database:
        purchase = find_purchase(courier, transaction_id)
        if purchase is None:
            raise BadOrderError({"transaction": [f"Transaction {transaction_id} not found."]})
        if purchase["status"] != "SUCCESS":
            raise BadOrderError(
                {"__all__": [f"The transaction has status {purchase['status']} and can not be refunded."]}
            )
        if purchase["taken_at"] is not None:
            raise BadOrderError({"__all__": ["The label has been used and can not be refunded."]})
        refund_id = new_object_id()
        settles_to = "ERROR" if courier.faults.strike("void_rejected") else "SUCCESS"
        settles_at = now + float(courier.storage.read_setting("void_s", DEFAULT_VOID_S))
        database.execute(
            "INSERT INTO refund VALUES (?, ?, ?, ?, 'PENDING', ?, ?)",
            (refund_id, transaction_id, now, now, settles_at, settles_to),
        )
        database.execute(
            "UPDATE purchase SET status = 'REFUNDPENDING', updated = ? WHERE id = ?", (now, transaction_id)
        )
        return courier.storage.read("SELECT * FROM refund WHERE id = ?", refund_id)[0]


def find_purchase(courier: Courier, transaction_id: str) -> sqlite3.Row | None:
    """A transaction, once it can be seen."""
    rows = courier.storage.read(
        "SELECT * FROM purchase WHERE id = ? AND visible_at <= ?", transaction_id, courier.clock.real_now()
    )
    return rows[0] if rows else None


def list_purchases(
    courier: Courier, *, rate: str | None, status: str | None, page: int, results: int
) -> tuple[list[sqlite3.Row], bool]:
    """One page, newest first, and whether there is another."""
    clauses, values = ["visible_at <= ?"], [courier.clock.real_now()]
    given: list[object] = [*values]
    for column, wanted in (("rate", rate), ("status", status)):
        if wanted:
            clauses.append(f"{column} = ?")
            given.append(wanted)
    rows = courier.storage.read(
        f"SELECT * FROM purchase WHERE {' AND '.join(clauses)} ORDER BY seq DESC LIMIT ? OFFSET ?",  # noqa: S608 - fixed clauses
        *given,
        results + 1,
        (page - 1) * results,
    )
    return rows[:results], len(rows) > results


def _rate_of(courier: Courier, order: Mapping[str, Any]) -> dict[str, Any]:
    """The rate of an order, or of the shipment that an order without one brings along."""
    rate_id = order.get("rate")
    if rate_id:
        rows = courier.storage.read("SELECT created, body FROM rate WHERE id = ?", str(rate_id))
        if not rows:
            raise BadOrderError({"rate": [f"Rate with supplied object_id {rate_id} not found."]})
        if courier.clock.now() - rows[0]["created"] > RATE_LIFE_S:
            raise BadOrderError({"rate": ["Rate has expired: it is older than 7 days. Request new rates."]})
        found: dict[str, Any] = json.loads(rows[0]["body"])
        return found
    given = order.get("shipment")
    if not isinstance(given, Mapping):
        raise BadOrderError({"rate": ["This field is required."]})
    if carrier_of(str(order.get("carrier_account") or "")) is None:
        raise BadOrderError({"carrier_account": ["Carrier account not found."]})
    shipment = create_shipment(courier, {**given, "carrier_accounts": [order["carrier_account"]]})
    for rate in shipment["rates"]:
        if rate["servicelevel"]["token"] == order.get("servicelevel_token"):
            offered: dict[str, Any] = rate
            return offered
    raise BadOrderError({"servicelevel_token": ["The service is not available for this shipment."]})


def _write(
    courier: Courier,
    rate: Mapping[str, Any],
    shipment: Mapping[str, Any],
    piece: Mapping[str, Any],
    *,
    order: Mapping[str, Any],
    file_type: str,
    sale: Sale,
) -> sqlite3.Row:
    now, real_now = courier.clock.now(), courier.clock.real_now()
    is_return = shipment["extra"].get("is_return") is True
    ends = [shipment["address_from"], shipment["address_to"]]
    origin, destination = reversed(ends) if is_return else ends
    carrier = carrier_of(rate["carrier_account"]) or ""
    service = rate["servicelevel"]["token"]
    whole, _, cents = rate["amount"].partition(".")
    values: dict[str, Any] = {
        "id": new_object_id(),
        "rate": rate["object_id"],
        "shipment": shipment["object_id"],
        "piece": piece["object_id"],
        "created": now + sale.visible_after_s,
        "updated": now + sale.visible_after_s,
        "visible_at": real_now + sale.visible_after_s,
        "status": sale.status,
        "settles_at": None if sale.settles_after_s is None else real_now + sale.settles_after_s,
        "settles_to": sale.settles_to,
        "metadata": order.get("metadata") or "",
        "carrier": carrier,
        "service": service,
        "number": "",
        "file_type": file_type,
        "cents": round((int(whole) * 100 + int(cents)) / len(shipment["parcels"])),
        "currency": rate["currency"],
        "days": rate["estimated_days"],
        "pays_on_use": int(is_return),
        "origin": json.dumps(origin),
        "destination": json.dumps(destination),
        "trouble": _trouble(courier),
        "next_scan_at": None if sale.status == "ERROR" else now,
    }
    with courier.storage.transaction() as database:
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        inserted = database.execute(
            f"INSERT INTO purchase ({names}) VALUES ({marks})",  # noqa: S608 - our own column names
            tuple(values.values()),
        )
        serial = int(inserted.lastrowid or 0) % MAX_SERIAL
        number = make_tracking_number(carrier, service, serial=serial, shipper=courier.shipper)
        row: sqlite3.Row = database.execute(
            "UPDATE purchase SET number = ? WHERE id = ? RETURNING *", (number, values["id"])
        ).fetchone()
        return row


def _trouble(courier: Courier) -> str | None:
    """What will go wrong on the way."""
    return next((trouble for trouble in TROUBLES if courier.faults.strike(f"parcel_{trouble}")), None)


def _end_refund(database: sqlite3.Connection, refund: sqlite3.Row, *, now: float) -> str:
    """The refund has ended; a label that was used meanwhile is not paid back."""
    purchase = database.execute(
        "SELECT taken_at FROM purchase WHERE id = ?", (refund["purchase"],)
    ).fetchone()
    is_paid_back = refund["settles_to"] == "SUCCESS" and purchase["taken_at"] is None
    database.execute(
        "UPDATE refund SET status = ?, settles_at = NULL, updated = ? WHERE id = ?",
        ("SUCCESS" if is_paid_back else "ERROR", now, refund["id"]),
    )
    database.execute(
        "UPDATE purchase SET status = ?, updated = ? WHERE id = ?",
        ("REFUNDED" if is_paid_back else "REFUNDREJECTED", now, refund["purchase"]),
    )
    purchase_id: str = refund["purchase"]
    return purchase_id
