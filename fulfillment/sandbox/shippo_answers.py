"""The courier's rows as Shippo's JSON: text for money, nulls where Shippo sends nulls."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from fulfillment.sandbox.carriage import scans_of
from fulfillment.sandbox.clock import text_of
from fulfillment.sandbox.courier import OWNER, Courier, account_of
from fulfillment.sandbox.journeys import ACTION_REQUIRED, SUBSTATUS_TEXTS, Scan, eta_of
from fulfillment.sandbox.services import CARRIERS, US_SERVICES

Json = dict[str, Any]
_EXTENSIONS = {"PNG": "png", "ZPL": "zpl"}
_TRACKING_PAGES = {
    "usps": "https://tools.usps.com/go/TrackConfirmAction_input?origTrackNum=",
    "ups": "https://wwwapps.ups.com/WebTracking/track?track=yes&trackNums=",
    "fedex": "https://www.fedex.com/fedextrack/?trknbr=",
}
_PRETENDED = {
    "SHIPPO_PRE_TRANSIT": ("PRE_TRANSIT", "information_received"),
    "SHIPPO_TRANSIT": ("TRANSIT", "package_accepted"),
    "SHIPPO_DELIVERED": ("DELIVERED", "delivered"),
    "SHIPPO_RETURNED": ("RETURNED", "return_to_sender"),
    "SHIPPO_FAILURE": ("FAILURE", "package_lost"),
    "SHIPPO_UNKNOWN": ("UNKNOWN", "other"),
}


def answer_purchase(courier: Courier, row: sqlite3.Row) -> Json:
    """A transaction; what it does not have yet is empty."""
    is_ready = row["status"] not in {"QUEUED", "WAITING", "ERROR"}
    messages = [] if row["status"] != "ERROR" else [_carrier_refusal(row["carrier"])]
    return {
        "object_state": "VALID",
        "status": row["status"],
        "object_created": text_of(row["created"]),
        "object_updated": text_of(row["updated"]),
        "object_id": row["id"],
        "object_owner": OWNER,
        "test": True,
        "rate": row["rate"],
        "parcel": row["piece"],
        "tracking_number": row["number"] if is_ready else "",
        "tracking_status": _current_status(courier, row) if is_ready else "UNKNOWN",
        "eta": None,
        "tracking_url_provider": _tracking_page(row) if is_ready else "",
        "label_url": label_url(courier, row) if is_ready else "",
        "label_file_type": row["file_type"],
        "commercial_invoice_url": None,
        "messages": messages,
        "order": None,
        "metadata": row["metadata"],
        "billing": {"payments": []},
        "qr_code_url": None,
        "created_by": None,
    }


def label_url(courier: Courier, row: sqlite3.Row) -> str:
    """Where the label's file is; whoever knows the transaction's id may have it."""
    extension = _EXTENSIONS.get(row["file_type"][:3], "pdf")
    return f"{courier.base_url}/label-files/{row['id']}.{extension}"


def answer_tracking(row: sqlite3.Row, scans: Sequence[Scan]) -> Json:
    """What is known of a parcel after these scans."""
    origin, destination = json.loads(row["origin"]), json.loads(row["destination"])
    history = [answer_scan(scan) for scan in scans]
    eta = text_of(eta_of(row["taken_at"], row["days"])) if row["taken_at"] is not None else None
    return {
        "carrier": row["carrier"],
        "tracking_number": row["number"],
        "address_from": _spot(origin),
        "address_to": _spot(destination),
        "transaction": row["id"],
        "original_eta": eta,
        "eta": eta,
        "servicelevel": {
            "token": row["service"],
            "name": row["service"].replace("_", " ").title(),
            "terms": "",
            "extended_token": row["service"],
            "parent_servicelevel": None,
        },
        "metadata": row["metadata"] or None,
        "tracking_status": history[-1] if history else None,
        "tracking_history": history,
        "messages": [],
        "test": True,
    }


def answer_unknown_tracking(carrier: str, number: str, *, now: float) -> Json:
    """A number the courier did not sell: nothing, but for Shippo's own pretended ones."""
    scan = None
    if carrier == "shippo" and number in _PRETENDED:
        status, substatus = _PRETENDED[number]
        spot = {"city": "San Francisco", "state": "CA", "zip": "94103", "country": "US"}
        object_id = number.encode().hex().ljust(32, "0")[:32]
        scan = answer_scan(Scan(object_id, status, substatus, now, spot))
        # Shippo's pretended tracking omits the zone.
        scan["status_date"] = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return {
        "carrier": carrier,
        "tracking_number": number,
        "address_from": None,
        "address_to": None,
        "transaction": None,
        "original_eta": None,
        "eta": None,
        "servicelevel": {"token": None, "name": None},
        "metadata": None,
        "tracking_status": scan,
        "tracking_history": [scan] if scan else [],
        "messages": [],
        "test": True,
    }


def answer_scan(scan: Scan) -> Json:
    """One tracking status."""
    text = SUBSTATUS_TEXTS.get(scan.substatus, "Other.")
    return {
        "object_id": scan.object_id,
        "object_created": text_of(scan.at),
        "object_updated": text_of(scan.at),
        "status": scan.status,
        "substatus": {
            "code": scan.substatus,
            "text": text,
            "action_required": scan.substatus in ACTION_REQUIRED,
        },
        "status_details": text,
        "status_date": text_of(scan.at),
        "location": dict(scan.place),
    }


def answer_refund(row: sqlite3.Row) -> Json:
    """A refund of postage."""
    return {
        "object_id": row["id"],
        "object_created": text_of(row["created"]),
        "object_updated": text_of(row["updated"]),
        "object_owner": OWNER,
        "status": row["status"],
        "transaction": row["purchase"],
        "test": True,
    }


def answer_carrier_accounts() -> list[Json]:
    """The courier's own accounts, one at each carrier."""
    return [
        {
            "object_id": account_of(carrier),
            "object_owner": OWNER,
            "account_id": f"sandbox_{carrier}",
            "active": True,
            "carrier": carrier,
            "carrier_name": terms.provider,
            "parameters": {},
            "is_shippo_account": True,
            "metadata": "",
            "test": True,
            "service_levels": [
                {"name": service.name, "token": service.token, "supports_return_labels": True}
                for service in US_SERVICES
                if service.carrier == carrier
            ],
        }
        for carrier, terms in CARRIERS.items()
    ]


def _current_status(courier: Courier, row: sqlite3.Row) -> str:
    now = courier.clock.now()
    return next((scan.status for scan in reversed(scans_of(row)) if scan.at <= now), "UNKNOWN")


def _tracking_page(row: sqlite3.Row) -> str:
    return _TRACKING_PAGES.get(row["carrier"], "https://courier.invalid/track/") + str(row["number"])


def _carrier_refusal(carrier: str) -> Json:
    return {
        "source": CARRIERS[carrier].provider,
        "code": "carrier_refused",
        "text": "The carrier refused to make the label.",
    }


def _spot(address: Json) -> Json:
    return {part: address.get(part, "") for part in ("city", "state", "zip", "country")}
