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
from fulfillment.shipping.tables import DimensionalDivisor, RateCard, RateCardRow, ZoneBand
from fulfillment.store.columns import table_of
from fulfillment.warehouse.tables import Availability, Warehouse

PRODUCT = table_of(Product)
WAREHOUSE = table_of(Warehouse)
AVAILABILITY = table_of(Availability)
CARD = table_of(RateCard)
CARD_ROW = table_of(RateCardRow)
BAND = table_of(ZoneBand)
DIVISOR = table_of(DimensionalDivisor)

FLAT_ZONE = "flat"
"""The zone of a pair no rate card covers: every warehouse costs the same, so stock alone decides."""

FLAT_RATE_MINOR = 1_000
HEAVIEST_G = 10**9
LAST_PRIORITY = 9
"""Our priority counts from 0 (first) to 9 (last); the planner's grows with importance."""


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
    tariff = _Tariff.read(session, on=now.date())
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
    """Orders to the same three-digit area and half degree share their zones."""
    if order.latitude is None or order.longitude is None:
        return f"{order.country}-{order.zip[:3]}"
    return f"{order.country}-{round(order.latitude * 2)}-{round(order.longitude * 2)}"


def _group_lines(units: Sequence[UnreleasedUnits]) -> list[RoutedLine]:
    """Units by order line; the parts of a kit are one line, whatever warehouse they stand at now."""
    groups: dict[Any, list[UnreleasedUnits]] = {}
    for unit in units:
        groups.setdefault(unit.group, []).append(unit)
    return [
        RoutedLine(tuple(members), is_kit=any(member.order_line_id != member.group for member in members))
        for members in groups.values()
    ]


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
        priority=LAST_PRIORITY - order.priority,
        due_days=None if order.due_on is None else max(0, (order.due_on - today).days),
        is_ship_complete=order.ships_complete or order.on_shortage is not OnShortage.SPLIT,
        pinned_warehouse=order.pinned_warehouse_code,
    )


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


def _product_rows(session: Session, *, skus: Collection[str], tariff: "_Tariff") -> list[ProductRow]:
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
    orders: Sequence[UnreleasedOrder], sites: Sequence[sa.Row[Any]], tariff: "_Tariff"
) -> Iterator[ZoneRow]:
    seen: set[str] = set()
    for order in orders:
        destination = destination_of(order)
        if destination in seen:
            continue
        seen.add(destination)
        for site in sites:
            zone, transit_days = tariff.zone_of(order, site)
            yield ZoneRow(destination, site.code, zone, transit_days)


@dataclass(frozen=True)
class _Tariff:
    """For each country one carrier's zones, with the cheapest service's price at every weight."""

    bands: dict[str, list[sa.Row[Any]]]
    prices: dict[tuple[str, int], dict[int, int]]
    cm3_per_kg: int

    @classmethod
    def read(cls, session: Session, *, on: date) -> "_Tariff":
        connection = session.connection()
        card_query = (
            sa.select(CARD)
            .where(CARD.c.valid_from <= on)
            .distinct(CARD.c.country, CARD.c.carrier, CARD.c.service)
            .order_by(CARD.c.country, CARD.c.carrier, CARD.c.service, CARD.c.valid_from.desc())
        )
        carriers: dict[str, str] = {}
        cards: dict[Any, str] = {}
        for card in connection.execute(card_query):
            if carriers.setdefault(card.country, card.carrier) == card.carrier:
                cards[card.id] = card.country
        prices: dict[tuple[str, int], dict[int, int]] = {}
        for row in connection.execute(sa.select(CARD_ROW).where(CARD_ROW.c.rate_card_id.in_(list(cards)))):
            steps = prices.setdefault((cards[row.rate_card_id], row.zone), {})
            steps[row.max_weight_g] = min(row.price_minor, steps.get(row.max_weight_g, row.price_minor))
        bands: dict[str, list[sa.Row[Any]]] = {}
        for band in connection.execute(sa.select(BAND).order_by(BAND.c.max_km)):
            if carriers.get(band.country) == band.carrier:
                bands.setdefault(band.country, []).append(band)
        divisor_query = (
            sa.select(DIVISOR.c.cm3_per_kg)
            .where(DIVISOR.c.valid_from <= on)
            .order_by(DIVISOR.c.cm3_per_kg.desc())
            .limit(1)
        )
        return cls(bands, prices, connection.execute(divisor_query).scalar_one_or_none() or 5_000)

    def dimensional_weight_g(self, volume_mm3: int) -> int:
        """Grams a carrier would bill for this volume."""
        return volume_mm3 // self.cm3_per_kg

    def zone_of(self, order: UnreleasedOrder, site: sa.Row[Any]) -> tuple[str, int]:
        """The zone's name and its days in transit."""
        bands = self.bands.get(site.country, []) if site.country == order.country else []
        if order.latitude is None or order.longitude is None or not bands:
            return FLAT_ZONE, 5
        km = distance_km(site.latitude, site.longitude, order.latitude, order.longitude)
        band = next((band for band in bands if km <= band.max_km), bands[-1])
        if (site.country, band.zone) not in self.prices:
            return FLAT_ZONE, 5
        return f"{site.country} {band.zone}", band.transit_days

    def rate_rows(self) -> list[RateRow]:
        """Every price, and one price for what no card covers; the dearest step holds for anything heavier."""
        rows = [RateRow(FLAT_ZONE, HEAVIEST_G, FLAT_RATE_MINOR)]
        for (country, zone), steps in sorted(self.prices.items()):
            name = f"{country} {zone}"
            rows.extend(RateRow(name, grams, price) for grams, price in sorted(steps.items()))
            heaviest = max(steps)
            rows.append(RateRow(name, HEAVIEST_G, steps[heaviest] * 2))
        return rows
