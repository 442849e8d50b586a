"""Warehouses and their bins are set up here; stock comes later, through the ledger only."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from fulfillment.core.addresses import Address
from fulfillment.core.barcodes import require_code_128
from fulfillment.core.errors import ConflictError, InvalidInputError, NotFoundError
from fulfillment.core.ids import new_id
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.columns import table_of
from fulfillment.warehouse.kinds import LocationKind
from fulfillment.warehouse.layout import NewBin, bin_barcode, check_bins
from fulfillment.warehouse.places import INSIDE, OUTSIDE, place_id
from fulfillment.warehouse.tables import Location, Warehouse

WAREHOUSE = table_of(Warehouse)
LOCATION = table_of(Location)

MAX_CODE_LENGTH = 20
"""A bin's barcode holds the warehouse's code too, and 48 characters are all a scanner's window takes."""


@dataclass(frozen=True)
class NewWarehouse:
    """A distribution centre to be set up; `cutoff_at` is local time, capacity counts parcels a day."""

    code: str
    name: str
    address: Address
    latitude: float
    longitude: float
    time_zone: str
    daily_parcel_capacity: int = 100_000
    cutoff_at: time = time(14, 0)
    handling_minor: int = 0
    currency: str = "USD"


def create_warehouse(session: Session, *, warehouse: NewWarehouse, actor: Actor) -> None:
    """The warehouse stands with its dock, its picked, shipped, returns, quarantine and scrap places.

    Raises:
        InvalidInputError: the code fits no barcode, or the time zone is not known.
        ConflictError: there is a warehouse with this code.
    """
    _check(warehouse)
    values = {
        "code": warehouse.code,
        "name": warehouse.name,
        "address": asdict(warehouse.address),
        "country": warehouse.address.country,
        "latitude": warehouse.latitude,
        "longitude": warehouse.longitude,
        "time_zone": warehouse.time_zone,
        "daily_parcel_capacity": warehouse.daily_parcel_capacity,
        "cutoff_at": warehouse.cutoff_at,
        "handling_minor": warehouse.handling_minor,
        "currency": warehouse.currency,
        "is_active": True,
    }
    connection = session.connection()
    inserted = connection.execute(
        insert(WAREHOUSE).values(values).on_conflict_do_nothing().returning(WAREHOUSE.c.code)
    )
    if inserted.one_or_none() is None:
        raise ConflictError(
            f"There is a warehouse {warehouse.code} already; choose another code.", code=warehouse.code
        )
    connection.execute(insert(LOCATION).on_conflict_do_nothing(), _standard_places(warehouse.code))
    record(
        session,
        actor=actor,
        deed="warehouse.created",
        object_kind="warehouse",
        object_id=warehouse.code,
        detail={"name": warehouse.name},
    )


def add_bins(
    session: Session, *, warehouse_code: str, bins: Sequence[NewBin], actor: Actor
) -> dict[str, uuid.UUID]:
    """The bins stand in the warehouse, empty; returns their ids by code.

    Raises:
        InvalidInputError: a code stands twice or fits no barcode.
        NotFoundError: there is no such warehouse.
        ConflictError: the warehouse has such a bin, or another place has its barcode; nothing was added.
    """
    check_bins(bins)
    require_warehouse(session, code=warehouse_code)
    rows = [_bin_row(bin_, warehouse_code) for bin_ in bins]
    made = session.connection().execute(
        insert(LOCATION).values(rows).on_conflict_do_nothing().returning(LOCATION.c.code, LOCATION.c.id)
    )
    ids: dict[str, uuid.UUID] = {row.code: row.id for row in made}
    taken = [bin_.code for bin_ in bins if bin_.code not in ids]
    if taken:
        raise ConflictError(
            f"Bin {taken[0]} or its barcode exists already; give it another code or barcode.",
            codes=taken[:20],
        )
    record(
        session,
        actor=actor,
        deed="bins.added",
        object_kind="warehouse",
        object_id=warehouse_code,
        detail={"bins": len(bins), "first": bins[0].code, "last": bins[-1].code},
    )
    return ids


def require_warehouse(session: Session, *, code: str) -> None:
    """There is a warehouse with this code.

    Raises:
        NotFoundError: there is none.
    """
    found = session.connection().execute(sa.select(WAREHOUSE.c.code).where(WAREHOUSE.c.code == code))
    if found.one_or_none() is None:
        raise NotFoundError(f"There is no warehouse {code}.", code=code)


def _check(warehouse: NewWarehouse) -> None:
    require_code_128(warehouse.code, what="Warehouse code")
    if len(warehouse.code) > MAX_CODE_LENGTH:
        raise InvalidInputError(
            f"Warehouse code {warehouse.code} has {len(warehouse.code)} characters; give it at most "
            f"{MAX_CODE_LENGTH}, because every bin's barcode begins with it."
        )
    if not warehouse.address.street1.strip():
        raise InvalidInputError(
            f"Warehouse {warehouse.code} has no street; carriers refuse parcels of a sender without one."
        )
    try:
        ZoneInfo(warehouse.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidInputError(
            f"{warehouse.time_zone} is not a time zone; give a name such as America/Chicago.",
            time_zone=warehouse.time_zone,
        ) from error


def _standard_places(warehouse_code: str) -> list[dict[str, Any]]:
    outside = [
        {"id": place_id(code), "warehouse_code": None, "kind": kind, "code": code, "barcode": code}
        for code, kind in OUTSIDE.items()
    ]
    inside = [
        {
            "id": place_id(code, warehouse_code=warehouse_code),
            "warehouse_code": warehouse_code,
            "kind": kind,
            "code": code,
            "barcode": f"{warehouse_code}-{code}",
        }
        for code, kind in INSIDE.items()
    ]
    defaults = {"zone": "", "aisle": "", "walk_rank": 0, "is_sellable": False, "is_blocked": False}
    return [{**place, **defaults} for place in outside + inside]


def _bin_row(bin_: NewBin, warehouse_code: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "warehouse_code": warehouse_code,
        "kind": LocationKind.BIN,
        "code": bin_.code,
        "barcode": bin_barcode(bin_, warehouse_code=warehouse_code),
        "zone": bin_.zone,
        "aisle": bin_.aisle,
        "walk_rank": bin_.walk_rank,
        "is_sellable": bin_.is_sellable,
        "is_blocked": False,
    }
