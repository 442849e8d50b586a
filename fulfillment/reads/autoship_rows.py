"""What the planner of an autoship run reads: due orders, stock, and what single orders usually take."""

import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.kinds import ProductKind
from fulfillment.catalog.tables import Product
from fulfillment.core.addresses import Address, is_military
from fulfillment.core.states import FulfillmentOrderState, OrderState
from fulfillment.orders.autoship_tables import AutoshipOrder
from fulfillment.orders.kinds import DueOutcome, OnShortage, OrderKind
from fulfillment.orders.tables import FulfillmentOrder, FulfillmentOrderLine, Order, OrderLine
from fulfillment.reads.unreleased import UnreleasedOrder, UnreleasedUnits
from fulfillment.store.columns import table_of
from fulfillment.warehouse.tables import Availability

DUE: Final = table_of(AutoshipOrder)
ORDER: Final = table_of(Order)
LINE: Final = table_of(OrderLine)
PRODUCT: Final = table_of(Product)
PART: Final = table_of(FulfillmentOrder)
PART_LINE: Final = table_of(FulfillmentOrderLine)
AVAILABILITY: Final = table_of(Availability)

STOCKED: Final = (ProductKind.GOODS, ProductKind.SALES_AID)


@dataclass(frozen=True)
class DueOrder:
    """One due order that is to be promised, as the planner sees it, and what decides its turn."""

    order: UnreleasedOrder
    subscribed_on: date | None
    place: int

    @property
    def units(self) -> dict[str, int]:
        """What it wants, by SKU."""
        wanted: dict[str, int] = {}
        for units in self.order.units:
            wanted[units.sku] = wanted.get(units.sku, 0) + units.qty
        return wanted


@dataclass(frozen=True)
class SingleDemand:
    """What single orders take in a day, by (warehouse code, SKU), and their parcels by warehouse."""

    units: Mapping[tuple[str, str], float]
    parcels: Mapping[str, float]

    def units_of(self, *, days: int) -> dict[tuple[str, str], int]:
        """Whole units of so many days."""
        return {key: math.ceil(daily * days) for key, daily in self.units.items()} if days else {}

    def parcels_of(self, *, days: int) -> dict[str, int]:
        """Whole parcels of so many days."""
        return {code: math.ceil(daily * days) for code, daily in self.parcels.items()}


def list_due_orders(session: Session, *, run_id: uuid.UUID) -> list[DueOrder]:
    """The due orders of the run that wait for a promise, by their place in its list."""
    lines = _lines_by_order(session, run_id)
    query = (
        sa.select(
            DUE.c.order_id,
            DUE.c.subscribed_on,
            DUE.c.place,
            ORDER.c.priority,
            ORDER.c.due_on,
            ORDER.c.ships_complete,
            ORDER.c.pinned_warehouse_code,
            ORDER.c.shelf_days,
            ORDER.c.ship_to["city"].astext.label("city"),
            ORDER.c.ship_to["state"].astext.label("state"),
            ORDER.c.ship_to["country"].astext.label("country"),
            ORDER.c.ship_to["zip"].astext.label("zip"),
            sa.cast(ORDER.c.ship_to["latitude"].astext, sa.Float).label("latitude"),
            sa.cast(ORDER.c.ship_to["longitude"].astext, sa.Float).label("longitude"),
        )
        .join(ORDER, ORDER.c.id == DUE.c.order_id)
        .where(_is_waiting(run_id))
        .order_by(DUE.c.place)
    )
    return [
        DueOrder(_order(row, lines[row.order_id]), row.subscribed_on, row.place)
        for row in session.connection().execute(query)
        if row.order_id in lines
    ]


def _is_waiting(run_id: uuid.UUID) -> sa.ColumnElement[bool]:
    return sa.and_(
        DUE.c.run_id == run_id, DUE.c.outcome == DueOutcome.WAITING, ORDER.c.state == OrderState.RECEIVED
    )


