from datetime import date

import pytest

from fulfillment.warehouse.gs1 import Gs1Reading, read_element_string


@pytest.mark.parametrize(
    "code",
    [
        "(01)00036000291452(17)261231(10)L1(21)S-9(30)12",
        "01000360002914521726123110L1\x1d21S-9\x1d3012",
        "]C101000360002914521726123110L1\x1d21S-9\x1d3012",
    ],
)
def test_an_element_string_says_article_lot_expiry_serial_and_count(code: str) -> None:
    reading = read_element_string(code)

    assert reading == Gs1Reading("00036000291452", "L1", date(2026, 12, 31), "S-9", 12)


@pytest.mark.parametrize(
    "code", ["", "SOAP", "036000291452", "(10)L1(17)261231", "(01)00036000291453(10)L1", "x" * 300, "(((("]
)
def test_what_names_no_article_is_no_element_string(code: str) -> None:
    assert read_element_string(code) is None
