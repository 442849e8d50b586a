"""Every unreleased part of an accepted order, with where it stands now: what the planner may move."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.addresses import Address, is_military
from fulfillment.core.states import FulfillmentOrderState, OrderState
from fulfillment.orders.kinds import OnShortage
from fulfillment.orders.tables import FulfillmentOrder, FulfillmentOrderLine, Order, OrderLine
from fulfillment.store.columns import table_of

ORDER = table_of(Order)
LINE = table_of(OrderLine)
PART = table_of(FulfillmentOrder)
PART_LINE = table_of(FulfillmentOrderLine)

UNRELEASED = (FulfillmentOrderState.PROMISED, FulfillmentOrderState.BACKORDERED)


@dataclass(frozen=True)
class UnreleasedUnits:
    """Units of one order line at one warehouse, or at none; a kit's parts share its line's id as group."""

    order_line_id: uuid.UUID
    group: uuid.UUID
    sku: str
    qty: int
    warehouse_code: str | None


@dataclass(frozen=True)
class UnreleasedOrder:
    """One order the planner may still move; its goods have to keep `shelf_days` beyond their own minimum."""

    order_id: uuid.UUID
    country: str
    zip: str
    latitude: float | None
    longitude: float | None
    priority: int
    due_on: date | None
    on_shortage: OnShortage
    ships_complete: bool
    pinned_warehouse_code: str | None
    units: tuple[UnreleasedUnits, ...]
    shelf_days: int = 0
    state: str = ""
    is_military: bool = False


def list_unreleased(
    session: Session, *, order_ids: Collection[uuid.UUID] | None = None, lock: bool = False
) -> list[UnreleasedOrder]:
    """The unreleased orders, oldest first; with `lock` their fulfillment orders stay as they are read."""
    query = (
        sa.select(
            ORDER.c.id.label("order_id"),
            ORDER.c.ship_to,
            ORDER.c.priority,
            ORDER.c.due_on,
            ORDER.c.on_shortage,
            ORDER.c.ships_complete,
            ORDER.c.pinned_warehouse_code,
            ORDER.c.shelf_days,
            PART.c.warehouse_code,
            PART_LINE.c.order_line_id,
            PART_LINE.c.sku,
            PART_LINE.c.qty,
            sa.func.coalesce(LINE.c.kit_line_id, LINE.c.id).label("group"),
        )
        .join(PART, PART.c.order_id == ORDER.c.id)
        .join(PART_LINE, PART_LINE.c.fulfillment_order_id == PART.c.id)
        .join(LINE, LINE.c.id == PART_LINE.c.order_line_id)
        .where(ORDER.c.state == OrderState.ACCEPTED, PART.c.state.in_(UNRELEASED), PART_LINE.c.qty > 0)
        .order_by(ORDER.c.id, LINE.c.line_no, PART.c.id)
    )
    if order_ids is not None:
        query = query.where(ORDER.c.id.in_(list(order_ids)))
    if lock:
        query = query.with_for_update(of=[PART])
    rows_by_order: dict[uuid.UUID, list[Any]] = {}
    for row in session.connection().execute(query):
        rows_by_order.setdefault(row.order_id, []).append(row)
    return [_order(rows) for rows in rows_by_order.values()]


def _order(rows: Sequence[Any]) -> UnreleasedOrder:
    head = rows[0]
    return UnreleasedOrder(
        order_id=head.order_id,
        country=head.ship_to["country"],
        zip=head.ship_to["zip"],
        latitude=head.ship_to["latitude"],
        longitude=head.ship_to["longitude"],
        priority=head.priority,
        due_on=head.due_on,
        on_shortage=head.on_shortage,
        ships_complete=head.ships_complete,
        pinned_warehouse_code=head.pinned_warehouse_code,
        units=tuple(
            UnreleasedUnits(row.order_line_id, row.group, row.sku, row.qty, row.warehouse_code)
            for row in rows
        ),
        shelf_days=head.shelf_days,
        state=head.ship_to["state"],
        is_military=is_military(Address(**head.ship_to)),
    )
