"""What a parcel costs the planner: at each distance and weight the cheapest service of any carrier.

Which carrier will really be asked is decided when the postage is bought; the planner needs the price that
will then be found, and how it changes with distance.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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

HEAVIEST_G = 10**9

FLAT_ZONE = "flat"
"""The zone of a pair no rate card covers, with the number of its ring after the first: dearer by distance, so
that a company without rate cards is served from nearby."""

FLAT_RATE_MINOR = 1_000
FLAT_DAYS = 5
FLAT_RING_KM = 1_000
FLAT_RING_MINOR = 50
FLAT_RINGS = 21

ABROAD_ZONE = "abroad"
"""The zone of every pair in two countries: no card covers it, and only what is nowhere else goes that way."""

ABROAD_DAYS = 10
ABROAD_RATE_MINOR = 5_000
ABROAD_KG_MINOR = 1_000
ABROAD_STEPS_KG = (1, 2, 5, 10, 20, 30)

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
class PricedZone:
    """What a parcel pays at every step, and how long the carrier takes that is cheapest for light ones."""

    rates: tuple[RateRow, ...]
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
    _known: dict[str, PricedZone] = field(default_factory=dict)

    def dimensional_weight_g(self, volume_mm3: int) -> int:
        """Grams a carrier would bill for this volume."""
        return volume_mm3 // self.cm3_per_kg

    def zone_at(self, *, country: str, km: float, origin: str = "", destination: str = "") -> tuple[str, int]:
        """The zone's name and its days in transit; what lies beyond the last ring counts as in it.

        With both postcodes, a carrier whose chart has them is in the zone of its chart.
        """
        rings = self.rings.get(country, ())
        if not rings:
            return _flat_zone(min(int(km // FLAT_RING_KM), FLAT_RINGS - 1)), FLAT_DAYS
        ring = rings[min(bisect_left([ring.max_km for ring in rings], km), len(rings) - 1)]
        zones = tuple(
            (carrier, self._charted(country, carrier, zone, origin, destination))
            for carrier, zone in ring.zones
        )
        name = _zone_name(country, zones)
        return name, self._priced(name, country, zones).transit_days

    def rate_rows(self, names: Iterable[str] | None = None, *, heaviest_g: int = HEAVIEST_G) -> list[RateRow]:
        """Every price of the zones named, which `zone_at` has answered before, or of all there can be.

        What is heavier than the last step costs double. Steps that no parcel of up to `heaviest_g` needs may
        be left out.
        """
        if names is not None:
            zones = (UNCOVERED.get(name) or self._known[name].rates for name in names)
            return [row for rates in zones for row in _up_to(rates, heaviest_g)]
        covered = (
            self._priced(_zone_name(country, zones), country, zones)
            for country in sorted(self.rings)
            for zones in self._combinations(country)
        )
        return [
            *(row for rates in UNCOVERED.values() for row in rates),
            *(row for zone in covered for row in zone.rates),
        ]

    def _priced(self, name: str, country: str, zones: CarrierZones) -> PricedZone:
        """What a zone costs; worked out once, because every order of a destination asks for it."""
        known = self._known.get(name)
        if known is None:
            prices, days = self._cheapest(country, zones)
            steps = [RateRow(name, grams, price) for grams, price in sorted(prices.items())]
            last = RateRow(name, HEAVIEST_G, prices[max(prices)] * 2)
            known = self._known[name] = PricedZone((*steps, last), days)
        return known

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


def _up_to(rates: Sequence[RateRow], heaviest_g: int) -> Sequence[RateRow]:
    """The steps up to the first that takes this weight, and the last one, which every zone must have."""
    needed = bisect_left(rates, heaviest_g, key=lambda row: row.up_to_g) + 1
    return rates if needed >= len(rates) else [*rates[:needed], rates[-1]]


def _flat_zone(ring: int) -> str:
    return f"{FLAT_ZONE} {ring}" if ring else FLAT_ZONE


def _uncovered() -> dict[str, tuple[RateRow, ...]]:
    """The prices of the zones that no rate card covers."""
    rates: dict[str, tuple[RateRow, ...]] = {}
    for ring in range(FLAT_RINGS):
        name = _flat_zone(ring)
        rates[name] = (RateRow(name, HEAVIEST_G, FLAT_RATE_MINOR + ring * FLAT_RING_MINOR),)
    steps = [(kg * 1_000, ABROAD_RATE_MINOR + kg * ABROAD_KG_MINOR) for kg in ABROAD_STEPS_KG]
    steps.append((HEAVIEST_G, steps[-1][1] * 2))
    rates[ABROAD_ZONE] = tuple(RateRow(ABROAD_ZONE, grams, price) for grams, price in steps)
    return rates


def _zone_name(country: str, zones: CarrierZones) -> str:
    return f"{country} {', '.join(f'{carrier} {zone}' for carrier, zone in zones)}"


UNCOVERED = _uncovered()
