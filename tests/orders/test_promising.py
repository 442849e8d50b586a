import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.orders.kinds import OnShortage
from fulfillment.orders.promising import Demand, Part, Promise, find_promise

A, B, C = "A", "B", "C"


def promise(demands: list[Demand], stock: dict[str, dict[str, int]], **options: object) -> Promise:
    on_shortage = options.get("on_shortage", OnShortage.SPLIT)
    assert isinstance(on_shortage, OnShortage)
    return find_promise(
        demands,
        stock=stock,
        ranked_warehouses=[A, B, C],
        on_shortage=on_shortage,
        ships_complete=bool(options.get("ships_complete")),
    )


def test_the_nearest_warehouse_that_can_send_all_of_it_does() -> None:
    demands = [Demand(0, "X", 2, 0), Demand(1, "Y", 1, 1)]

    found = promise(demands, {A: {"X": 9}, B: {"X": 2, "Y": 1}, C: {"X": 9, "Y": 9}})

    assert found == Promise((Part(B, ((0, 2), (1, 1))),), ())


def test_as_few_parcels_as_the_greedy_cover_finds_are_used_when_nobody_has_all() -> None:
    demands = [Demand(0, "X", 2, 0), Demand(1, "Y", 3, 1)]

    found = promise(demands, {A: {"X": 2}, B: {"Y": 3}, C: {"Y": 1}})

    assert found == Promise((Part(A, ((0, 2),)), Part(B, ((1, 3),))), ())


def test_two_lines_of_one_sku_count_together() -> None:
    demands = [Demand(0, "X", 3, 0), Demand(1, "X", 3, 1)]

    found = promise(demands, {A: {"X": 5}})

    assert found == Promise((Part(A, ((0, 3), (1, 2))),), ((1, 1),))


def test_the_parts_of_a_kit_leave_together_or_not_at_all() -> None:
    demands = [Demand(0, "X", 1, 0), Demand(1, "Y", 1, 0), Demand(2, "Z", 1, 1)]

    found = promise(demands, {A: {"X": 1, "Z": 1}, B: {"Y": 1}})

    assert found == Promise((Part(A, ((2, 1),)),), ((0, 1), (1, 1)))


@pytest.mark.parametrize("choice", [OnShortage.REFUSE, OnShortage.BACKORDER])
def test_nothing_is_promised_in_part_unless_the_buyer_chose_to_split(choice: OnShortage) -> None:
    demands = [Demand(0, "X", 3, 0)]

    found = promise(demands, {A: {"X": 2}}, on_shortage=choice)

    assert found == Promise((), ((0, 3),))


def test_an_order_that_ships_complete_is_not_divided_between_warehouses() -> None:
    demands = [Demand(0, "X", 1, 0), Demand(1, "Y", 1, 1)]

    found = promise(demands, {A: {"X": 1}, B: {"Y": 1}}, ships_complete=True)

    assert found.parts == ()


@given(
    demands=st.lists(
        st.tuples(st.sampled_from("XYZ"), st.integers(1, 4), st.integers(0, 2)), min_size=1, max_size=5
    ),
    stock=st.dictionaries(
        st.sampled_from([A, B, C]), st.dictionaries(st.sampled_from("XYZ"), st.integers(0, 6))
    ),
)
def test_promised_and_missing_units_add_up_and_no_shelf_is_overdrawn(
    demands: list[tuple[str, int, int]], stock: dict[str, dict[str, int]]
) -> None:
    asked = [Demand(place, sku, qty, group) for place, (sku, qty, group) in enumerate(demands)]

    found = promise(asked, stock)

    given_out: dict[int, int] = dict.fromkeys(range(len(asked)), 0)
    for part in found.parts:
        drawn: dict[str, int] = {}
        for key, qty in part.units:
            given_out[key] += qty
            drawn[asked[key].sku] = drawn.get(asked[key].sku, 0) + qty
        assert all(qty <= stock.get(part.warehouse_code, {}).get(sku, 0) for sku, qty in drawn.items())
    for key, qty in found.missing:
        given_out[key] += qty
    assert given_out == {demand.line_key: demand.qty for demand in asked}
