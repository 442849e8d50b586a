"""Orders whose own groups want the same units: each group would fit alone, together they do not."""

import numpy as np
import pytest

from fulfillment.routing import build_problem, check_plan, plan
from fulfillment.routing.rows import LineRow, OrderRow, ProductRow, RateRow, StockRow, WarehouseRow, ZoneRow

NEAR, FAR = "NEAR", "FAR"


def find_plan(*orders: OrderRow, stock: dict[str, int], capacity: int | None = None) -> dict[str, list[str]]:
    problem = build_problem(
        orders,
        products=[ProductRow("TEA", 400, 300)],
        warehouses=[WarehouseRow(code, capacity=capacity) for code in stock],
        stock=[StockRow(code, "TEA", qty) for code, qty in stock.items()],
        zones=[ZoneRow("here", code, code, 1) for code in stock],
        rates=[
            RateRow(code, grams, 500 + 100 * place + grams // 10)
            for place, code in enumerate(stock)
            for grams in (500, 1_000, 5_000)
        ],
    )
    found = plan(problem, time_limit_s=5)
    assert check_plan(problem, found) == []
    return {
        order.id: sorted(parcel.warehouse for parcel in found.parcels(problem, order.id)) for order in orders
    }


@pytest.mark.parametrize("ships_complete", [True, False])
def test_two_lines_of_one_sku_leave_from_two_warehouses_where_none_has_both(ships_complete: bool) -> None:
    order = OrderRow("A", "here", (LineRow("TEA", 1), LineRow("TEA", 1)), is_ship_complete=ships_complete)

    assert find_plan(order, stock={NEAR: 1, FAR: 1}) == {"A": [FAR, NEAR]}
    assert find_plan(order, stock={NEAR: 1, FAR: 2}) == {"A": [FAR]}


def test_what_ships_complete_stays_where_its_own_groups_cannot_all_leave() -> None:
    lines = (LineRow("TEA", 1),) * 3
    whole = OrderRow("A", "here", lines, is_ship_complete=True)
    part = OrderRow("A", "here", lines, is_ship_complete=False)

    assert find_plan(whole, stock={NEAR: 1, FAR: 1}) == {"A": []}
    assert find_plan(part, stock={NEAR: 1, FAR: 1}) == {"A": [FAR, NEAR]}


def test_a_line_that_no_warehouse_holds_whole_is_sent_in_pieces() -> None:
    order = OrderRow("A", "here", (LineRow("TEA", 6),), is_ship_complete=True)

    assert find_plan(order, stock={NEAR: 2, FAR: 2, "LAST": 2}) == {"A": [FAR, "LAST", NEAR]}


def test_many_such_orders_share_what_there_is() -> None:
    orders = [
        OrderRow(f"O{n}", "here", (LineRow("TEA", 1), LineRow("TEA", 1)), is_ship_complete=True)
        for n in range(6)
    ]

    found = find_plan(*orders, stock={NEAR: 5, FAR: 5})

    sent = [places for places in found.values() if places]
    assert len(sent) == 5
    assert np.mean([len(places) for places in sent]) <= 1.4


def test_no_more_parcels_leave_than_a_warehouse_can_send() -> None:
    orders = [OrderRow(f"O{n}", "here", (LineRow("TEA", 1), LineRow("TEA", 1))) for n in range(3)]

    found = find_plan(*orders, stock={NEAR: 3, FAR: 3}, capacity=1)

    assert sum(len(places) for places in found.values()) == 2
