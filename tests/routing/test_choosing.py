from hypothesis import given
from hypothesis import strategies as st

from fulfillment.routing import (
    LineRow,
    OrderRow,
    Problem,
    ProductRow,
    RateRow,
    StockRow,
    Terms,
    WarehouseRow,
    ZoneRow,
    assignment_from,
    build_problem,
    cost_of,
    price_one,
    prices_from,
)
from fulfillment.routing.choosing import choose_one
from fulfillment.routing.plan import Prices, Reason, ScarceRow

CODES = ("A", "B", "C")
SKUS = ("X", "Y", "Z")


def problem_of(
    stock: dict[tuple[str, str], int], wanted: dict[str, int], *, complete: bool = False
) -> Problem:
    """One order; A is nearest and cheapest, then B, then C."""
    return build_problem(
        [
            OrderRow(
                "O",
                "D",
                tuple(LineRow(sku, qty) for sku, qty in wanted.items()),
                is_ship_complete=complete,
            )
        ],
        products=[ProductRow(sku, 300) for sku in SKUS],
        warehouses=[WarehouseRow(code, handling_minor=10) for code in CODES],
        stock=[StockRow(code, sku, qty) for (code, sku), qty in stock.items()],
        zones=[ZoneRow("D", code, str(place), place) for place, code in enumerate(CODES)],
        rates=[
            RateRow(str(place), grams, 500 + 200 * place + grams // 10)
            for place in range(3)
            for grams in (500, 1_000, 5_000)
        ],
        terms=Terms(unfilled_minor=1_000_000),
    )


def test_the_other_ways_stand_by_cost_with_what_rules_them_out() -> None:
    problem = problem_of({("A", "X"): 1, ("B", "X"): 2, ("C", "X"): 9}, {"X": 2})

    choice = choose_one(problem, Prices.zero(problem), most_alternatives=5)

    assert [way.parcels[0].warehouse for way in choice.alternatives] == ["B", "A", "C"]
    assert [way.cost_minor for way in choice.alternatives] == [820, 620, 1_020]
    [short] = choice.alternatives[1].ruled_out_by
    assert (short.reason, short.warehouse, short.sku, short.needed, short.left) == (
        Reason.SHORT,
        "A",
        "X",
        2,
        1,
    )
    assert choice.alternatives[2].ruled_out_by == ()


def test_a_scarce_row_is_named_where_it_is_passed_over_and_where_it_is_paid() -> None:
    problem = problem_of({("A", "X"): 9, ("B", "X"): 9}, {"X": 2})
    prices = prices_from(problem, (ScarceRow("A", "X", 0, 150.0, 1, 1),))

    choice = choose_one(problem, prices, most_alternatives=5)

    assert choice.parcels[0].warehouse == "B"
    [dear] = choice.alternatives[1].ruled_out_by
    assert (dear.reason, dear.warehouse, dear.price_minor) == (Reason.DEARER, "A", 150.0)
    assert choice.paid == ()


def test_an_order_that_would_rather_wait_than_pay_is_served_without_prices() -> None:
    problem = problem_of({("A", "X"): 9}, {"X": 2})
    prices = prices_from(problem, (ScarceRow("A", "X", 0, 9_000_000.0, 1, 1),))

    choice = choose_one(problem, prices, most_alternatives=5)

    assert choice.unfilled == ()
    [paid] = choice.paid
    assert (paid.warehouse, paid.sku, paid.used) == ("A", "X", 2)


STOCK = st.dictionaries(
    st.tuples(st.sampled_from(CODES), st.sampled_from(SKUS)), st.integers(0, 6), max_size=9
)
WANTED = st.dictionaries(st.sampled_from(SKUS), st.integers(1, 4), min_size=1, max_size=3)


@given(stock=STOCK, wanted=WANTED, complete=st.booleans(), price=st.integers(0, 400))
def test_the_choice_is_the_planners_own_and_never_takes_what_is_not_there(
    stock: dict[tuple[str, str], int], wanted: dict[str, int], complete: bool, price: int
) -> None:
    problem = problem_of(stock, wanted, complete=complete)
    prices = prices_from(problem, (ScarceRow("A", "X", 0, float(price), 1, 1),))

    choice = choose_one(problem, prices, most_alternatives=5)

    own = price_one(problem, "O", prices)
    sent: dict[tuple[str, str], int] = {}
    lines = list(wanted)
    for parcel in choice.parcels:
        for line, qty in parcel.lines:
            key = (parcel.warehouse, lines[line])
            sent[key] = sent.get(key, 0) + qty
    assert all(qty <= stock.get(key, 0) for key, qty in sent.items())
    if not own.unfilled:
        assert {p.warehouse for p in choice.parcels} == {p.warehouse for p in own.parcels}
        assert choice.cost_minor == own.cost_minor
    for way in choice.alternatives[1:]:
        [parcel] = way.parcels
        everywhere = {("O", line): parcel.warehouse for line in range(len(wanted))}
        if len(problem.line) == len(wanted):
            assert way.cost_minor == cost_of(problem, assignment_from(problem, everywhere))
