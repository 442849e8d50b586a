"""What a scanned code means: a place, a tote, or units of an article with lot, expiry and serial number."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.codes import NamedUnits, find_named_units
from fulfillment.warehouse.gs1 import Gs1Reading, read_element_string
from fulfillment.warehouse.scanning import (
    TOTE_PREFIX,
    Scanned,
    ScannedBin,
    ScannedTote,
    ScannedUnits,
    UnknownCode,
)

_FIND_PLACE = sa.text("""
    SELECT code, barcode FROM location
    WHERE barcode = :code OR (warehouse_code = :warehouse_code AND code = :code)
    ORDER BY warehouse_code IS DISTINCT FROM :warehouse_code LIMIT 1
    """)
_FIND_HOME = sa.text("""
    SELECT l.code FROM balance b JOIN location l ON l.id = b.location_id
    WHERE l.warehouse_code = :warehouse_code AND l.kind = 'bin' AND b.sku = :sku
    ORDER BY b.qty DESC, l.code LIMIT 1
    """)


@dataclass(frozen=True)
class ReadUnits:
    """Units of an article as their code names them; an expiry comes only with a GS1 code."""

    named: NamedUnits
    units: int
    lot: str | None
    expires_on: date | None
    serial: str | None


def read_units(session: Session, *, code: str) -> ReadUnits | None:
    """The units a code stands for; None if the catalog does not know it."""
    reading = read_element_string(code) or Gs1Reading("")
    named = find_named_units(session, code=code, gtin=reading.gtin or None)
    if named is None:
        return None
    units = reading.units or named.units
    return ReadUnits(named, units, reading.lot, reading.expires_on, reading.serial)


def read_code(session: Session, *, code: str, warehouse_code: str) -> Scanned:
    """What the code means to someone standing in this warehouse."""
    if code.startswith(TOTE_PREFIX):
        return ScannedTote(code)
    read = read_units(session, code=code)
    if read is not None:
        return ScannedUnits(
            code=code,
            sku=read.named.sku,
            name=read.named.name,
            units=read.units,
            lot=read.lot,
            serial=read.serial,
            is_serial_tracked=read.named.is_serial_tracked,
        )
    values = {"code": code, "warehouse_code": warehouse_code}
    place = session.connection().execute(_FIND_PLACE, values).one_or_none()
    return UnknownCode(code) if place is None else ScannedBin(code, place.code, place.barcode)


def find_home(session: Session, *, sku: str, warehouse_code: str) -> str | None:
    """The bin of this warehouse in which the article belongs, as far as the ledger knows one."""
    values = {"sku": sku, "warehouse_code": warehouse_code}
    home: str | None = session.connection().execute(_FIND_HOME, values).scalar_one_or_none()
    return home
