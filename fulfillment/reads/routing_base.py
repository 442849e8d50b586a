"""What every routing problem shares and what rarely changes: warehouses, the tariff, zones, and bans.

A process keeps it and asks one cheap question before each use: whether any of these small tables has
changed, by who wrote their rows last and where. Zone charts are large, so they are read
again once a minute; a price that is a minute old makes no promise wrong.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from threading import Lock
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.ban_book import read_ban_book
from fulfillment.catalog.bans import Ban, BanBook, BanPlace
from fulfillment.core.places import distance_km
from fulfillment.reads.planning_tariff import (
    ABROAD_DAYS,
    ABROAD_ZONE,
    PlanningTariff,
    read_planning_tariff,
)
from fulfillment.reads.unreleased import UnreleasedOrder
from fulfillment.routing.rows import RateRow, ZoneRow
from fulfillment.shipping.tables import ZonePair
from fulfillment.shipping.zone_charts import AREA_SIGNS, ZoneChart, read_chart
from fulfillment.store.columns import table_of
from fulfillment.warehouse.tables import Warehouse

WAREHOUSE = table_of(Warehouse)
PAIR = table_of(ZonePair)

NOT_KNOWN_KM = 2_000.0
"""The distance of a destination whose place is not known: the same from everywhere."""

KEPT_S: Final = 60.0
MOST_DESTINATIONS: Final = 5_000
"""Destinations whose zones are remembered; the United States have 900 areas in a few cells each."""

# Every change of a row makes a version of it, written by another transaction or at another place. The rows of
# a rate card are written with their card and never change.
VERSION: Final = """
    SELECT string_agg(name || ' ' || versions, ', ' ORDER BY name) FROM (
        SELECT name, sum(hashtextextended(version, 0)) AS versions FROM (
            SELECT 'warehouse' AS name, CAST(xmin AS text) || CAST(ctid AS text) AS version FROM warehouse
            UNION ALL SELECT 'card', CAST(xmin AS text) || CAST(ctid AS text) FROM rate_card
            UNION ALL SELECT 'band', CAST(xmin AS text) || CAST(ctid AS text) FROM zone_band
            UNION ALL SELECT 'divisor', CAST(xmin AS text) || CAST(ctid AS text) FROM dimensional_divisor
            UNION ALL SELECT 'ban', CAST(xmin AS text) || CAST(ctid AS text) FROM shipping_ban
        ) written GROUP BY name
    ) counted
    """
"""The question as SQL, so that it can travel inside another one."""


@dataclass(frozen=True, eq=False)
class RoutingBase:
    """Warehouses in the order of their codes, the tariff without charts, and the bans in force."""

    sites: Sequence[sa.Row[Any]]
    tariff: PlanningTariff
    bans: BanBook
    has_charts: bool = True
    _zones: dict[str, tuple[ZoneRow, ...]] = field(default_factory=dict)
    _charts: dict[str, ZoneChart] = field(default_factory=dict)

    @property
    def active_codes(self) -> frozenset[str]:
        """The warehouses that are open."""
        return frozenset(site.code for site in self.sites if site.is_active)

    def bans_for(self, order: UnreleasedOrder) -> tuple[Ban, ...]:
        """The bans about the place the order goes to."""
        if not self.bans.bans:
            return ()
        return self.bans.on_way_to(BanPlace(order.country, order.state, order.is_military))

    def destination(self, order: UnreleasedOrder) -> str:
        """Orders to the same area of postcodes and half degree share their zones, and their bans if any."""
        name = f"{order.country}-{order.zip[:AREA_SIGNS]}"
        if order.latitude is not None and order.longitude is not None:
            name = f"{name}-{round(order.latitude * 2)}-{round(order.longitude * 2)}"
        bans = self.bans_for(order)
        return f"{name} with bans {', '.join(str(ban.id) for ban in bans)}" if bans else name

    def zones_to(self, session: Session, order: UnreleasedOrder) -> tuple[ZoneRow, ...]:
        """The zone and the days from every warehouse to where this order goes; looked up once."""
        destination = self.destination(order)
        known = self._zones.get(destination)
        if known is None:
            tariff = replace(self.tariff, chart=self._chart_to(session, order.zip[:AREA_SIGNS]))
            known = tuple(zone_rows(order, destination, self.sites, tariff))
            if len(self._zones) >= MOST_DESTINATIONS:
                self._zones.clear()
            self._zones[destination] = known
        return known

    def _chart_to(self, session: Session, area: str) -> ZoneChart:
        if not self.has_charts:
            return self.tariff.chart
        if area not in self._charts:
            self._charts[area] = read_chart(session, origins=self._origins(), destinations=[area])
        return self._charts[area]

    def zones_of(self, session: Session, orders: Sequence[UnreleasedOrder]) -> list[ZoneRow]:
        """The same for many orders, with one look at the charts."""
        chart = read_chart(session, origins=self._origins(), destinations={order.zip for order in orders})
        tariff = replace(self.tariff, chart=chart)
        firsts: dict[str, UnreleasedOrder] = {}
        for order in orders:
            firsts.setdefault(self.destination(order), order)
        return [row for name, order in firsts.items() for row in zone_rows(order, name, self.sites, tariff)]

    def rates_of(self, zones: Sequence[ZoneRow], *, heaviest_g: int) -> list[RateRow]:
        """The prices of these zones, as far as parcels of up to so many grams need them."""
        return self.tariff.rate_rows(dict.fromkeys(row.zone for row in zones), heaviest_g=heaviest_g)

    def _origins(self) -> set[str]:
        return {site.address.get("zip", "") for site in self.sites}


def zone_rows(
    order: UnreleasedOrder, destination: str, sites: Sequence[sa.Row[Any]], tariff: PlanningTariff
) -> list[ZoneRow]:
    """From each warehouse the zone a parcel of the order pays, and its days on the way."""
    return [ZoneRow(destination, site.code, *_zone(order, site, tariff)) for site in sites]


def _zone(order: UnreleasedOrder, site: sa.Row[Any], tariff: PlanningTariff) -> tuple[str, int]:
    if site.country != order.country:
        return ABROAD_ZONE, ABROAD_DAYS
    if order.latitude is None or order.longitude is None:
        km = NOT_KNOWN_KM
    else:
        km = distance_km(site.latitude, site.longitude, order.latitude, order.longitude)
    return tariff.zone_at(
        country=site.country, km=km, origin=site.address.get("zip", ""), destination=order.zip
    )


@dataclass(frozen=True)
class _Kept:
    version: tuple[str | None, date]
    until: float
    base: RoutingBase


class BaseKeeper:
    """Keeps the base of this process for as long as its tables do not change."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._kept: _Kept | None = None

    def get(self, session: Session, *, on: date) -> RoutingBase:
        """The base as of this session's view."""
        version = session.connection().execute(sa.text(VERSION)).scalar_one()
        return self.get_version(session, version=version, on=on)

    def get_version(self, session: Session, *, version: str | None, on: date) -> RoutingBase:
        """The base of the version this session has just read; what is kept is never older than its tables.

        The version is asked for before the tables are read: what is written in between is read already and
        makes the next question find another version.
        """
        kept = self._kept
        if kept is not None and kept.version == (version, on) and self._clock() < kept.until:
            return kept.base
        base = read_routing_base(session, on=on)
        with self._lock:
            self._kept = _Kept((version, on), self._clock() + KEPT_S, base)
        return base


def read_routing_base(session: Session, *, on: date) -> RoutingBase:
    """Warehouses, tariff and bans as the tables hold them."""
    sites = session.connection().execute(sa.select(WAREHOUSE).order_by(WAREHOUSE.c.code)).all()
    has_charts = session.connection().execute(sa.select(sa.exists().select_from(PAIR))).scalar_one()
    return RoutingBase(
        sites, read_planning_tariff(session, on=on), read_ban_book(session), has_charts=has_charts
    )


KEEPER: Final = BaseKeeper()
