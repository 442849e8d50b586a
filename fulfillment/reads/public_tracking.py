"""What anybody who holds a parcel's public id may see: how far it is, and the city it goes to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import NotFoundError
from fulfillment.core.states import ParcelState
from fulfillment.orders.tables import Order
from fulfillment.reads.parcel_documents import list_parcel_scans
from fulfillment.shipping.tables import Parcel
from fulfillment.store.columns import table_of

PARCEL = table_of(Parcel)
ORDER = table_of(Order)


@dataclass(frozen=True)
class PublicScan:
    """One scan without the carrier's free words, which name neighbors and door codes."""

    happened_at: datetime
    status: str
    substatus: str | None
    place: str


@dataclass(frozen=True)
class PublicParcel:
    """A parcel as its public page shows it; no name, no street, no ZIP, nothing of what is inside."""

    number: str
    state: ParcelState
    place: int
    count: int
    carrier: str | None
    service: str | None
    tracking_number: str | None
    city: str
    region: str
    packed_at: datetime
    shipped_at: datetime | None
    delivered_at: datetime | None
    eta_at: datetime | None
    scans: tuple[PublicScan, ...]


def read_public_parcel(session: Session, *, public_id: str) -> PublicParcel:
    """The parcel with this public id.

    Raises:
        NotFoundError: there is none.
    """
    query = (
        sa.select(
            PARCEL,
            ORDER.c.ship_to["city"].astext.label("city"),
            ORDER.c.ship_to["state"].astext.label("region"),
        )
        .join(ORDER, ORDER.c.id == PARCEL.c.order_id)
        .where(PARCEL.c.public_id == public_id)
    )
    row = session.connection().execute(query).one_or_none()
    if row is None:
        raise NotFoundError("There is no parcel at this address. Check that the whole address was copied.")
    place, count = _place_among(session, row)
    scans = list_parcel_scans(session, parcel=row)
    return PublicParcel(
        number=row.number,
        state=row.state,
        place=place,
        count=count,
        carrier=row.carrier,
        service=row.service,
        tracking_number=row.tracking_number,
        city=row.city or "",
        region=row.region or "",
        packed_at=row.packed_at,
        shipped_at=row.shipped_at,
        delivered_at=row.delivered_at,
        eta_at=row.eta_at,
        scans=tuple(
            PublicScan(scan.happened_at, scan.status, scan.substatus, without_zip(scan.place))
            for scan in reversed(scans)
        ),
    )


def without_zip(place: str) -> str:
    """A scan's place without its postal code, which at the door is the recipient's own."""
    parts = [part.strip() for part in place.split(",")]
    return ", ".join(part for part in parts if part and not any(sign.isdigit() for sign in part))


def _place_among(session: Session, row: sa.Row[Any]) -> tuple[int, int]:
    """Which of how many parcels of the order it is; cancelled ones do not count."""
    query = (
        sa.select(PARCEL.c.id)
        .where(PARCEL.c.order_id == row.order_id, PARCEL.c.state != ParcelState.CANCELLED)
        .order_by(PARCEL.c.packed_at, PARCEL.c.number)
    )
    ids = list(session.connection().execute(query).scalars())
    return (ids.index(row.id) + 1 if row.id in ids else 0), len(ids)
