"""A parcel with where it comes from and goes to: what a carrier has to be told."""

import uuid
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.addresses import Address
from fulfillment.core.errors import NotFoundError
from fulfillment.core.states import ParcelState
from fulfillment.orders.tables import Order
from fulfillment.shipping.carriers.protocol import Measures
from fulfillment.shipping.tables import Parcel
from fulfillment.store.columns import table_of
from fulfillment.warehouse.tables import Warehouse

PARCEL = table_of(Parcel)
ORDER = table_of(Order)
WAREHOUSE = table_of(Warehouse)


@dataclass(frozen=True)
class ShipmentFacts:
    """One parcel on its way from a warehouse to a buyer."""

    parcel_id: uuid.UUID
    parcel_number: str
    state: ParcelState
    order_id: uuid.UUID
    order_number: str
    sender: Address
    recipient: Address
    measures: Measures
    has_hazard: bool
    due_on: date | None


def read_shipment(session: Session, *, parcel_id: uuid.UUID) -> ShipmentFacts:
    """The parcel with its two addresses.

    Raises:
        NotFoundError: there is no such parcel.
    """
    query = (
        sa.select(
            PARCEL,
            ORDER.c.number.label("order_number"),
            ORDER.c.ship_to,
            ORDER.c.due_on.label("order_due_on"),
            WAREHOUSE.c.address,
        )
        .join(ORDER, ORDER.c.id == PARCEL.c.order_id)
        .join(WAREHOUSE, WAREHOUSE.c.code == PARCEL.c.warehouse_code)
        .where(PARCEL.c.id == parcel_id)
    )
    row = session.connection().execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no parcel {parcel_id}.")
    return ShipmentFacts(
        parcel_id=row.id,
        parcel_number=row.number,
        state=row.state,
        order_id=row.order_id,
        order_number=row.order_number,
        sender=Address(**row.address),
        recipient=Address(**row.ship_to),
        measures=Measures(row.weight_g, row.length_mm, row.width_mm, row.height_mm),
        has_hazard=row.has_hazard,
        due_on=row.due_on or row.order_due_on,
    )


def get_warehouse(session: Session, *, code: str) -> Warehouse:
    """The warehouse with this code.

    Raises:
        NotFoundError: there is none.
    """
    warehouse = session.get(Warehouse, code)
    if warehouse is None:
        raise NotFoundError(f"There is no warehouse {code}.", code=code)
    return warehouse
