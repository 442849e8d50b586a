from hypothesis import given
from hypothesis import strategies as st

from fulfillment.imports.matching import ReturnPart, match_returns
from fulfillment.imports.outcomes import RowOutcome
from tests.imports.files import csv_of, plan

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


def line(invoice: str, sku: str, qty: int, day: int, customer: str = "17850.0") -> str:
    return f"{invoice},{sku},x,{qty},2011-06-{day:02d} 08:00:00,1.5,{customer},United Kingdom"


def match(*lines: str) -> tuple[dict[int, tuple[ReturnPart, ...]], dict[int, str]]:
    planned = plan(csv_of(*lines, header=HEADER), profile="uci")
    returns, rejected = match_returns(planned.return_rows, planned.orders)
    assert all(finding.outcome is RowOutcome.REJECTED for finding in rejected)
    return (
        {entry.line_no: entry.parts for entry in returns},
        {finding.line_no: finding.code for finding in rejected},
    )


def test_a_credit_note_takes_back_the_latest_purchase_before_it() -> None:
    matched, rejected = match(
        line("1", "A", 5, 6), line("2", "A", 5, 7), line("C3", "a", -2, 8), line("4", "A", 5, 9)
    )

    assert matched == {4: (ReturnPart("2", "A", 2),)}
    assert rejected == {}


def test_more_than_the_latest_purchase_reaches_back_to_the_one_before() -> None:
    matched, _ = match(line("1", "A", 5, 6), line("2", "A", 5, 7), line("C3", "A", -8, 8))

    assert matched == {4: (ReturnPart("2", "A", 5), ReturnPart("1", "A", 3))}


def test_units_are_taken_back_once() -> None:
    matched, rejected = match(line("1", "A", 5, 6), line("C2", "A", -3, 7), line("C3", "A", -3, 8))

    assert matched == {3: (ReturnPart("1", "A", 3),)}
    assert rejected == {4: "return-exceeds-purchase"}


def test_what_this_buyer_did_not_buy_before_cannot_come_back() -> None:
    _, rejected = match(
        line("1", "A", 5, 6, "1.0"),
        line("C2", "A", -1, 7, "2.0"),
        line("C3", "Z9", -1, 7, "1.0"),
        line("C4", "A", -1, 5, "1.0"),
        line("C5", "A", -1, 7, ""),
    )

    assert rejected == dict.fromkeys((3, 4, 5, 6), "return-without-purchase")


def test_a_return_that_names_its_order_needs_no_buyer() -> None:
    header = "order_ref,sku,qty,unit_price,name,street1,city,state,zip,returns_order_ref"
    home = "Ana,1 Main St,Rochester,MN,55902"
    planned = plan(
        csv_of(f"1,A,3,1.00,{home},", f"R1,A,-2,1.00,{home},1", f"R2,A,-1,1.00,{home},9", header=header)
    )

    returns, rejected = match_returns(planned.return_rows, planned.orders)

    assert [entry.parts for entry in returns] == [(ReturnPart("1", "A", 2),)]
    assert [(finding.line_no, finding.code) for finding in rejected] == [(4, "return-without-purchase")]


@given(
    bought=st.lists(st.tuples(st.integers(1, 9), st.integers(1, 28)), max_size=6),
    returned=st.lists(st.tuples(st.integers(1, 9), st.integers(1, 28)), max_size=6),
)
def test_never_more_comes_back_than_was_bought(
    bought: list[tuple[int, int]], returned: list[tuple[int, int]]
) -> None:
    purchases = [line(str(place), "A", qty, day) for place, (qty, day) in enumerate(bought)]
    given_back = [line(f"C{place}", "A", -qty, day) for place, (qty, day) in enumerate(returned)]

    matched, rejected = match(*purchases, *given_back)

    units: dict[str, int] = {}
    for parts in matched.values():
        for part in parts:
            units[part.order_ref] = units.get(part.order_ref, 0) + part.qty
    assert all(units[str(place)] <= qty for place, (qty, _) in enumerate(bought) if str(place) in units)
    assert len(matched) + len(rejected) == len(returned)
