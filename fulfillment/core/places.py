"""Where a US ZIP lies, and how far two places are from each other."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache

from fulfillment.core.addresses import Address

EARTH_RADIUS_KM = 6371.0088
"""The mean radius R1 of GRS 80 (Moritz 2000)."""


@dataclass(frozen=True)
class Place:
    """A ZIP's town, with the middle of its area; degrees north and east."""

    zip: str
    city: str
    state: str
    latitude: float
    longitude: float
    time_zone: str


def find_place(zip_code: str) -> Place | None:
    """The place of a US ZIP or ZIP+4; None for an unknown one and for military posts, which have no place."""
    digits = zip_code.strip()[:5]
    return _places().get(digits)


def load_places() -> None:
    """The table of places is in memory; loaded later, the first orders would hold locks meanwhile."""
    _places()


def list_places() -> tuple[Place, ...]:
    """All places where mail is delivered to doors, in the order of their ZIPs."""
    doors = _load_records(only_doors=True)
    return tuple(_places()[code] for code in sorted(doors) if code in _places())


def locate(address: Address) -> Address:
    """The address with its latitude and longitude, and with city and state where only the ZIP was given.

    What the address already says is kept. Outside the US nothing is known and nothing is added.
    """
    if address.country.upper() != "US":
        return address
    place = find_place(address.zip)
    if place is None:
        return address
    located = replace(address, city=address.city or place.city, state=address.state or place.state)
    if address.latitude is not None and address.longitude is not None:
        return located
    return replace(located, latitude=place.latitude, longitude=place.longitude)


def distance_km(
    from_latitude: float, from_longitude: float, to_latitude: float, to_longitude: float
) -> float:
    """The great-circle distance of two points in degrees (haversine, Sinnott 1984)."""
    north_1, north_2 = math.radians(from_latitude), math.radians(to_latitude)
    half_north = (north_2 - north_1) / 2
    half_east = math.radians(to_longitude - from_longitude) / 2
    chord = math.sin(half_north) ** 2 + math.cos(north_1) * math.cos(north_2) * math.sin(half_east) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, chord)))


@lru_cache(maxsize=1)
def _places() -> dict[str, Place]:
    return {
        str(record["zip_code"]): Place(
            str(record["zip_code"]),
            str(record["city"]),
            str(record["state"]),
            float(str(record["lat"])),
            float(str(record["long"])),
            str(record["timezone"]),
        )
        for record in _load_records().values()
        # Military posts stand at 0, 0; one record of the package has its columns shifted.
        if "/" in str(record["timezone"])
    }


def _load_records(*, only_doors: bool = False) -> dict[str, dict[str, object]]:
    # Loading the table of ZIPs costs a second of computing; most commands never ask for a place.
    import zipcodes  # noqa: PLC0415 - start-up cost

    records = zipcodes.list_all()  # type: ignore[no-untyped-call]  # the package carries no types
    return {
        record["zip_code"]: record
        for record in records
        if not only_doors or (record["zip_code_type"] == "STANDARD" and record["active"])
    }
