from hypothesis import given
from hypothesis import strategies as st

from fulfillment.distributors.genealogy import order_by_upline

NAMES = st.sampled_from("ABCDEFGH")


def test_uplines_come_before_those_below_them() -> None:
    assert order_by_upline({"C": ["B", "A"], "B": ["A"], "A": ["Z"]}) == (["A", "B", "C"], [])


def test_circles_and_those_below_them_are_left_over() -> None:
    assert order_by_upline({"A": ["B"], "B": ["A"], "C": ["B"], "D": []}) == (["D"], ["A", "B", "C"])


@given(st.dictionaries(NAMES, st.lists(NAMES, max_size=2)))
def test_every_member_is_ordered_or_left_over(uplines: dict[str, list[str]]) -> None:
    ordered, left = order_by_upline(uplines)

    assert sorted(ordered + left) == sorted(uplines)
    for place, number in enumerate(ordered):
        assert all(name in ordered[:place] for name in uplines[number] if name in uplines)
