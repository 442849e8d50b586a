from collections import Counter

import pytest

from fulfillment.core.errors import ConflictError
from fulfillment.returns.lots import take_by_lot

THERE = Counter({("PILLS", "P1"): 2, ("PILLS", "P2"): 5, ("SOAP", ""): 6})


def test_the_units_of_a_kit_are_its_parts_in_the_order_of_their_lots() -> None:
    taken = take_by_lot(THERE, parts={"PILLS": 1, "SOAP": 2}, units=3, lot=None)

    assert taken == {("PILLS", "P1"): 2, ("PILLS", "P2"): 1, ("SOAP", ""): 6}


def test_a_lot_that_is_named_is_the_only_one_taken() -> None:
    assert take_by_lot(THERE, parts={"PILLS": 1}, units=3, lot="P2") == {("PILLS", "P2"): 3}


def test_what_is_not_there_is_named_with_what_is() -> None:
    with pytest.raises(
        ConflictError, match="3 units of lot P1 of PILLS are wanted, but there are 2 of lot P1"
    ):
        take_by_lot(THERE, parts={"PILLS": 1}, units=3, lot="P1")
    with pytest.raises(ConflictError, match="8 units of SOAP are wanted, but there are 6"):
        take_by_lot(THERE, parts={"SOAP": 2}, units=4, lot=None)
