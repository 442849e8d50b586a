"""Positions of parcels from scans in any order."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.core.states import ParcelState
from fulfillment.shipping.tracking import (
    TrackingPosition,
    TrackingScan,
    TrackingStatus,
    advance,
    first_possession,
    is_stalled,
    needs_action,
    parcel_state_for,
    position_after,
    read_status,
)

START = datetime(2026, 3, 2, 8, tzinfo=UTC)

SCANS = st.builds(
    TrackingScan,
    key=st.text("abcdef", min_size=1, max_size=3),
    status=st.sampled_from(list(TrackingStatus)),
    happened_at=st.integers(min_value=0, max_value=12).map(lambda hours: START + timedelta(hours=hours)),
    substatus=st.sampled_from([None, "package_lost", "package_accepted", "delivered"]),
)


def _scan(status: TrackingStatus, hours: int, substatus: str | None = None) -> TrackingScan:
    return TrackingScan(f"{status}-{hours}", status, START + timedelta(hours=hours), substatus)


@given(st.lists(SCANS, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_arrival_and_repetition_change_nothing(
    scans: list[TrackingScan], random: Random
) -> None:
    shuffled = [*scans, *scans]
    random.shuffle(shuffled)

    assert position_after(shuffled) == position_after(scans)


@given(st.lists(SCANS, min_size=1, max_size=8), SCANS)
def test_a_delivered_parcel_stays_delivered(scans: list[TrackingScan], late: TrackingScan) -> None:
    position = position_after([*scans, _scan(TrackingStatus.DELIVERED, 3)])

    assert advance(position, late).status is TrackingStatus.DELIVERED


def test_a_late_scan_does_not_move_a_delivered_parcel_back() -> None:
    position = position_after([_scan(TrackingStatus.DELIVERED, 9), _scan(TrackingStatus.TRANSIT, 4)])

    assert position == TrackingPosition(TrackingStatus.DELIVERED, START + timedelta(hours=9))


def test_the_first_delivery_is_the_moment_of_delivery() -> None:
    position = position_after([_scan(TrackingStatus.DELIVERED, 9), _scan(TrackingStatus.DELIVERED, 11)])

    assert position.happened_at == START + timedelta(hours=9)


def test_a_lost_parcel_that_is_found_on_its_way_back_is_returning() -> None:
    scans = [_scan(TrackingStatus.FAILURE, 5, "package_lost"), _scan(TrackingStatus.RETURNED, 7)]

    assert position_after(scans).status is TrackingStatus.RETURNED
    assert position_after(reversed(scans)).status is TrackingStatus.RETURNED


def test_possession_begins_with_the_first_scan_that_is_not_only_information() -> None:
    scans = [
        _scan(TrackingStatus.TRANSIT, 6),
        _scan(TrackingStatus.PRE_TRANSIT, 1),
        _scan(TrackingStatus.TRANSIT, 3, "package_accepted"),
    ]

    assert first_possession(scans) == scans[2]
    assert first_possession(scans[1:2]) is None


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("TRANSIT", TrackingStatus.TRANSIT),
        ("delivered", TrackingStatus.DELIVERED),
        ("TELEPORTED", TrackingStatus.UNKNOWN),
        (None, TrackingStatus.UNKNOWN),
        ({"status": "TRANSIT"}, TrackingStatus.UNKNOWN),
    ],
)
def test_a_word_nobody_knows_is_unknown(word: object, status: TrackingStatus) -> None:
    assert read_status(word) is status


@pytest.mark.parametrize(
    ("status", "substatus", "state"),
    [
        (TrackingStatus.PRE_TRANSIT, None, None),
        (TrackingStatus.TRANSIT, "out_for_delivery", ParcelState.SHIPPED),
        (TrackingStatus.DELIVERED, "delivered", ParcelState.DELIVERED),
        (TrackingStatus.RETURNED, "return_to_sender", ParcelState.RETURNING),
        (TrackingStatus.FAILURE, "package_lost", ParcelState.LOST),
        (TrackingStatus.FAILURE, "package_undeliverable", ParcelState.RETURNING),
    ],
)
def test_a_status_says_which_state_the_parcel_should_be_in(
    status: TrackingStatus, substatus: str | None, state: ParcelState | None
) -> None:
    assert parcel_state_for(status, substatus=substatus) is state


def test_silence_in_transit_is_a_stall_and_silence_after_delivery_is_not() -> None:
    now = START + timedelta(days=9)

    assert is_stalled(position_after([_scan(TrackingStatus.TRANSIT, 1)]), now=now)
    assert not is_stalled(position_after([_scan(TrackingStatus.DELIVERED, 1)]), now=now)
    assert not is_stalled(TrackingPosition(), now=now)


def test_a_held_parcel_waits_for_somebody() -> None:
    assert needs_action("package_held")
    assert not needs_action("out_for_delivery")
    assert not needs_action(None)
