import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fulfillment.core.errors import InvalidInputError
from fulfillment.shipping.cartonization import Box, Item, fits, pack_items

SMALL = Box("S", (200, 150, 100), 90, 5_000)
LARGE = Box("L", (400, 300, 200), 250, 20_000)


def test_the_smallest_carton_that_holds_everything_is_taken() -> None:
    items = [Item(0, (100, 100, 100), 300), Item(1, (90, 90, 90), 200)]

    packed = pack_items(items, boxes=[LARGE, SMALL])

    assert [(box.code, box.weight_g, len(box.items)) for box in packed] == [("S", 590, 2)]


def test_a_long_thin_item_needs_a_carton_it_really_fits_whatever_its_volume() -> None:
    packed = pack_items([Item(0, (390, 10, 10), 50)], boxes=[SMALL, LARGE])

    assert [box.code for box in packed] == ["L"]


def test_what_is_too_large_for_every_carton_travels_in_its_own_packaging() -> None:
    packed = pack_items([Item(0, (900, 500, 500), 9_000)], boxes=[SMALL, LARGE])

    assert [(box.code, box.size, box.weight_g) for box in packed] == [(None, (900, 500, 500), 9_000)]


def test_hazardous_goods_get_a_parcel_of_their_own() -> None:
    items = [Item(0, (50, 50, 50), 100), Item(1, (50, 50, 50), 100, has_hazard=True)]

    packed = pack_items(items, boxes=[SMALL])

    assert [[item.key for item in box.items] for box in packed] == [[0], [1]]


def test_weight_above_what_a_carton_bears_is_divided() -> None:
    items = [Item(key, (50, 50, 50), 3_000) for key in range(3)]

    packed = pack_items(items, boxes=[SMALL])

    assert [len(box.items) for box in packed] == [1, 1, 1]


def test_an_item_without_a_size_is_refused_by_name() -> None:
    with pytest.raises(InvalidInputError, match="Item 7 has no size"):
        pack_items([Item(7, (0, 10, 10), 5)], boxes=[SMALL])


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(20, 220), st.integers(20, 220), st.integers(20, 220), st.integers(50, 3_000)),
        min_size=1,
        max_size=8,
    )
)
def test_each_item_is_packed_once_and_every_carton_holds_what_is_in_it(
    measures: list[tuple[int, int, int, int]],
) -> None:
    items = [Item(key, (a, b, c), weight) for key, (a, b, c, weight) in enumerate(measures)]

    packed = pack_items(items, boxes=[SMALL, LARGE])

    assert sorted(item.key for box in packed for item in box.items) == list(range(len(items)))
    bears = {SMALL.code: SMALL.max_weight_g, LARGE.code: LARGE.max_weight_g}
    for box in packed:
        assert box.code is None or fits(box.items, size=box.size)
        assert box.code is None or sum(item.weight_g for item in box.items) <= bears[box.code]


def test_hundreds_of_units_are_divided_without_losing_one() -> None:
    items = [Item(key, (60, 40, 30), 100) for key in range(700)]

    packed = pack_items(items, boxes=[SMALL, LARGE])

    assert sorted(item.key for box in packed for item in box.items) == list(range(700))
    assert {box.code for box in packed[:-1]} == {"L"}
