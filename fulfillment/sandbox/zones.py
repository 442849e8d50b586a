"""Carrier zones and transit days between two addresses, by distance where it is known."""

from functools import lru_cache

from fulfillment.core.places import distance_km, find_place

KM_PER_MILE = 1.609344
ZONE_MILES = (50, 150, 300, 600, 1000, 1400, 1800)
"""Upper limits of zones 1 to 7; USPS Zone Charts, by the distance of sectional centers. Beyond is zone 8."""

OFFSHORE_STATES = frozenset({"PR", "VI", "GU", "AS", "MP", "AA", "AE", "AP"})
UNKNOWN_ZONE = 5

# The middle of each postal region of Brazil (Correios: the first digit of the CEP).
_BRAZIL = {
    "0": (-23.55, -46.63),
    "1": (-22.33, -48.50),
    "2": (-22.20, -42.30),
    "3": (-19.20, -44.20),
    "4": (-12.60, -39.30),
    "5": (-8.20, -35.80),
    "6": (-4.00, -43.50),
    "7": (-15.60, -50.50),
    "8": (-25.90, -50.20),
    "9": (-29.90, -52.00),
}


def zone_between(origin: dict[str, str], destination: dict[str, str]) -> int:
    """The zone, 1 to 9, of two addresses in one country."""
    if destination.get("state", "") in OFFSHORE_STATES or origin.get("state", "") in OFFSHORE_STATES:
        return 9
    country = destination.get("country", "")
    return _zone_by_postcode(country, origin.get("zip", "")[:5], destination.get("zip", "")[:5])


@lru_cache(maxsize=65536)
def _zone_by_postcode(country: str, origin: str, destination: str) -> int:
    here, there = _point(country, origin), _point(country, destination)
    if here is None or there is None:
        return UNKNOWN_ZONE if origin[:2] != destination[:2] else 2
    miles = distance_km(*here, *there) / KM_PER_MILE
    return next((zone for zone, limit in enumerate(ZONE_MILES, start=1) if miles <= limit), 8)


def _point(country: str, postcode: str) -> tuple[float, float] | None:
    if country == "BR":
        return _BRAZIL.get(postcode[:1])
    place = find_place(postcode) if country == "US" else None
    return (place.latitude, place.longitude) if place else None
