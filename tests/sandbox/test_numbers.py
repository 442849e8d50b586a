"""Made-up tracking numbers, judged by the product's own reader of numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.sandbox.numbers import make_tracking_number
from fulfillment.shipping.tracking_numbers import passes_check

SERIALS = st.integers(min_value=0, max_value=9_999_999)
SHIPPERS = st.integers(min_value=0, max_value=9_999)


@pytest.mark.parametrize(
    ("carrier", "service", "reader"),
    [
        ("usps", "usps_priority", "usps"),
        ("ups", "ups_ground", "ups"),
        ("ups", "ups_second_day_air", "ups"),
        ("fedex", "fedex_2_day", "fedex"),
        ("correios_br", "correios_br_pac", "s10"),
    ],
)
@given(serial=SERIALS, shipper=SHIPPERS)
def test_each_number_has_the_form_and_check_digit_of_its_carrier(
    carrier: str, service: str, reader: str, serial: int, shipper: int
) -> None:
    number = make_tracking_number(carrier, service, serial=serial, shipper=shipper)

    assert passes_check(reader, number)


def test_numbers_of_one_shipper_differ_and_so_do_those_of_two() -> None:
    numbers = {
        make_tracking_number("usps", "usps_priority", serial=serial, shipper=shipper)
        for serial in range(50)
        for shipper in (1, 2)
    }

    assert len(numbers) == 100
