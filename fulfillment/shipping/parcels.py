"""Parcels as they are written when a box is closed, and as they are found again."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import NotFoundError
from fulfillment.core.ids import new_id, new_public_id
from fulfillment.core.states import ParcelState
from fulfillment.shipping.packing import PackedUnits
from fulfillment.shipping.tables import Carton, Parcel, ParcelLine
from fulfillment.store.actors import Actor
from fulfillment.store.columns import table_of
from fulfillment.store.history import begin_history
from fulfillment.store.numbers import next_numbers

PARCEL = table_of(Parcel)
PARCEL_LINE = table_of(ParcelLine)
CARTON = table_of(Carton)


@dataclass(frozen=True)
class NewParcel:
    """A box as it was packed: measured weight, outer size, and what is in it."""

    carton_code: str | None
    weight_g: int
    length_mm: int
    width_mm: int
    height_mm: int
    has_hazard: bool
    units: tuple[PackedUnits, ...]


@dataclass(frozen=True)
class WrittenParcel:
    """A parcel as it was written."""

    id: uuid.UUID
    number: str
    public_id: str


def write_parcels(
    session: Session,
    *,
    order_id: uuid.UUID,
    fulfillment_order_id: uuid.UUID,
    warehouse_code: str,
    parcels: Sequence[NewParcel],
    due_on: date | None,
    actor: Actor,
    now: datetime,
) -> list[WrittenParcel]:
    """The parcels stand packed, each with its lines; postage is bought next."""
    numbers = next_numbers(session, "P", count=len(parcels))
    written = [WrittenParcel(new_id(), number, new_public_id()) for number in numbers]
    heads = [
        {
            "id": row.id,
            "number": row.number,
            "public_id": row.public_id,
            "order_id": order_id,
            "fulfillment_order_id": fulfillment_order_id,
            "warehouse_code": warehouse_code,
            "carton_code": parcel.carton_code,
            "state": ParcelState.PACKED,
            "weight_g": parcel.weight_g,
            "length_mm": parcel.length_mm,
            "width_mm": parcel.width_mm,
            "height_mm": parcel.height_mm,
            "has_hazard": parcel.has_hazard,
            "due_on": due_on,
            "packed_at": now,
        }
        for row, parcel in zip(written, parcels, strict=True)
    ]
    lines = [
        {
            "id": new_id(),
            "parcel_id": row.id,
            "fulfillment_order_line_id": units.fulfillment_order_line_id,
            "order_line_id": units.order_line_id,
            "sku": units.sku,
            "lot": units.lot,
            "qty": units.qty,
        }
        for row, parcel in zip(written, parcels, strict=True)
        for units in parcel.units
    ]
    session.connection().execute(sa.insert(PARCEL), heads)
    session.connection().execute(sa.insert(PARCEL_LINE), lines)
    begin_history(
        session,
        table=PARCEL,
        object_ids=[row.id for row in written],
        state=ParcelState.PACKED,
        actor=actor,
        reason="packed",
    )
    return written


def get_parcel(session: Session, *, parcel_id: uuid.UUID, lock: bool = False) -> sa.Row[Any]:
    """The parcel with this id.

    Raises:
        NotFoundError: there is none.
    """
    query = sa.select(PARCEL).where(PARCEL.c.id == parcel_id)
    if lock:
        query = query.with_for_update()
    row = session.connection().execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no parcel {parcel_id}.")
    return row


def list_parcel_lines(session: Session, *, parcel_ids: Sequence[uuid.UUID]) -> Sequence[sa.Row[Any]]:
    """What is in these parcels, by parcel."""
    query = (
        sa.select(PARCEL_LINE)
        .where(PARCEL_LINE.c.parcel_id.in_(list(parcel_ids)))
        .order_by(PARCEL_LINE.c.parcel_id, PARCEL_LINE.c.id)
    )
    return session.connection().execute(query).all()


def list_parcels(
    session: Session, *, fulfillment_order_id: uuid.UUID, lock: bool = False
) -> Sequence[sa.Row[Any]]:
    """The parcels of a fulfillment order, cancelled ones too, in the order they were packed."""
    query = (
        sa.select(PARCEL)
        .where(PARCEL.c.fulfillment_order_id == fulfillment_order_id)
        .order_by(PARCEL.c.packed_at, PARCEL.c.number)
    )
    if lock:
        query = query.with_for_update()
    return session.connection().execute(query).all()


def find_parcel_by_number(session: Session, *, number: str) -> sa.Row[Any]:
    """The parcel people call by this number, or by its tracking number.

    Raises:
        NotFoundError: there is none.
    """
    wanted = number.strip().upper()
    query = (
        sa.select(PARCEL)
        .where(sa.or_(PARCEL.c.number == wanted, PARCEL.c.tracking_number == wanted))
        .order_by(PARCEL.c.id.desc())
        .limit(1)
    )
    row = session.connection().execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no parcel {number}.", number=number)
    return row


def list_cartons(session: Session) -> Sequence[sa.Row[Any]]:
    """The cartons in use, the smallest first."""
    volume = CARTON.c.length_mm * CARTON.c.width_mm * CARTON.c.height_mm
    query = sa.select(CARTON).where(CARTON.c.is_active).order_by(volume, CARTON.c.code)
    return session.connection().execute(query).all()
