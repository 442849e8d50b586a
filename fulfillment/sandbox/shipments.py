"""Quoting: addresses and boxes in, offers out, or the reasons why there are none."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from fulfillment.core.addresses import Address, is_military, is_po_box
from fulfillment.core.places import find_place
from fulfillment.sandbox.clock import text_of
from fulfillment.sandbox.courier import OWNER, BadOrderError, Courier, account_of, new_object_id
from fulfillment.sandbox.services import CARRIERS, CURRENCIES, Service, services_between
from fulfillment.sandbox.tariffs import Box, make_box, price_cents, refusal
from fulfillment.sandbox.zones import zone_between

MAX_METADATA_LENGTH = 100
ADDRESS_TEXTS = (
    "name",
    "company",
    "street1",
    "street2",
    "street3",
    "city",
    "state",
    "zip",
    "country",
    "phone",
)
G_PER_UNIT = {"g": 1.0, "kg": 1000.0, "lb": 453.59237, "oz": 28.349523125}
MM_PER_UNIT = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "in": 25.4, "ft": 304.8, "yd": 914.4}

Json = dict[str, Any]


def create_shipment(courier: Courier, order: Mapping[str, Any]) -> Json:
    """A shipment with its offers; it costs nothing.

    Raises:
        BadOrderError: a field is missing or malformed.
    """
    now = courier.clock.now()
    require_metadata(order)
    sender = read_address(courier, order, "address_from", now=now)
    recipient = read_address(courier, order, "address_to", now=now)
    parcels = [_read_parcel(each, now=now) for each in _parcels_of(order)]
    extra = order.get("extra") or {}
    shipment: Json = {
        "object_id": new_object_id(),
        "object_created": text_of(now),
        "object_updated": text_of(now),
        "object_owner": OWNER,
        "status": "SUCCESS",
        "address_from": sender,
        "address_to": recipient,
        "address_return": sender,
        "parcels": parcels,
        "shipment_date": order.get("shipment_date") or text_of(now),
        "extra": extra,
        "customs_declaration": order.get("customs_declaration"),
        "metadata": order.get("metadata") or "",
        "carrier_accounts": order.get("carrier_accounts") or [],
        "rates": [],
        "messages": [],
        "order": None,
        "test": True,
    }
    if order.get("address_return"):
        shipment["address_return"] = read_address(courier, order, "address_return", now=now)
    _quote(shipment, now=now)
    with courier.storage.transaction() as database:
        database.execute(
            "INSERT INTO shipment VALUES (?, ?, ?)", (shipment["object_id"], now, json.dumps(shipment))
        )
        database.executemany(
            "INSERT INTO rate VALUES (?, ?, ?, ?)",
            [(rate["object_id"], shipment["object_id"], now, json.dumps(rate)) for rate in shipment["rates"]],
        )
    return shipment


def require_metadata(order: Mapping[str, Any]) -> None:
    """Nothing happens for metadata of at most 100 characters."""
    if len(str(order.get("metadata") or "")) > MAX_METADATA_LENGTH:
        raise BadOrderError(
            {"metadata": [f"Ensure this field has no more than {MAX_METADATA_LENGTH} characters."]}
        )


def read_address(courier: Courier, order: Mapping[str, Any], field: str, *, now: float) -> Json:
    """The address given inline or by its id."""
    given = order.get(field)
    if isinstance(given, str):
        rows = courier.storage.read("SELECT body FROM address WHERE id = ?", given)
        if not rows:
            raise BadOrderError({field: [f"Address with supplied object_id {given} not found."]})
        kept: Json = json.loads(rows[0]["body"])
        return kept
    if not isinstance(given, Mapping) or not given.get("country"):
        raise BadOrderError({field: ["An address with a country is required."]})
    return make_address(given, now=now)


def make_address(given: Mapping[str, Any], *, now: float) -> Json:
    """An address as Shippo shows it."""
    return {
        "object_id": new_object_id(),
        "object_created": text_of(now),
        "object_updated": text_of(now),
        "object_owner": OWNER,
        "is_complete": find_fault(given) is None,
        "is_residential": given.get("is_residential"),
        "email": given.get("email") or "",
        "metadata": given.get("metadata") or "",
        "test": True,
        "validation_results": None,
        **{name: str(given.get(name) or "") for name in ADDRESS_TEXTS},
    }


def find_fault(address: Mapping[str, Any]) -> str | None:
    """The first thing that keeps carriers from offering a rate to or from an address."""
    for field in ("street1", "city", "zip", "country"):
        if not address.get(field):
            return f"{field} is missing"
    if not address.get("name") and not address.get("company"):
        return "name is missing"
    if address["country"] != "US" or is_military(_as_address(address)):
        return None
    place = find_place(str(address["zip"]))
    if place is None:
        return f"ZIP {address['zip']} does not exist"
    if address.get("state") and str(address["state"]).upper() != place.state:
        return f"ZIP {address['zip']} lies in {place.state}, not in {address['state']}"
    return None


def _quote(shipment: Json, *, now: float) -> None:
    """The offers, or messages why there are none."""
    sender, recipient = shipment["address_from"], shipment["address_to"]
    for role, address in (("Sender", sender), ("Recipient", recipient)):
        fault = find_fault(address)
        if fault:
            shipment["messages"].append(_message("", f"{role} address is invalid: {fault}."))
            return
    if sender["country"] != recipient["country"] and not shipment["customs_declaration"]:
        shipment["messages"].append(_message("", "A customs declaration is required between countries."))
        return
    boxes = [_box_of(parcel) for parcel in shipment["parcels"]]
    on = datetime.fromtimestamp(now, UTC).date()
    accounts = shipment["carrier_accounts"]
    for service in services_between(sender["country"], recipient["country"]):
        if accounts and account_of(service.carrier) not in accounts:
            continue
        reason = _reason_against(service, boxes, shipment)
        if reason is None:
            shipment["rates"].append(_offer(service, boxes, shipment, on=on, now=now))
        elif reason:
            shipment["messages"].append(_message(CARRIERS[service.carrier].provider, reason))
    _mark(shipment["rates"])


def _reason_against(service: Service, boxes: list[Box], shipment: Json) -> str | None:
    """Why a service is not offered; empty where that goes without saying."""
    recipient = _as_address(shipment["address_to"])
    # Home delivery is FedEx's ground service to residences, and only one of the two is ever offered.
    if service.token in {"fedex_ground", "fedex_home_delivery"}:
        is_home = service.token == "fedex_home_delivery"  # noqa: S105 - a service, not a secret
        if is_home != _is_residential(shipment["address_to"]):
            return ""
    if (shipment["extra"].get("dangerous_goods") or {}).get("contains") and service.is_air:
        return f"{service.name} does not carry dangerous goods."
    return refusal(service, boxes, to_box=is_po_box(recipient) or is_military(recipient))


def _offer(service: Service, boxes: list[Box], shipment: Json, *, on: date, now: float) -> Json:
    terms = CARRIERS[service.carrier]
    zone = zone_between(shipment["address_from"], shipment["address_to"])
    is_residential = _is_residential(shipment["address_to"])
    cents = price_cents(service, boxes, zone=zone, on=on, is_residential=is_residential)
    currency = CURRENCIES.get(shipment["address_from"]["country"], "USD")
    amount = f"{cents // 100}.{cents % 100:02d}"
    days = service.days[zone - 1]
    return {
        "object_id": new_object_id(),
        "object_created": text_of(now),
        "object_owner": OWNER,
        "shipment": shipment["object_id"],
        "attributes": [],
        "amount": amount,
        "currency": currency,
        "amount_local": amount,
        "currency_local": currency,
        "provider": terms.provider,
        "provider_image_75": f"https://shippo-static.s3.amazonaws.com/providers/75/{terms.provider}.png",
        "provider_image_200": f"https://shippo-static.s3.amazonaws.com/providers/200/{terms.provider}.png",
        "servicelevel": {
            "name": service.name,
            "token": service.token,
            "terms": "",
            "extended_token": service.token,
            "parent_servicelevel": None,
        },
        "estimated_days": days,
        "arrives_by": None,
        "duration_terms": f"Delivery within {days} business days.",
        "messages": [],
        "carrier_account": account_of(service.carrier),
        "test": True,
        "zone": str(zone),
        "included_insurance_price": None,
    }


def _mark(rates: list[Json]) -> None:
    """The cheapest and the fastest offer say so; the cheaper of equally fast ones is the best value."""
    if not rates:
        return
    min(rates, key=lambda rate: float(rate["amount"]))["attributes"].append("CHEAPEST")
    fastest = min(rates, key=lambda rate: (rate["estimated_days"], float(rate["amount"])))
    fastest["attributes"].append("FASTEST")
    value = min(rates, key=lambda rate: float(rate["amount"]) * (1 + rate["estimated_days"] / 10))
    value["attributes"].append("BESTVALUE")


def _parcels_of(order: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    parcels = order.get("parcels")
    if isinstance(parcels, Mapping):
        return [parcels]
    if not isinstance(parcels, list) or not parcels or not all(isinstance(each, Mapping) for each in parcels):
        raise BadOrderError({"parcels": ["At least one parcel with its measures is required."]})
    return parcels


def _read_parcel(given: Mapping[str, Any], *, now: float) -> Json:
    """A parcel as Shippo shows it; measures are decimal texts."""
    for field in ("length", "width", "height", "weight"):
        try:
            is_usable = float(given.get(field, "")) > 0
        except (TypeError, ValueError):
            is_usable = False
        if not is_usable:
            raise BadOrderError({"parcels": [{field: ["A valid number above zero is required."]}]})
    if given.get("distance_unit") not in MM_PER_UNIT or given.get("mass_unit") not in G_PER_UNIT:
        raise BadOrderError({"parcels": [{"distance_unit": ["A known unit is required."]}]})
    measures = ("length", "width", "height", "weight", "distance_unit", "mass_unit")
    return {
        "object_id": new_object_id(),
        "object_created": text_of(now),
        "object_updated": text_of(now),
        "object_owner": OWNER,
        "object_state": "VALID",
        "template": None,
        "extra": given.get("extra") or {},
        "metadata": given.get("metadata") or "",
        "test": True,
        **{name: str(given[name]) for name in measures},
    }


def _box_of(parcel: Mapping[str, str]) -> Box:
    per_mm = MM_PER_UNIT[parcel["distance_unit"]]
    return make_box(
        weight_g=float(parcel["weight"]) * G_PER_UNIT[parcel["mass_unit"]],
        sides_mm=[float(parcel[side]) * per_mm for side in ("length", "width", "height")],
    )


def _is_residential(address: Mapping[str, Any]) -> bool:
    known = address.get("is_residential")
    return known if isinstance(known, bool) else not address.get("company")


def _as_address(address: Mapping[str, Any]) -> Address:
    return Address(
        street1=str(address.get("street1") or ""),
        street2=str(address.get("street2") or ""),
        city=str(address.get("city") or ""),
        state=str(address.get("state") or ""),
        country=str(address.get("country") or ""),
    )


def _message(source: str, text: str) -> Json:
    return {"source": source, "code": "", "text": text}
