from datetime import timedelta

import pytest

from fulfillment.simulation.days.days import LAST_STRIDE, STRIDE, next_stride


@pytest.mark.parametrize("hours_left", [2, 13, 15, 27, 28, 29, 62, 90, 135, 145, 300])
def test_the_days_are_walked_in_strides_and_the_last_one_is_short(hours_left: int) -> None:
    left = timedelta(hours=hours_left)
    strides = []
    while left > timedelta(0):
        strides.append(next_stride(left))
        # The clock goes on while people work, which must not cost a stride of its own.
        left -= strides[-1] - timedelta(seconds=20) if left > strides[-1] else strides[-1]

    assert all(timedelta(0) < stride <= STRIDE for stride in strides)
    assert strides[-1] < 2 * LAST_STRIDE
    assert len(strides) <= hours_left // 48 + 2
