"""What a parcel costs the planner: at each distance and weight the cheapest service of any carrier.

Which carrier will really be asked is decided when the postage is bought; the planner needs the price that
will then be found, and how it changes with distance.
"""

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import Session

from fulfillment.routing.rows import RateRow
from fulfillment.shipping.tables import DimensionalDivisor, RateCard, RateCardRow, ZoneBand
from fulfillment.shipping.zone_charts import ZoneChart, read_chart
from fulfillment.store.columns import table_of

CARD = table_of(RateCard)
CARD_ROW = table_of(RateCardRow)
BAND = table_of(ZoneBand)
DIVISOR = table_of(DimensionalDivisor)

FLAT_ZONE = "flat"
"""The zone of a pair no rate card covers: every warehouse costs the same, so stock alone decides."""

FLAT_RATE_MINOR = 1_000
FLAT_DAYS = 5
HEAVIEST_G = 10**9
DEFAULT_CM3_PER_KG = 5_000


CarrierZones = tuple[tuple[str, int], ...]
"""Each carrier's zone for one pair of places, by carrier; together they make the planner's zone."""


@dataclass(frozen=True)
class Ring:
    """All destinations up to a distance, and each carrier's zone for them."""

    max_km: int
    zones: CarrierZones


@dataclass(frozen=True)
class Offer:
    """What a carrier takes in one of its zones: the price at every weight step, and the days on the way."""

    prices: Mapping[int, int]
    transit_days: int


@dataclass(frozen=True)
class PlanningTariff:
    """The rings of each country, nearest first, and what carriers take by (country, carrier, zone).

    A carrier's own zone chart goes before distance; the divisor turns volume into weight.
    """

    rings: Mapping[str, Sequence[Ring]]
    offers: Mapping[tuple[str, str, int], Offer]
    chart: ZoneChart
    cm3_per_kg: int

    def dimensional_weight_g(self, volume_mm3: int) -> int:
        """Grams a carrier would bill for this volume."""
        return volume_mm3 // self.cm3_per_kg

    def zone_at(self, *, country: str, km: float, origin: str = "", destination: str = "") -> tuple[str, int]:
        """The zone's name and its days in transit; what lies beyond the last ring counts as in it.

        With both postcodes, a carrier whose chart has them is in the zone of its chart.
        """
        rings = self.rings.get(country, ())
        if not rings:
            return FLAT_ZONE, FLAT_DAYS
        ring = rings[min(bisect_left([ring.max_km for ring in rings], km), len(rings) - 1)]
        zones = tuple(
            (carrier, self._charted(country, carrier, zone, origin, destination))
            for carrier, zone in ring.zones
        )
        _, days = self._cheapest(country, zones)
        return _zone_name(country, zones), days

    def rate_rows(self) -> list[RateRow]:
        """Every price, and one for what no card covers; what is heavier than the last step costs double."""
        rows = [RateRow(FLAT_ZONE, HEAVIEST_G, FLAT_RATE_MINOR)]
        for country in sorted(self.rings):
            for zones in self._combinations(country):
                name = _zone_name(country, zones)
                prices, _ = self._cheapest(country, zones)
                rows.extend(RateRow(name, grams, price) for grams, price in sorted(prices.items()))
                rows.append(RateRow(name, HEAVIEST_G, prices[max(prices)] * 2))
        return rows

    def _charted(self, country: str, carrier: str, zone: int, origin: str, destination: str) -> int:
        """The carrier's zone by its chart where that has a price, else the one given."""
        charted = self.chart.zone(carrier, country, origin=origin, destination=destination)
        return charted if charted is not None and (country, carrier, charted) in self.offers else zone

    def _combinations(self, country: str) -> list[CarrierZones]:
        """Every combination of the carriers' zones that `zone_at` can answer."""
        charted: dict[str, set[int]] = {}
        for (carrier, place, _, _), zone in self.chart.zones.items():
            if (country, carrier, zone) in self.offers and place == country:
                charted.setdefault(carrier, set()).add(zone)
        found: dict[CarrierZones, None] = {}
        for ring in self.rings[country]:
            choices = [
                [(carrier, choice) for choice in sorted({zone, *charted.get(carrier, ())})]
                for carrier, zone in ring.zones
            ]
            found.update(dict.fromkeys(product(*choices)))
        return list(found)

    def _cheapest(self, country: str, zones: CarrierZones) -> tuple[dict[int, int], int]:
        """The lowest price at each step, and the days of the carrier that is cheapest for light parcels."""
        offers = [self.offers[country, carrier, zone] for carrier, zone in zones]
        steps = sorted({grams for offer in offers for grams in offer.prices})
        prices = {
            grams: min(price for offer in offers if (price := _price_at(offer.prices, grams)) is not None)
            for grams in steps
        }
        lightest = min(offers, key=lambda offer: (_price_at(offer.prices, steps[0]) or 0, offer.transit_days))
        return prices, lightest.transit_days


