from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.core.errors import InvalidInputError
from fulfillment.imports.classifying import classify_rows
from fulfillment.imports.grouping import plan_orders
from fulfillment.imports.matching import match_returns
from fulfillment.imports.outcomes import FileKind, RowOutcome
from fulfillment.imports.profile_files import load_profile
from fulfillment.imports.readers import read_table
from fulfillment.imports.rows import MemberRow, ProductRow
from tests.imports.files import ORDER_HEADER, classify, csv_of, order_line

PRODUCTS = "sku,name,weight_g,length_mm,width_mm,height_mm,price,gtin"


def codes(content: bytes, kind: FileKind = FileKind.ORDERS, profile: str = "generic") -> dict[int, str]:
    classified = classify(content, kind=kind, profile=profile)
    return {finding.line_no: finding.code for finding in classified.settled}


def test_blank_rows_repeated_headers_and_exact_duplicates_are_ignored() -> None:
    line = order_line("1", 1)

    assert codes(csv_of(line, ",,,,,,,,,,", ORDER_HEADER, line)) == {
        3: "blank-row",
        4: "repeated-header",
        5: "exact-duplicate",
    }


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (order_line("1", 1, qty="many"), "bad-qty"),
        (order_line("1", 1, qty="0"), "bad-qty"),
        (order_line("1", 1, qty="-2"), "bad-qty"),
        (order_line("1", 1, qty="100001"), "bad-qty"),
        (order_line("1", 1, sku=""), "missing-sku"),
        (order_line("", 1), "missing-order-ref"),
        (order_line("1", 1, sku="日本"), "bad-code"),
        (order_line("1", 1, paid="12.345"), "bad-paid"),
        ("1,1,S-1", "wrong-width"),
    ],
)
def test_a_faulty_order_row_is_rejected_with_its_reason(line: str, code: str) -> None:
    [finding] = classify(csv_of(line)).settled

    assert (finding.line_no, finding.outcome, finding.code) == (2, RowOutcome.REJECTED, code)
    assert finding.sentence.endswith(".")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("A,Tea,10,1,1,1,2.50,4006381333932", "bad-gtin"),
        ("A,Tea,0,1,1,1,2.50,", "weight-zero"),
        ("A,Tea,-1,1,1,1,2.50,", "negative-measure"),
        ("Ä,Tea,10,1,1,1,2.50,", "bad-code"),
        ("A,Tea,10,1,1,1,,", "missing-price"),
    ],
)
def test_a_faulty_product_is_rejected_with_its_reason(line: str, code: str) -> None:
    assert codes(csv_of(line, header=PRODUCTS), FileKind.PRODUCTS) == {2: code}


def test_a_product_comes_through_in_our_units() -> None:
    [kept] = classify(
        csv_of("A,Tea,10,1,2,3,2.50,4006381333931", header=PRODUCTS), kind=FileKind.PRODUCTS
    ).kept

    assert kept.row == ProductRow(2, "A", "Tea", 10, 1, 2, 3, 250, "USD", gtin="4006381333931")


def test_a_repeated_key_is_rejected_or_ignored_as_the_profile_says() -> None:
    generic = csv_of("A,Tea,10,1,1,1,2.50,", "A,Coffee,10,1,1,1,3.50,", header=PRODUCTS)
    uci = csv_of(
        "85123a,Heart,1,10,1,1,1", "85123A,HEART,1,10,1,1,1",
        header="sku,name,price_gbp,weight_g,length_mm,width_mm,height_mm",
    )  # fmt: skip

    [rejected] = classify(generic, kind=FileKind.PRODUCTS).settled
    [ignored] = classify(uci, kind=FileKind.PRODUCTS, profile="uci").settled

    assert (rejected.outcome, rejected.code) == (RowOutcome.REJECTED, "repeated-key")
    assert (ignored.outcome, ignored.sentence) == (
        RowOutcome.IGNORED,
        "85123A stands already in line 2; the first one counts.",
    )


def test_a_file_without_a_needed_column_is_refused_whole() -> None:
    with pytest.raises(
        InvalidInputError, match="no column unit_price or price for unit_price; its columns are"
    ):
        classify(b"order_ref,sku,qty\n1,A,2\n")


def test_column_names_are_found_in_any_case_and_unused_ones_are_named() -> None:
    classified = classify(
        b"Number, NAME ,Joined_On,Shoe Size\nD1,Ana,2026-01-02,38\n", kind=FileKind.DISTRIBUTORS
    )

    [kept] = classified.kept
    assert isinstance(kept.row, MemberRow)
    assert (kept.row.number, kept.row.name) == ("D1", "Ana")
    assert classified.unused_columns == ("Shoe Size",)


def test_a_member_cannot_sponsor_itself() -> None:
    content = b"number,name,joined_on,sponsor\nD1,Ana,2026-01-02,D1\n"

    assert codes(content, FileKind.DISTRIBUTORS) == {2: "own-sponsor"}


CELL = st.one_of(
    st.sampled_from(
        ["", "1", "2", "-1", "S-1", "C1", "POST", "0", "x", "10.00", "2011-06-06 08:04:00", "A9"]
    ),
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=6),
)


@pytest.mark.parametrize("profile", ["generic", "uci", "olist", "shopify", "exigo"])
@given(data=st.data())
def test_every_row_of_any_file_ends_in_exactly_one_way(profile: str, data: st.DataObject) -> None:
    mapping = load_profile(profile).mapping_of(FileKind.ORDERS)
    header = list(
        dict.fromkeys(name for entry in mapping.fields for name in (entry.columns + entry.join)[:1] if name)
    )
    rows = data.draw(st.lists(st.lists(CELL, min_size=len(header), max_size=len(header)), max_size=8))
    content = "\n".join(
        ",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in [header, *rows]
    ).encode()

    table = read_table(content)
    plan = plan_orders(classify_rows(table, mapping), mapping)
    returns, unmatched = match_returns(plan.return_rows, plan.orders)

    lines = Counter(finding.line_no for finding in (*plan.settled, *unmatched))
    lines.update(line_no for order in plan.orders for line_no in order.line_nos)
    lines.update(planned.line_no for planned in returns)
    assert lines == Counter(row.line_no for row in table.rows)
    assert all(finding.sentence and finding.code for finding in (*plan.settled, *unmatched))
