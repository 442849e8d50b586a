from hypothesis import given
from hypothesis import strategies as st

from fulfillment.core.policy import MOST_SHELF_DAYS
from fulfillment.warehouse.shelf_life import SHELF_STEPS_DAYS, class_needed, class_of_units


def test_a_need_is_rounded_up_and_units_are_rounded_down_to_a_step() -> None:
    assert [class_needed(days) for days in (0, 1, 30, 31, 365)] == [0, 1, 1, 2, 5]
    assert [class_of_units(days) for days in (-5, 0, 29, 30, 89, 5_000)] == [0, 0, 0, 1, 2, 5]
    assert class_of_units(None) == len(SHELF_STEPS_DAYS) - 1


@given(need=st.integers(0, MOST_SHELF_DAYS), days=st.integers(-100, 2_000))
def test_units_of_the_class_an_order_needs_keep_as_long_as_it_asks(need: int, days: int) -> None:
    if class_of_units(days) >= class_needed(need) > 0:
        assert days >= need
