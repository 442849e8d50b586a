"""A parcel's way as the carrier scans it: planned in full when it is handed over, told as time passes."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

HOUR = 3600.0
DAY = 24 * HOUR
SUNDAY = 6
SUBSTATUS_TEXTS = {
    "information_received": "Information about the package received.",
    "package_accepted": "Package has been accepted into the carrier network for delivery.",
    "package_departed": "Package has departed from an intermediate location in the carrier network.",
    "package_arrived": "Package has arrived at an intermediate location in the carrier network.",
    "out_for_delivery": "Package is out for delivery.",
    "delivered": "Package has been delivered.",
    "delayed": "Delivery of package has been delayed.",
    "delivery_attempted": "Delivery of package has been attempted.",
    "return_to_sender": "Package is being returned to sender.",
    "package_lost": "Package has been lost.",
}
ACTION_REQUIRED = frozenset({"delivery_attempted", "package_lost"})
TROUBLES = ("delayed", "attempted", "returned", "lost")


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan; `at` is the carrier's time in seconds since 1970."""

    object_id: str
    status: str
    substatus: str
    at: float
    place: Mapping[str, str]


def first_scan(tracking_number: str, *, at: float, origin: Mapping[str, str]) -> Scan:
    """What is known from the label alone."""
    return _scan(tracking_number, "PRE_TRANSIT", "information_received", at, origin)


def plan_journey(
    tracking_number: str,
    *,
    from_moment: float,
    days: int,
    origin: Mapping[str, str],
    destination: Mapping[str, str],
    trouble: str | None = None,
) -> list[Scan]:
    """The scans from the acceptance to the end, in order; the same number always has the same way."""
    random = Random(tracking_number)  # noqa: S311 - repeatable on purpose
    scans = [_scan(tracking_number, "TRANSIT", "package_accepted", from_moment, origin)]

    def add(substatus: str, at: float, place: Mapping[str, str], status: str = "TRANSIT") -> None:
        scans.append(_scan(tracking_number, status, substatus, at, place))

    add("package_departed", from_moment + (2 + 4 * random.random()) * HOUR, origin)
    if trouble == "lost":
        add("package_lost", from_moment + (days + 7) * DAY, origin, "FAILURE")
        return scans
    arrival = _delivery_day(from_moment, days)
    if trouble == "delayed":
        add("delayed", arrival - 10 * HOUR, destination)
        arrival = _delivery_day(arrival, 2)
    add("package_arrived", max(arrival - (14 + 6 * random.random()) * HOUR, scans[-1].at + HOUR), destination)
    at_the_door = arrival + (6 + 8 * random.random()) * HOUR
    add("out_for_delivery", max(at_the_door - 3 * HOUR, scans[-1].at + HOUR / 2), destination)
    at_the_door = max(at_the_door, scans[-1].at + HOUR / 2)
    if trouble in {"attempted", "returned"}:
        add("delivery_attempted", at_the_door, destination)
        at_the_door += DAY
    if trouble == "returned":
        add("return_to_sender", at_the_door, destination, "RETURNED")
    else:
        add("delivered", at_the_door, destination, "DELIVERED")
    return scans


def eta_of(from_moment: float, days: int) -> float:
    """The moment by which the carrier means to deliver."""
    return _delivery_day(from_moment, days) + 14 * HOUR


def _delivery_day(from_moment: float, days: int) -> float:
    """Noon in UTC, so many delivery days later; nobody delivers on Sundays."""
    day = datetime.fromtimestamp(from_moment, UTC)
    left = days
    while left > 0:
        day += timedelta(days=1)
        left -= day.weekday() != SUNDAY
    return day.replace(hour=12, minute=0, second=0, microsecond=0).timestamp()


def _scan(tracking_number: str, status: str, substatus: str, at: float, place: Mapping[str, str]) -> Scan:
    identity = f"{tracking_number}|{substatus}|{at:.0f}|{place.get('zip', '')}"
    spot = {part: place.get(part, "") for part in ("city", "state", "zip", "country")}
    return Scan(hashlib.sha256(identity.encode()).hexdigest()[:32], status, substatus, at, spot)
