"""The routing problem as rows: unreleased orders, free stock, zones by distance, and rate cards in force."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.tables import Product
from fulfillment.core.places import distance_km
from fulfillment.orders.kinds import OnShortage
from fulfillment.reads.planning_tariff import FLAT_DAYS, FLAT_ZONE, PlanningTariff, read_planning_tariff
from fulfillment.reads.unreleased import UnreleasedOrder, UnreleasedUnits
from fulfillment.routing.rows import (
    LineRow,
    OrderRow,
    ProductRow,
    RateRow,
    StockRow,
    WarehouseRow,
    ZoneRow,
)
from fulfillment.shipping.zone_charts import AREA_SIGNS
from fulfillment.store.columns import table_of
from fulfillment.warehouse.tables import Availability, Warehouse

PRODUCT = table_of(Product)
WAREHOUSE = table_of(Warehouse)
AVAILABILITY = table_of(Availability)
NOT_KNOWN_KM = 2_000.0
"""The distance of a destination whose place is not known: the same from everywhere."""

LAST_PRIORITY = 9
"""Our priority counts from 0 (first) to 9 (last); the planner's grows with importance."""

PROMISED_BONUS = LAST_PRIORITY + 1
"""An order that holds any stock outranks every order that only waits: a promise is moved, never taken."""


@dataclass(frozen=True)
class RoutedLine:
    """What stands behind one line of the problem: the units that move together when it is placed."""

    units: tuple[UnreleasedUnits, ...]
    is_kit: bool


@dataclass(frozen=True)
class RoutingRows:
    """The rows, and by order id what each line of each order stands for."""

    orders: list[OrderRow]
    products: list[ProductRow]
    warehouses: list[WarehouseRow]
    stock: list[StockRow]
    zones: list[ZoneRow]
    rates: list[RateRow]
    lines: dict[str, list[RoutedLine]]


def read_routing_rows(session: Session, *, orders: Sequence[UnreleasedOrder], now: datetime) -> RoutingRows:
    """The problem of placing all of these orders anew, as of the session's snapshot."""
    lines = {str(order.order_id): _group_lines(order.units) for order in orders}
    skus = sorted({units.sku for order in orders for units in order.units})
    sites = session.connection().execute(sa.select(WAREHOUSE).order_by(WAREHOUSE.c.code)).all()
    tariff = read_planning_tariff(
        session,
        on=now.date(),
        origins={site.address["zip"] for site in sites},
        destinations={order.zip for order in orders},
    )
    products = _product_rows(session, skus=skus, tariff=tariff)
    return RoutingRows(
        orders=[_order_row(order, lines[str(order.order_id)], today=now.date()) for order in orders],
        products=[*products, *_kit_rows(lines, products)],
        warehouses=[_warehouse_row(site, now=now) for site in sites],
        stock=_stock_rows(session, skus=skus, orders=orders),
        zones=list(_zone_rows(orders, sites, tariff)),
        rates=tariff.rate_rows(),
        lines=lines,
    )


def destination_of(order: UnreleasedOrder) -> str:
    """Orders to the same area of postcodes and half degree share their zones."""
    area = f"{order.country}-{order.zip[:AREA_SIGNS]}"
    if order.latitude is None or order.longitude is None:
        return area
    return f"{area}-{round(order.latitude * 2)}-{round(order.longitude * 2)}"


def _group_lines(units: Sequence[UnreleasedUnits]) -> list[RoutedLine]:
    """Units that move together: a whole kit, or what one warehouse holds of an order line now.

    A line that is divided stays divided where the plan begins, so that today's promise is one of the plans;
    nothing keeps the planner from bringing its pieces together.
    """
    kits = {unit.group for unit in units if unit.order_line_id != unit.group}
    groups: dict[Any, list[UnreleasedUnits]] = {}
    for unit in units:
        key = unit.group if unit.group in kits else (unit.group, unit.warehouse_code)
        groups.setdefault(key, []).append(unit)
    return [RoutedLine(tuple(members), is_kit=members[0].group in kits) for members in groups.values()]


