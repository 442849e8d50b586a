from hypothesis import given
from hypothesis import strategies as st

from fulfillment.returns.refund_amounts import (
    LineMoney,
    TenderRoom,
    UnitsRefund,
    divide_among_tenders,
    fit_into_room,
    refund_units,
)


def test_two_of_three_units_leave_the_last_cent_for_the_third() -> None:
    line = LineMoney(3, 1_000, 100, 0, 0, 0)

    first = refund_units(line, units=2, percent=100)
    rest = refund_units(LineMoney(3, 1_000, 100, 2, 667, 67), units=1, percent=100)

    assert (first, rest) == (UnitsRefund(667, 67), UnitsRefund(333, 33))


def test_the_tax_follows_the_percentage_of_the_price() -> None:
    line = LineMoney(1, 5_000, 413, 0, 0, 0)

    assert refund_units(line, units=1, percent=90) == UnitsRefund(4_500, 372)


@given(
    qty=st.integers(1, 30),
    paid=st.integers(0, 100_000),
    tax=st.integers(0, 10_000),
    percents=st.lists(st.sampled_from([90, 100]), min_size=30, max_size=30),
)
def test_refunds_of_a_line_never_add_up_to_more_than_was_paid(
    qty: int, paid: int, tax: int, percents: list[int]
) -> None:
    goods_back = tax_back = 0
    for unit in range(qty):
        money = LineMoney(qty, paid, tax, unit, goods_back, tax_back)
        refund = refund_units(money, units=1, percent=percents[unit])
        goods_back += refund.goods_minor
        tax_back += refund.tax_minor

    assert goods_back <= paid
    assert tax_back <= tax
    if set(percents[:qty]) == {100}:
        assert (goods_back, tax_back) == (paid, tax)


def test_a_refund_goes_back_to_the_tenders_in_their_order() -> None:
    tenders = [TenderRoom("card", 700), TenderRoom("gift", 500)]

    assert divide_among_tenders(900, tenders=tenders) == [("card", 700), ("gift", 200)]


def test_more_than_the_tenders_hold_is_not_divided() -> None:
    assert divide_among_tenders(1_201, tenders=[TenderRoom("card", 700), TenderRoom("gift", 500)]) is None


@given(
    units=st.lists(st.builds(UnitsRefund, st.integers(0, 5_000), st.integers(0, 500)), max_size=6),
    shipping=st.integers(0, 2_000),
    room=st.integers(-100, 30_000),
)
def test_a_refund_fits_into_what_is_left_and_loses_no_more_than_it_must(
    units: list[UnitsRefund], shipping: int, room: int
) -> None:
    wanted = sum(each.goods_minor + each.tax_minor for each in units) + shipping

    fitted, shipping_left = fit_into_room(units, shipping_minor=shipping, room_minor=room)

    assert sum(each.goods_minor + each.tax_minor for each in fitted) + shipping_left == min(
        wanted, max(0, room)
    )
    assert all(
        0 <= small.goods_minor <= large.goods_minor and 0 <= small.tax_minor <= large.tax_minor
        for small, large in zip(fitted, units, strict=True)
    )


def test_shipping_gives_way_before_the_goods() -> None:
    fitted, shipping = fit_into_room([UnitsRefund(1_000, 80)], shipping_minor=500, room_minor=1_100)

    assert (fitted, shipping) == ([UnitsRefund(1_000, 80)], 20)
