import uuid
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.core.errors import ConflictError, InvalidInputError
from fulfillment.shipping.cartonization import Box, assume_size, pack_items
from fulfillment.shipping.packing import (
    Article,
    Contents,
    PackedUnits,
    contents_of,
    items_of,
    require_plausible_weight,
    take_units,
    weigh,
)

LINE_A, LINE_B = uuid.UUID(int=1), uuid.UUID(int=2)
SOAP = Article("SOAP", "Soap", 200, (90, 60, 40), has_hazard=False)
UNMEASURED = Article("TEA", "Tea", 100, (0, 0, 0), has_hazard=False)
ARTICLES = {"SOAP": SOAP, "TEA": UNMEASURED}
BOXES = [Box("S", (200, 150, 100), 80, 4_000), Box("L", (400, 300, 250), 350, 18_000)]


def units(line: uuid.UUID, sku: str, qty: int, lot: str = "") -> PackedUnits:
    return PackedUnits(line, line, sku, lot, qty)


def total(sequence: Sequence[PackedUnits]) -> Counter[tuple[uuid.UUID, str, str]]:
    counted: Counter[tuple[uuid.UUID, str, str]] = Counter()
    for each in sequence:
        counted[each.fulfillment_order_line_id, each.sku, each.lot] += each.qty
    return counted


def test_units_are_taken_line_by_line_and_the_rest_is_left() -> None:
    remaining = [units(LINE_A, "SOAP", 2), units(LINE_B, "SOAP", 2)]

    taken, left = take_units(remaining, contents=[Contents("SOAP", 3)])

    assert taken == (units(LINE_A, "SOAP", 2), units(LINE_B, "SOAP", 1))
    assert left == [units(LINE_B, "SOAP", 1)]


def test_an_article_scanned_twice_is_one_entry() -> None:
    taken, left = take_units([units(LINE_A, "SOAP", 2)], contents=[Contents("SOAP", 1), Contents("SOAP", 1)])

    assert taken == (units(LINE_A, "SOAP", 2),)
    assert left == []


@pytest.mark.parametrize(
    ("contents", "error"),
    [
        ([], InvalidInputError),
        ([Contents("SOAP", 0)], InvalidInputError),
        ([Contents("SOAP", 3)], ConflictError),
        ([Contents("OIL", 1)], ConflictError),
        ([Contents("SOAP", 1, "L9")], ConflictError),
    ],
)
def test_what_is_not_on_the_bench_cannot_be_packed(contents: list[Contents], error: type[Exception]) -> None:
    with pytest.raises(error):
        take_units([units(LINE_A, "SOAP", 2)], contents=contents)


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=6),
    st.lists(st.integers(1, 40), min_size=1, max_size=6),
)
def test_nothing_is_made_or_lost_by_taking(picked: list[int], wanted: list[int]) -> None:
    remaining = [
        units(uuid.UUID(int=place), "SOAP", qty, f"L{place % 3}") for place, qty in enumerate(picked)
    ]
    contents = [Contents("SOAP", qty, f"L{place % 3}") for place, qty in enumerate(wanted)]

    try:
        taken, left = take_units(remaining, contents=contents)
    except ConflictError:
        return

    assert total(taken) + total(left) == total(remaining)
    assert sum(total(taken).values()) == sum(wanted)


@given(st.integers(1, 60), st.integers(1, 60))
def test_a_plan_packs_every_unit_once(soap: int, tea: int) -> None:
    bench = [units(LINE_A, "SOAP", soap), units(LINE_B, "TEA", tea, "L1")]

    boxes = pack_items(items_of(bench, articles=ARTICLES), boxes=BOXES)
    contents = [each for box in boxes for each in contents_of(box, units=bench)]
    taken, left = take_units(bench, contents=contents)

    assert left == []
    assert total(taken) == total(bench)


def test_goods_nobody_measured_are_packed_by_their_weight() -> None:
    assert assume_size(250) == (100, 100, 100)
    assert UNMEASURED.packing_size == (74, 74, 74)
    assert weigh([units(LINE_A, "TEA", 3), units(LINE_B, "SOAP", 1)], articles=ARTICLES, carton_g=80) == 580


@pytest.mark.parametrize("measured_g", [950, 1_000, 1_050])
def test_a_weight_within_the_tolerance_is_plausible(measured_g: int) -> None:
    require_plausible_weight(measured_g, expected_g=1_000, tolerance_percent=5, tolerance_g=10)


@pytest.mark.parametrize(
    ("measured_g", "words"),
    [(949, "51 g less"), (1_051, "51 g more"), (0, "above 0 g"), (-5, "above 0 g")],
)
def test_a_weight_beyond_it_is_refused_in_words(measured_g: int, words: str) -> None:
    with pytest.raises((ConflictError, InvalidInputError), match=words):
        require_plausible_weight(measured_g, expected_g=1_000, tolerance_percent=5, tolerance_g=10)