def read_planning_tariff(
    session: Session, *, on: date, origins: Collection[str] = (), destinations: Collection[str] = ()
) -> PlanningTariff:
    """The tariff of all rate cards in force on this day, and the charted zones between these postcodes."""
    prices = _prices_by_zone(session, on=on)
    bands: dict[str, list[Any]] = {}
    offers: dict[tuple[str, str, int], Offer] = {}
    for band in session.connection().execute(sa.select(BAND).order_by(BAND.c.max_km)):
        key = (band.country, band.carrier, band.zone)
        if key in prices:
            bands.setdefault(band.country, []).append(band)
            offers[key] = Offer(prices[key], band.transit_days)
    divisor = session.connection().execute(
        sa.select(DIVISOR.c.cm3_per_kg)
        .where(DIVISOR.c.valid_from <= on)
        .order_by(DIVISOR.c.valid_from.desc(), DIVISOR.c.cm3_per_kg)
        .limit(1)
    )
    rings = {country: _rings(found) for country, found in bands.items()}
    chart = read_chart(session, origins=origins, destinations=destinations)
    return PlanningTariff(rings, offers, chart, divisor.scalar_one_or_none() or DEFAULT_CM3_PER_KG)


Prices = dict[tuple[str, str, int], dict[int, int]]
"""(country, carrier, zone) to price by heaviest weight, the cheapest of the carrier's services."""


def _prices_by_zone(session: Session, *, on: date) -> Prices:
    connection = session.connection()
    in_force = (
        sa.select(CARD.c.id, CARD.c.country, CARD.c.carrier)
        .where(CARD.c.valid_from <= on)
        .ext(distinct_on(CARD.c.country, CARD.c.carrier, CARD.c.service))
        .order_by(CARD.c.country, CARD.c.carrier, CARD.c.service, CARD.c.valid_from.desc())
    )
    cards = {row.id: (row.country, row.carrier) for row in connection.execute(in_force)}
    prices: Prices = {}
    for row in connection.execute(sa.select(CARD_ROW).where(CARD_ROW.c.rate_card_id.in_(list(cards)))):
        steps = prices.setdefault((*cards[row.rate_card_id], row.zone), {})
        steps[row.max_weight_g] = min(row.price_minor, steps.get(row.max_weight_g, row.price_minor))
    return prices


def _rings(bands: Sequence[Any]) -> list[Ring]:
    """A ring for each distance at which any carrier's zone ends."""
    rings = []
    for max_km in sorted({band.max_km for band in bands}):
        reached: dict[str, int] = {}
        for band in bands:
            if band.max_km >= max_km:
                reached.setdefault(band.carrier, band.zone)
        rings.append(Ring(max_km, tuple(sorted(reached.items()))))
    return rings


def _price_at(steps: Mapping[int, int], grams: int) -> int | None:
    """The price of the lightest step that takes this weight; None where the service takes less."""
    return next((price for limit, price in sorted(steps.items()) if limit >= grams), None)


def _zone_name(country: str, zones: CarrierZones) -> str:
    return f"{country} {', '.join(f'{carrier} {zone}' for carrier, zone in zones)}"
