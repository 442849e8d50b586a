"""What a parcel costs the planner: at each distance and weight the cheapest service of any carrier.

Which carrier will really be asked is decided when the postage is bought; the planner needs the price that
will then be found, and how it changes with distance.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlmodel import Session

from fulfillment.routing.rows import RateRow
from fulfillment.shipping.tables import DimensionalDivisor, RateCard, RateCardRow, ZoneBand
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


@dataclass(frozen=True)
class Ring:
    """All destinations up to a distance: the price at every weight step, and the days on the way."""

    max_km: int
    prices: Mapping[int, int]
    transit_days: int


@dataclass(frozen=True)
class PlanningTariff:
    """The rings of each country, nearest first, and the divisor that turns volume into weight."""

    rings: Mapping[str, Sequence[Ring]]
    cm3_per_kg: int

    def dimensional_weight_g(self, volume_mm3: int) -> int:
        """Grams a carrier would bill for this volume."""
        return volume_mm3 // self.cm3_per_kg

    def zone_at(self, *, country: str, km: float) -> tuple[str, int]:
        """The zone's name and its days in transit; what lies beyond the last ring counts as in it."""
        rings = self.rings.get(country, ())
        if not rings:
            return FLAT_ZONE, FLAT_DAYS
        place = min(bisect_left([ring.max_km for ring in rings], km), len(rings) - 1)
        return _zone_name(country, place), rings[place].transit_days

    def rate_rows(self) -> list[RateRow]:
        """Every price, and one for what no card covers; what is heavier than the last step costs double."""
        rows = [RateRow(FLAT_ZONE, HEAVIEST_G, FLAT_RATE_MINOR)]
        for country, rings in sorted(self.rings.items()):
            for place, ring in enumerate(rings):
                name = _zone_name(country, place)
                rows.extend(RateRow(name, grams, price) for grams, price in sorted(ring.prices.items()))
                rows.append(RateRow(name, HEAVIEST_G, ring.prices[max(ring.prices)] * 2))
        return rows


def read_planning_tariff(session: Session, *, on: date) -> PlanningTariff:
    """The tariff of all rate cards in force on this day."""
    prices = _prices_by_zone(session, on=on)
    bands: dict[str, list[Any]] = {}
    for band in session.connection().execute(sa.select(BAND).order_by(BAND.c.max_km)):
        if (band.country, band.carrier, band.zone) in prices:
            bands.setdefault(band.country, []).append(band)
    divisor = session.connection().execute(
        sa.select(DIVISOR.c.cm3_per_kg)
        .where(DIVISOR.c.valid_from <= on)
        .order_by(DIVISOR.c.valid_from.desc(), DIVISOR.c.cm3_per_kg)
        .limit(1)
    )
    rings = {country: _rings(country, found, prices) for country, found in bands.items()}
    return PlanningTariff(rings, divisor.scalar_one_or_none() or DEFAULT_CM3_PER_KG)


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


def _rings(country: str, bands: Sequence[Any], prices: Prices) -> list[Ring]:
    """A ring for each distance at which any carrier's zone ends."""
    rings = []
    for max_km in sorted({band.max_km for band in bands}):
        reached: dict[str, Any] = {}
        for band in bands:
            if band.max_km >= max_km:
                reached.setdefault(band.carrier, band)
        offers = [(prices[country, band.carrier, band.zone], band.transit_days) for band in reached.values()]
        steps = sorted({grams for offer, _ in offers for grams in offer})
        cheapest = {
            grams: min(price for offer, _ in offers if (price := _price_at(offer, grams)) is not None)
            for grams in steps
        }
        _, days = min(offers, key=lambda offer: (_price_at(offer[0], steps[0]) or 0, offer[1]))
        rings.append(Ring(max_km, cheapest, days))
    return rings


def _price_at(steps: Mapping[int, int], grams: int) -> int | None:
    """The price of the lightest step that takes this weight; None where the service takes less."""
    return next((price for limit, price in sorted(steps.items()) if limit >= grams), None)


def _zone_name(country: str, place: int) -> str:
    return f"{country} ring {place + 1}"