def _order_row(order: UnreleasedOrder, lines: Sequence[RoutedLine], *, today: date) -> OrderRow:
    return OrderRow(
        id=str(order.order_id),
        destination=destination_of(order),
        lines=tuple(
            LineRow(_kit_name(line), 1)
            if line.is_kit
            else LineRow(line.units[0].sku, sum(units.qty for units in line.units))
            for line in lines
        ),
        priority=LAST_PRIORITY - order.priority + (PROMISED_BONUS if _is_promised(order) else 0),
        due_days=None if order.due_on is None else max(0, (order.due_on - today).days),
        is_ship_complete=order.ships_complete or order.on_shortage is not OnShortage.SPLIT,
        pinned_warehouse=order.pinned_warehouse_code,
    )


def _is_promised(order: UnreleasedOrder) -> bool:
    return any(units.warehouse_code is not None for units in order.units)


def _kit_name(line: RoutedLine) -> str:
    return f"kit {line.units[0].group}"


def _kit_rows(
    lines: Mapping[str, Sequence[RoutedLine]], products: Sequence[ProductRow]
) -> Iterator[ProductRow]:
    goods = {product.sku: product for product in products}
    for order_lines in lines.values():
        for line in order_lines:
            if line.is_kit:
                parts: dict[str, int] = {}
                for units in line.units:
                    parts[units.sku] = parts.get(units.sku, 0) + units.qty
                yield ProductRow(
                    _kit_name(line),
                    sum(goods[sku].weight_g * qty for sku, qty in parts.items()),
                    sum(goods[sku].dim_weight_g * qty for sku, qty in parts.items()),
                    components=tuple(sorted(parts.items())),
                )


def _product_rows(session: Session, *, skus: Collection[str], tariff: PlanningTariff) -> list[ProductRow]:
    columns = (
        PRODUCT.c.sku,
        PRODUCT.c.weight_g,
        PRODUCT.c.length_mm,
        PRODUCT.c.width_mm,
        PRODUCT.c.height_mm,
    )
    rows = session.connection().execute(sa.select(*columns).where(PRODUCT.c.sku.in_(list(skus))))
    return [
        ProductRow(
            row.sku,
            max(1, row.weight_g),
            tariff.dimensional_weight_g(row.length_mm * row.width_mm * row.height_mm),
        )
        for row in rows
    ]


def _warehouse_row(site: sa.Row[Any], *, now: datetime) -> WarehouseRow:
    is_past_cutoff = now.astimezone(ZoneInfo(site.time_zone)).time() >= site.cutoff_at
    return WarehouseRow(
        code=site.code,
        capacity=site.daily_parcel_capacity,
        handling_minor=site.handling_minor,
        ready_days=1 if is_past_cutoff else 0,
        is_open=site.is_active,
    )


def _stock_rows(
    session: Session, *, skus: Collection[str], orders: Sequence[UnreleasedOrder]
) -> list[StockRow]:
    """What is free, with what these orders hold now given back."""
    held: dict[tuple[str, str], int] = {}
    for order in orders:
        for units in order.units:
            if units.warehouse_code is not None:
                key = (units.warehouse_code, units.sku)
                held[key] = held.get(key, 0) + units.qty
    free = AVAILABILITY.c.sellable - AVAILABILITY.c.reserved
    query = sa.select(AVAILABILITY.c.warehouse_code, AVAILABILITY.c.sku, free.label("free"))
    rows = session.connection().execute(query.where(AVAILABILITY.c.sku.in_(list(skus))))
    return [
        StockRow(row.warehouse_code, row.sku, row.free + held.get((row.warehouse_code, row.sku), 0))
        for row in rows
    ]


def _zone_rows(
    orders: Sequence[UnreleasedOrder], sites: Sequence[sa.Row[Any]], tariff: PlanningTariff
) -> Iterator[ZoneRow]:
    seen: set[str] = set()
    for order in orders:
        destination = destination_of(order)
        if destination in seen:
            continue
        seen.add(destination)
        for site in sites:
            zone, transit_days = _zone(order, site, tariff)
            yield ZoneRow(destination, site.code, zone, transit_days)


def _zone(order: UnreleasedOrder, site: sa.Row[Any], tariff: PlanningTariff) -> tuple[str, int]:
    """The zone a parcel of the order pays from this warehouse, and its days on the way."""
    if site.country != order.country:
        return FLAT_ZONE, FLAT_DAYS
    if order.latitude is None or order.longitude is None:
        km = NOT_KNOWN_KM
    else:
        km = distance_km(site.latitude, site.longitude, order.latitude, order.longitude)
    return tariff.zone_at(country=site.country, km=km, origin=site.address["zip"], destination=order.zip)
