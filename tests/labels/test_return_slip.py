from dataclasses import replace

from labels.return_slip import render_return_slip
from tests.labels.reading import page_sizes, page_text, scan_page
from tests.labels.samples import return_slip


def test_the_rma_can_be_scanned_inside_the_box_and_outside() -> None:
    assert scan_page(render_return_slip(return_slip())) == [("]C0", "RMA-000042"), ("]C0", "RMA-000042")]


def test_it_lists_units_reasons_steps_and_the_last_day() -> None:
    slip = replace(return_slip("Too large"), instructions=("Pack the items.", "Hand it to the carrier."))

    printed = page_text(render_return_slip(slip))

    assert "1. Pack the items. 2. Hand it to the carrier." in printed
    assert "Too large" in printed
    assert "2026-12-22" in printed


def test_the_part_for_the_box_is_never_split() -> None:
    slip = return_slip()
    for count in range(1, 24):
        pdf = render_return_slip(replace(slip, lines=slip.lines * count))

        last = len(page_sizes(pdf)) - 1
        assert "Cut out and tape to the outside of the box" in page_text(pdf, last)
        assert ("]C0", "RMA-000042") in scan_page(pdf, last)
