from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from fulfillment.warehouse.pick_path import natural_order, order_stops


@dataclass(frozen=True)
class Visit:
    zone: str
    aisle: str
    walk_rank: int
    bin_code: str = ""


VISITS = st.builds(
    Visit, st.sampled_from("AB"), st.sampled_from(["1", "2", "10"]), st.integers(0, 9), st.text(max_size=3)
)


def test_the_walk_goes_up_one_aisle_and_down_the_next_and_passes_by_empty_ones() -> None:
    visits = [
        Visit("A", "1", 5),
        Visit("A", "3", 1),
        Visit("A", "1", 2),
        Visit("A", "3", 7),
        Visit("A", "10", 4),
        Visit("A", "10", 6),
        Visit("B", "1", 3),
        Visit("B", "1", 1),
    ]

    walk = order_stops(visits)

    assert [(visit.zone, visit.aisle, visit.walk_rank) for visit in walk] == [
        ("A", "1", 2),
        ("A", "1", 5),
        ("A", "3", 7),
        ("A", "3", 1),
        ("A", "10", 4),
        ("A", "10", 6),
        ("B", "1", 1),
        ("B", "1", 3),
    ]


def test_names_sort_by_their_numbers() -> None:
    assert sorted(["A-10", "A-2", "B", "A"], key=natural_order) == ["A", "A-2", "A-10", "B"]


@given(visits=st.lists(VISITS))
def test_every_stop_is_made_once_and_each_aisle_is_entered_once(visits: list[Visit]) -> None:
    walk = order_stops(visits)

    assert sorted(walk, key=repr) == sorted(visits, key=repr)
    aisles = [(visit.zone, visit.aisle) for visit in walk]
    entered = [aisle for place, aisle in enumerate(aisles) if place == 0 or aisles[place - 1] != aisle]
    assert len(entered) == len(set(entered))
