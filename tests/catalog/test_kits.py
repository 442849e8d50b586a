import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.catalog.kits import explode_kit, find_cycle
from fulfillment.core.errors import InvalidInputError

SKUS = st.sampled_from("ABCDEF")
CONTENTS = st.dictionaries(SKUS, st.dictionaries(SKUS, st.integers(1, 3), min_size=1, max_size=3))


def test_kits_in_kits_are_taken_apart_and_like_parts_summed() -> None:
    contents = {"STARTER": {"SOAP": 2, "MINI": 3}, "MINI": {"SOAP": 1, "OIL": 4}}

    units = explode_kit("STARTER", qty=2, contents=contents)

    assert units == {"OIL": 24, "SOAP": 10}


def test_a_kit_that_contains_itself_by_a_detour_is_refused_with_the_way_round() -> None:
    contents = {"A": {"B": 1}, "B": {"C": 1}, "C": {"A": 1}}

    with pytest.raises(InvalidInputError, match="A holds B holds C holds A") as refusal:
        explode_kit("A", qty=1, contents=contents)

    assert refusal.value.detail["path"] == ["A", "B", "C", "A"]


def test_a_part_in_two_kits_of_one_kit_is_no_cycle() -> None:
    contents = {"A": {"B": 1, "C": 1}, "B": {"D": 1}, "C": {"D": 1}}

    assert find_cycle("A", contents=contents) == []


@given(contents=CONTENTS)
def test_a_kit_is_refused_or_comes_apart_into_stock_only(contents: dict[str, dict[str, int]]) -> None:
    if find_cycle("A", contents=contents):
        with pytest.raises(InvalidInputError):
            explode_kit("A", qty=1, contents=contents)
        return

    single = explode_kit("A", qty=1, contents=contents)

    assert not single.keys() & contents.keys()
    assert explode_kit("A", qty=3, contents=contents) == {sku: 3 * qty for sku, qty in single.items()}
