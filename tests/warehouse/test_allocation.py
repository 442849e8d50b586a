import uuid
from collections import Counter
from dataclasses import replace
from datetime import date
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from fulfillment.warehouse.allocation import BinStock, Demand, allocate, may_leave

FIRST_ORDER, SECOND_ORDER = uuid.UUID(int=1), uuid.UUID(int=2)
MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)


def soap(bin_code: str, free: int, *, expires_on: date | None = None, lot: str = "") -> BinStock:
    return BinStock(uuid.uuid5(uuid.NAMESPACE_OID, bin_code), bin_code, "SOAP", free, lot, expires_on)


def wants(qty: int, *, order: uuid.UUID = FIRST_ORDER, line: int = 1, sku: str = "SOAP") -> Demand:
    return Demand(order, uuid.UUID(int=line), sku, qty)


def test_the_lot_that_expires_first_leaves_first() -> None:
    stock = [soap("A-1", 9, expires_on=JUNE, lot="L2"), soap("A-2", 2, expires_on=MAY, lot="L1")]

    allocation = allocate([wants(5)], stock=stock)

    assert [(take.stock.lot, take.qty) for take in allocation.takes] == [("L1", 2), ("L2", 3)]
    assert allocation.missing == {}


def test_who_needs_long_dated_units_takes_the_shortest_dated_that_last_long_enough() -> None:
    july = date(2026, 7, 1)
    stock = [
        soap("A-1", 2, expires_on=MAY, lot="L1"),
        soap("A-2", 2, expires_on=JUNE, lot="L2"),
        soap("A-3", 2, expires_on=july, lot="L3"),
    ]
    demanding = replace(wants(3), good_on=JUNE)

    allocation = allocate([demanding, wants(2, order=SECOND_ORDER)], stock=stock)

    assert [(take.stock.lot, take.qty) for take in allocation.takes] == [("L2", 2), ("L3", 1), ("L1", 2)]
    assert allocate([replace(wants(3), good_on=july)], stock=stock).takes == ()


SHELF = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4)), max_size=6)
"""Lots as (months they last, units)."""


@given(
    lots=SHELF, needs=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3)), max_size=6), seed=st.randoms()
)
def test_what_fits_class_by_class_is_found_in_whatever_order_it_is_asked_for(
    lots: list[tuple[int, int]], needs: list[tuple[int, int]], seed: Random
) -> None:
    stock = [
        soap(f"A-{n}", qty, expires_on=date(2026, 5 + month, 1), lot=f"L{n}")
        for n, (month, qty) in enumerate(lots)
    ]
    promised: list[Demand] = []
    for number, (month, qty) in enumerate(needs, start=1):
        wanted = [
            *promised,
            replace(wants(qty, order=uuid.UUID(int=number)), good_on=date(2026, 5 + month, 1)),
        ]
        fits = all(
            sum(held.free for held in stock if (held.expires_on or MAY) >= date(2026, 5 + level, 1))
            >= sum(each.qty for each in wanted if (each.good_on or MAY) >= date(2026, 5 + level, 1))
            for level in range(4)
        )
        promised = wanted if fits else promised
    seed.shuffle(promised)

    assert allocate(promised, stock=stock).missing == {}


def test_one_bin_that_covers_the_line_saves_a_stop_and_the_fullest_bin_is_spared() -> None:
    stock = [soap("A-1", 2), soap("A-2", 9), soap("A-3", 4)]

    allocation = allocate([wants(4)], stock=stock)

    assert [(take.stock.bin_code, take.qty) for take in allocation.takes] == [("A-3", 4)]


def test_an_order_that_cannot_be_served_whole_takes_nothing_and_is_named_with_what_it_lacks() -> None:
    demands = [wants(3), wants(1, line=2, sku="OIL"), wants(3, order=SECOND_ORDER, line=3)]

    allocation = allocate(demands, stock=[soap("A-1", 3)])

    assert allocation.missing == {FIRST_ORDER: (wants(1, line=2, sku="OIL"),)}
    assert [(take.demand.line_id.int, take.qty) for take in allocation.takes] == [(3, 3)]


def test_units_may_leave_while_the_buyer_gets_the_days_she_is_owed() -> None:
    today = date(2026, 4, 1)

    assert may_leave(MAY, today=today, min_remaining_days=30)
    assert not may_leave(MAY, today=today, min_remaining_days=31)
    assert may_leave(today, today=today, min_remaining_days=0)
    assert may_leave(None, today=today, min_remaining_days=3650)


@given(
    demands=st.lists(
        st.builds(
            wants,
            st.integers(1, 9),
            order=st.sampled_from([FIRST_ORDER, SECOND_ORDER]),
            line=st.integers(1, 10**6),
            sku=st.sampled_from(["SOAP", "OIL"]),
        ),
        max_size=8,
        unique_by=lambda demand: demand.line_id,
    ),
    frees=st.lists(st.tuples(st.sampled_from(["SOAP", "OIL"]), st.integers(0, 9)), max_size=6),
)
def test_no_bin_gives_more_than_it_has_and_no_order_gets_a_part(
    demands: list[Demand], frees: list[tuple[str, int]]
) -> None:
    stock = [
        BinStock(uuid.UUID(int=place + 1), f"A-{place}", sku, free) for place, (sku, free) in enumerate(frees)
    ]

    allocation = allocate(demands, stock=stock)

    given_by_bin: Counter[uuid.UUID] = Counter()
    got_by_line: Counter[uuid.UUID] = Counter()
    for take in allocation.takes:
        assert take.stock.sku == take.demand.sku
        given_by_bin[take.stock.location_id] += take.qty
        got_by_line[take.demand.line_id] += take.qty
    assert all(given_by_bin[bin_.location_id] <= bin_.free for bin_ in stock)
    for demand in demands:
        is_missing = demand.fulfillment_order_id in allocation.missing
        assert got_by_line[demand.line_id] == (0 if is_missing else demand.qty)
