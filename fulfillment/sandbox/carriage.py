"""Carrying: parcels move when they are handed over, and tell where they are as time passes."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from fulfillment.sandbox.clock import text_of
from fulfillment.sandbox.courier import OWNER, BadOrderError, Courier, carrier_of, new_object_id
from fulfillment.sandbox.journeys import Scan, first_scan, plan_journey
from fulfillment.sandbox.shipments import read_address

PICKUP_AFTER_S = 3 * 3600.0
"""Between the manifest and the driver's scan."""

SCANS_AT_ONCE = 200
MOVABLE = ("SUCCESS", "REFUNDREJECTED", "REFUNDPENDING")

Json = dict[str, Any]


def hand_over(courier: Courier, transaction_ids: Sequence[str], *, at: float) -> int:
    """The carrier has these parcels from an instant on; how many it did not have before.

    Voided labels are confiscated: their parcels stay where they are.
    """
    with courier.storage.transaction() as database:
        count = 0
        for transaction_id in transaction_ids:
            changed = database.execute(
                "UPDATE purchase SET taken_at = ?, next_scan_at = coalesce(min(next_scan_at, ?), ?)"
                " WHERE id = ? AND taken_at IS NULL AND status IN (?, ?, ?)",
                (at, at, at, transaction_id, *MOVABLE),
            )
            count += changed.rowcount
    return count


def find_to_hand_over(courier: Courier, *, numbers: Sequence[str] | None) -> list[str]:
    """The transactions of these tracking numbers, or all that wait for the driver."""
    waiting = "SELECT id, number FROM purchase WHERE taken_at IS NULL AND status = 'SUCCESS'"
    rows = courier.storage.read(waiting)
    wanted = None if numbers is None else frozenset(numbers)
    return [row["id"] for row in rows if wanted is None or row["number"] in wanted]


def close_out(courier: Courier, order: Mapping[str, Any]) -> Json:
    """A manifest; the driver scans it, and with it all its parcels, a few hours later.

    Raises:
        BadOrderError: a field is missing.
    """
    now = courier.clock.now()
    for field in ("carrier_account", "shipment_date", "address_from"):
        if not order.get(field):
            raise BadOrderError({field: ["This field is required."]})
    sender = read_address(courier, order, "address_from", now=now)
    carrier = carrier_of(str(order["carrier_account"])) or ""
    manifest_id = new_object_id()
    with courier.storage.transaction() as database:
        wanted = order.get("transactions") or find_to_hand_over(courier, numbers=None)
        errors = [reason for each in wanted if (reason := _reason_against(courier, str(each), carrier))]
        if not wanted:
            errors = ["There are no transactions to close out."]
        body: Json = {
            "object_id": manifest_id,
            "object_created": text_of(now),
            "object_updated": text_of(now),
            "object_owner": OWNER,
            "status": "ERROR" if errors else "SUCCESS",
            "carrier_account": order["carrier_account"],
            "shipment_date": order["shipment_date"],
            "address_from": sender["object_id"],
            "transactions": list(wanted),
            "documents": [] if errors else [f"{courier.base_url}/manifest-files/{manifest_id}.pdf"],
            "errors": errors,
        }
        database.execute("INSERT INTO manifest VALUES (?, ?)", (manifest_id, json.dumps(body)))
        if not errors:
            hand_over(courier, [str(each) for each in wanted], at=now + PICKUP_AFTER_S)
    return body


def scans_of(purchase: sqlite3.Row) -> list[Scan]:
    """All scans of a parcel, past and planned."""
    origin, destination = json.loads(purchase["origin"]), json.loads(purchase["destination"])
    scans = [first_scan(purchase["number"], at=purchase["created"], origin=origin)]
    if purchase["taken_at"] is None:
        return scans
    return scans + plan_journey(
        purchase["number"],
        from_moment=purchase["taken_at"],
        days=purchase["days"],
        origin=origin,
        destination=destination,
        trouble=purchase["trouble"],
    )


def tell_due_scans(courier: Courier) -> list[tuple[sqlite3.Row, list[Scan]]]:
    """For each scan that has come due, the parcel and its scans up to it; each is told once.

    At most a few hundred parcels at a time, so that nobody waits long for the courier's state.
    """
    now = courier.clock.now()
    told: list[tuple[sqlite3.Row, list[Scan]]] = []
    with courier.storage.transaction() as database:
        rows = courier.storage.read(
            "SELECT * FROM purchase WHERE next_scan_at <= ? AND visible_at <= ?"
            " ORDER BY next_scan_at LIMIT ?",
            now,
            courier.clock.real_now(),
            SCANS_AT_ONCE,
        )
        for row in rows:
            is_carried = row["taken_at"] is not None or row["status"] in MOVABLE or row["status"] == "QUEUED"
            scans = scans_of(row) if is_carried else []
            due = [scan for scan in scans if scan.at <= now]
            told += [(row, scans[: count + 1]) for count in range(row["scans_told"], len(due))]
            upcoming = scans[len(due)].at if len(due) < len(scans) else None
            database.execute(
                "UPDATE purchase SET scans_told = ?, next_scan_at = ? WHERE seq = ?",
                (len(due), upcoming, row["seq"]),
            )
    return told


def _reason_against(courier: Courier, transaction_id: str, carrier: str) -> str | None:
    """Why a transaction cannot be on a manifest of a carrier."""
    rows = courier.storage.read("SELECT * FROM purchase WHERE id = ?", transaction_id)
    if not rows or rows[0]["carrier"] != carrier:
        return f"Transaction {transaction_id} is not one of this carrier account."
    if rows[0]["status"] != "SUCCESS":
        return f"Transaction {transaction_id} has status {rows[0]['status']}."
    if rows[0]["taken_at"] is not None:
        return f"Transaction {transaction_id} is already on a manifest."
    return None
