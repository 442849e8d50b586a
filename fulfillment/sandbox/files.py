"""Label and manifest files, rendered when they are fetched: a simulation buys thousands and prints few."""

import json
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from fulfillment.sandbox.services import CARRIERS
from labels.addresses import PostalAddress
from labels.carrier_label import CarrierLabel, render_carrier_labels
from labels.raster import render_png, render_zpl

MEDIA_TYPES = {"pdf": "application/pdf", "png": "image/png", "zpl": "application/zpl"}


def render_label(purchase: sqlite3.Row, shipment: Mapping[str, Any], *, extension: str) -> bytes:
    """The label of a purchase as a file of the kind its name says."""
    piece = next(each for each in shipment["parcels"] if each["object_id"] == purchase["piece"])
    reference = str(shipment["extra"].get("reference_1") or "")
    label = CarrierLabel(
        carrier=CARRIERS[purchase["carrier"]].provider,
        service=purchase["service"].removeprefix(purchase["carrier"]).replace("_", " ").strip().upper(),
        tracking_number=purchase["number"],
        ship_from=_postal(json.loads(purchase["origin"])),
        ship_to=_postal(json.loads(purchase["destination"])),
        ship_on=datetime.fromtimestamp(purchase["created"], UTC).date(),
        weight=f"{piece['weight']} {piece['mass_unit']}",
        references=(reference,) if reference else (),
        is_return=bool(purchase["pays_on_use"]),
    )
    return _in_kind(label, extension)


def render_manifest(manifest: Mapping[str, Any], *, carrier: str) -> bytes:
    """The sheet the driver scans: one barcode for all parcels."""
    nowhere = PostalAddress(name="See the list of parcels", street1="", city="", zip="", country="US")
    label = CarrierLabel(
        carrier=CARRIERS[carrier].provider,
        service=f"SCAN FORM - {len(manifest['transactions'])} PARCELS",
        tracking_number=f"MF{manifest['object_id'][:16].upper()}",
        ship_from=nowhere,
        ship_to=nowhere,
        ship_on=datetime.fromisoformat(manifest["object_created"]).date(),
    )
    return _in_kind(label, "pdf")


@lru_cache(maxsize=64)
def _in_kind(label: CarrierLabel, extension: str) -> bytes:
    pdf = render_carrier_labels([label])
    if extension == "png":
        return render_png(pdf)
    return render_zpl(pdf).encode() if extension == "zpl" else pdf


def _postal(address: Mapping[str, Any]) -> PostalAddress:
    fields = ("name", "company", "street1", "street2", "city", "state", "zip", "country")
    return PostalAddress(**{field: str(address.get(field) or "") for field in fields})
