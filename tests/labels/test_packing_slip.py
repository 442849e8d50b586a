from dataclasses import replace

from labels.packing_slip import render_packing_slip
from tests.labels.reading import page_sizes, page_text, scan_page
from tests.labels.samples import packing_slip


def test_the_parcel_can_be_scanned() -> None:
    assert scan_page(render_packing_slip(packing_slip())) == [("]C0", "P-000456")]


def test_it_says_what_is_in_the_parcel_and_what_follows() -> None:
    printed = page_text(render_packing_slip(packing_slip("Fish oil")))

    assert "SKU-1 · Exp 2028-01-31 · Lot Fish oil" in printed
    assert "Still to come" in printed
    assert "SKU-2" in printed


def test_prices_are_printed_when_wanted() -> None:
    printed = page_text(render_packing_slip(packing_slip()))

    assert "$24.90" in printed
    assert "$58.75" in printed


def test_no_amount_is_left_on_a_slip_without_prices() -> None:
    printed = page_text(render_packing_slip(packing_slip(with_prices=False)))

    assert "$" not in printed
    assert "Price" not in printed
    assert "Total" not in printed


def test_a_long_amount_is_never_cut_short() -> None:
    slip = packing_slip()
    amount = "IDR 1.234.567.890.123,00"
    slip = replace(slip, lines=(replace(slip.lines[0], amount=amount),), totals=(("Total", amount),))

    assert page_text(render_packing_slip(slip)).count(amount) == 2


def test_a_long_service_does_not_squeeze_the_order_number_away() -> None:
    printed = page_text(render_packing_slip(replace(packing_slip(), service="Very " * 90 + "fast")))

    assert "Order O-000777 Ordered on 2026-11-20 Parcel 1 of 2 Shipped by Very Very" in printed


def test_a_hundred_lines_go_on_over_pages() -> None:
    slip = packing_slip()
    lines = tuple(replace(slip.lines[0], sku=f"SKU-{number:03d}") for number in range(100))

    pdf = render_packing_slip(replace(slip, lines=lines))

    text = " ".join(page_text(pdf, page) for page in range(len(page_sizes(pdf))))
    assert len(page_sizes(pdf)) == 6
    assert all(f"SKU-{number:03d}" in text for number in range(100))
