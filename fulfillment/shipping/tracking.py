"""Where a parcel is, from its carrier's scans: in the carrier's time, and never backward.

Scans arrive late, twice and out of order. The position is therefore the greatest of all scans in one fixed
order, so that it does not depend on how they arrived.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from fulfillment.core.states import ParcelState

STALL_AFTER = timedelta(days=5)
"""Silence since the last scan after which a parcel in transit is worth a person's look."""


class TrackingStatus(StrEnum):
    """What a carrier says of a parcel. `returned` means that the way back began, not that it ended."""

    UNKNOWN = "unknown"
    PRE_TRANSIT = "pre_transit"
    TRANSIT = "transit"
    FAILURE = "failure"
    RETURNED = "returned"
    DELIVERED = "delivered"


_RANK = {
    TrackingStatus.UNKNOWN: 0,
    TrackingStatus.PRE_TRANSIT: 1,
    TrackingStatus.TRANSIT: 2,
    # A lost parcel can turn up on its way back, and one on its way back can be lost: the later scan holds.
    TrackingStatus.FAILURE: 3,
    TrackingStatus.RETURNED: 3,
    TrackingStatus.DELIVERED: 4,
}
TERMINAL = frozenset({TrackingStatus.DELIVERED})
IN_POSSESSION = frozenset(
    {TrackingStatus.TRANSIT, TrackingStatus.FAILURE, TrackingStatus.RETURNED, TrackingStatus.DELIVERED}
)
"""Statuses that show that the carrier has, or had, the parcel."""

NEEDS_ACTION = frozenset(
    {
        "address_issue",
        "contact_carrier",
        "delivery_attempted",
        "location_inaccessible",
        "notice_left",
        "package_damaged",
        "package_held",
        "package_lost",
        "package_unclaimed",
        "package_undeliverable",
        "pickup_available",
        "reschedule_delivery",
    }
)
"""Substatus codes with which the carrier waits for somebody (Shippo tracking guide)."""

_PARCEL_STATES = {
    TrackingStatus.TRANSIT: ParcelState.SHIPPED,
    TrackingStatus.DELIVERED: ParcelState.DELIVERED,
    TrackingStatus.RETURNED: ParcelState.RETURNING,
}


@dataclass(frozen=True, slots=True)
class TrackingScan:
    """One scan; `key` is the same each time the carrier sends it, `happened_at` is the carrier's time."""

    key: str
    status: TrackingStatus
    happened_at: datetime
    substatus: str | None = None
    details: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class TrackingPosition:
    """What the scans so far add up to."""

    status: TrackingStatus = TrackingStatus.UNKNOWN
    happened_at: datetime | None = None
    substatus: str | None = None


def read_status(text: object) -> TrackingStatus:
    """The status a carrier's word means; a word nobody knows yet is `unknown`, never an error."""
    try:
        return TrackingStatus(str(text).strip().lower())
    except ValueError:
        return TrackingStatus.UNKNOWN


def advance(position: TrackingPosition, scan: TrackingScan) -> TrackingPosition:
    """The position after one more scan: the scan's, unless that would be a step back.

    A final position keeps its first moment; otherwise the later scan of equal standing holds, and among scans
    of one moment the text decides, so that the order of arrival never does.
    """
    offered = TrackingPosition(scan.status, scan.happened_at, scan.substatus)
    return max(position, offered, key=_standing)


def position_after(scans: Iterable[TrackingScan]) -> TrackingPosition:
    """The position that all scans of a parcel, in any order, add up to."""
    position = TrackingPosition()
    for scan in scans:
        position = advance(position, scan)
    return position


def first_possession(scans: Iterable[TrackingScan]) -> TrackingScan | None:
    """The earliest scan that shows that the carrier has the parcel."""
    taken = [scan for scan in scans if scan.status in IN_POSSESSION]
    return min(taken, key=lambda scan: (scan.happened_at, scan.key), default=None)


def parcel_state_for(status: TrackingStatus, *, substatus: str | None = None) -> ParcelState | None:
    """The state a parcel of this status should be in, or nothing where the status changes none.

    An undeliverable parcel usually comes back; only one that is lost or destroyed is lost.
    """
    if status is TrackingStatus.FAILURE:
        return ParcelState.RETURNING if substatus == "package_undeliverable" else ParcelState.LOST
    return _PARCEL_STATES.get(status)


def needs_action(substatus: str | None) -> bool:
    """Whether the carrier waits for the shipper or the recipient."""
    return substatus in NEEDS_ACTION


def is_stalled(position: TrackingPosition, *, now: datetime, after: timedelta = STALL_AFTER) -> bool:
    """Whether a parcel the carrier has was not heard of for longer than it should be."""
    if position.status is not TrackingStatus.TRANSIT or position.happened_at is None:
        return False
    return now - position.happened_at > after


def _standing(position: TrackingPosition) -> tuple[int, float, str, str]:
    moment = position.happened_at.timestamp() if position.happened_at else float("-inf")
    if position.status in TERMINAL:
        moment = -moment
    return (_RANK[position.status], moment, position.status.value, position.substatus or "")
