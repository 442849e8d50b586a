"""What flows, pages and reports ask about orders and their parts."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, select

from fulfillment.core.errors import NotFoundError
from fulfillment.core.states import FulfillmentOrderState
from fulfillment.orders.tables import FulfillmentOrder, FulfillmentOrderLine, Order, OrderLine
from fulfillment.store.columns import table_of

ORDER = table_of(Order)
LINE = table_of(OrderLine)
PART = table_of(FulfillmentOrder)
PART_LINE = table_of(FulfillmentOrderLine)


@dataclass(frozen=True)
class OpenUnits:
    """Units of one fulfillment order's line; those beyond `qty_picked` are still in their bins."""

    line_id: uuid.UUID
    order_line_id: uuid.UUID
    sku: str
    qty: int
    qty_picked: int


@dataclass(frozen=True)
class OpenPart:
    """A fulfillment order with its lines, as a flow that changes it needs it."""

    id: uuid.UUID
    number: str
    order_id: uuid.UUID
    warehouse_code: str | None
    state: FulfillmentOrderState
    wave_id: uuid.UUID | None
    units: tuple[OpenUnits, ...]


def get_order(session: Session, *, order_id: uuid.UUID, lock: bool = False) -> Order:
    """The order with this id; locked until the transaction ends if asked.

    Raises:
        NotFoundError: there is none.
    """
    order = session.get(Order, order_id, with_for_update=lock, populate_existing=lock)
    if order is None:
        raise NotFoundError(f"There is no order {order_id}.")
    return order


def find_order_by_number(session: Session, *, number: str) -> Order:
    """The order people call by this number.

    Raises:
        NotFoundError: there is none.
    """
    order = session.exec(select(Order).where(ORDER.c.number == number.strip().upper())).one_or_none()
    if order is None:
        raise NotFoundError(f"There is no order {number}.", number=number)
    return order


def find_shelf_days(session: Session, *, order_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How much longer than a product's own minimum the goods of these orders have to keep, by order."""
    query = sa.select(ORDER.c.id, ORDER.c.shelf_days).where(ORDER.c.id.in_(list(order_ids)))
    return {row.id: row.shelf_days for row in session.connection().execute(query)}


def list_lines(session: Session, *, order_id: uuid.UUID) -> Sequence[sa.Row[Any]]:
    """The lines of an order as they were accepted, in line order."""
    query = sa.select(LINE).where(LINE.c.order_id == order_id).order_by(LINE.c.line_no)
    return session.connection().execute(query).all()


def list_parts(
    session: Session,
    *,
    order_id: uuid.UUID | None = None,
    part_ids: Collection[uuid.UUID] | None = None,
    lock: bool = False,
) -> list[OpenPart]:
    """The fulfillment orders of an order, or those with these ids, oldest first, with their lines."""
    query = sa.select(PART).order_by(PART.c.id)
    if order_id is not None:
        query = query.where(PART.c.order_id == order_id)
    if part_ids is not None:
        query = query.where(PART.c.id.in_(list(part_ids)))
    if lock:
        query = query.with_for_update()
    heads = session.connection().execute(query).all()
    units: dict[uuid.UUID, list[OpenUnits]] = {head.id: [] for head in heads}
    line_query = (
        sa.select(PART_LINE).where(PART_LINE.c.fulfillment_order_id.in_(list(units))).order_by(PART_LINE.c.id)
    )
    for row in session.connection().execute(line_query):
        units[row.fulfillment_order_id].append(
            OpenUnits(row.id, row.order_line_id, row.sku, row.qty, row.qty_picked)
        )
    return [
        OpenPart(h.id, h.number, h.order_id, h.warehouse_code, h.state, h.wave_id, tuple(units[h.id]))
        for h in heads
    ]