def _lines_by_order(session: Session, run_id: uuid.UUID) -> dict[uuid.UUID, list[UnreleasedUnits]]:
    query = (
        sa.select(
            LINE.c.order_id,
            LINE.c.id,
            sa.func.coalesce(LINE.c.kit_line_id, LINE.c.id).label("group"),
            LINE.c.sku,
            (LINE.c.qty - LINE.c.qty_cancelled).label("qty"),
        )
        .join(DUE, DUE.c.order_id == LINE.c.order_id)
        .join(ORDER, ORDER.c.id == LINE.c.order_id)
        .join(PRODUCT, PRODUCT.c.sku == LINE.c.sku)
        .where(
            _is_waiting(run_id),
            ~LINE.c.is_kit,
            LINE.c.qty > LINE.c.qty_cancelled,
            PRODUCT.c.kind.in_(STOCKED),
        )
        .order_by(LINE.c.order_id, LINE.c.line_no)
    )
    lines: dict[uuid.UUID, list[UnreleasedUnits]] = {}
    for row in session.connection().execute(query):
        lines.setdefault(row.order_id, []).append(UnreleasedUnits(row.id, row.group, row.sku, row.qty, None))
    return lines


def _order(row: Any, units: list[UnreleasedUnits]) -> UnreleasedOrder:  # noqa: ANN401 - a row of more columns than its type can count
    return UnreleasedOrder(
        order_id=row.order_id,
        country=row.country,
        zip=row.zip,
        latitude=row.latitude,
        longitude=row.longitude,
        priority=row.priority,
        due_on=row.due_on,
        # It is charged whole, so it is promised whole.
        on_shortage=OnShortage.BACKORDER,
        ships_complete=row.ships_complete,
        pinned_warehouse_code=row.pinned_warehouse_code,
        units=tuple(units),
        shelf_days=row.shelf_days,
        state=row.state,
        is_military=is_military(Address(city=row.city, state=row.state, country=row.country)),
    )


def read_single_demand(session: Session, *, look_back_days: int, now: datetime) -> SingleDemand:
    """What single orders took of each row in a day, over the last weeks or since the first of them."""
    accepted = (
        sa.select(PART.c.id, PART.c.warehouse_code, ORDER.c.accepted_at)
        .join(ORDER, ORDER.c.id == PART.c.order_id)
        .where(
            ORDER.c.kind != OrderKind.AUTOSHIP,
            ORDER.c.accepted_at >= now - timedelta(days=look_back_days),
            PART.c.state != FulfillmentOrderState.CANCELLED,
            PART.c.warehouse_code.is_not(None),
        )
        .cte("accepted")
    )
    connection = session.connection()
    first = connection.execute(sa.select(sa.func.min(accepted.c.accepted_at))).scalar_one()
    days = 1 if first is None else max(1, math.ceil((now - first) / timedelta(days=1)))
    by_row = (
        sa.select(accepted.c.warehouse_code, PART_LINE.c.sku, sa.func.sum(PART_LINE.c.qty).label("qty"))
        .join(accepted, accepted.c.id == PART_LINE.c.fulfillment_order_id)
        .group_by(accepted.c.warehouse_code, PART_LINE.c.sku)
    )
    by_hall = sa.select(accepted.c.warehouse_code, sa.func.count().label("parcels")).group_by(
        accepted.c.warehouse_code
    )
    return SingleDemand(
        {(row.warehouse_code, row.sku): row.qty / days for row in connection.execute(by_row)},
        {row.warehouse_code: row.parcels / days for row in connection.execute(by_hall)},
    )


def read_units_for_autoship(session: Session) -> dict[tuple[str, str], int]:
    """What a run may promise at most, by (warehouse code, SKU): what is kept back is kept back for it."""
    free = (AVAILABILITY.c.sellable - AVAILABILITY.c.reserved).label("free")
    query = sa.select(AVAILABILITY.c.warehouse_code, AVAILABILITY.c.sku, free).where(free > 0)
    return {(row.warehouse_code, row.sku): row.free for row in session.connection().execute(query)}


def read_booked_units(session: Session, *, run_id: uuid.UUID) -> dict[str, int]:
    """What the waiting orders of the run want together, by SKU."""
    query = (
        sa.select(LINE.c.sku, sa.func.sum(LINE.c.qty - LINE.c.qty_cancelled).label("qty"))
        .join(DUE, DUE.c.order_id == LINE.c.order_id)
        .join(ORDER, ORDER.c.id == LINE.c.order_id)
        .join(PRODUCT, PRODUCT.c.sku == LINE.c.sku)
        .where(_is_waiting(run_id), ~LINE.c.is_kit, PRODUCT.c.kind.in_(STOCKED))
        .group_by(LINE.c.sku)
    )
    return {row.sku: int(row.qty) for row in session.connection().execute(query) if row.qty}
