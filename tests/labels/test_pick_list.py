from dataclasses import replace

import pytest

from labels.errors import UnprintableCodeError
from labels.geometry import Paper
from labels.pick_list import render_pick_list
from tests.labels.reading import page_sizes, page_text, scan_page
from tests.labels.samples import pick_list


def test_the_wave_and_every_task_can_be_scanned() -> None:
    pdf = render_pick_list(pick_list(count=8))

    expected = ["W-000123", *(f"T-{number:06d}" for number in range(1, 9))]
    assert scan_page(pdf) == sorted(("]C0", code) for code in expected)


def test_bins_stand_in_walking_order_with_lot_expiry_and_quantity() -> None:
    printed = page_text(render_pick_list(pick_list("Fish oil")))

    assert printed.index("A-01-01") < printed.index("A-02-01") < printed.index("A-03-01")
    assert "Exp 2028-01-31 · Lot Fish oil" in printed
    assert "2026-11-22 08:30 UTC" in printed


def test_a_long_wave_goes_on_over_pages_under_the_same_head() -> None:
    pdf = render_pick_list(pick_list(count=30))

    pages = len(page_sizes(pdf))
    assert pages == 3
    assert all("Tote / order" in page_text(pdf, page) for page in range(pages))
    assert [f"Page {page + 1} of 3" in page_text(pdf, page) for page in range(pages)] == [True] * 3
    read = {code for page in range(pages) for _, code in scan_page(pdf, page)}
    assert read == {"W-000123", *(f"T-{number:06d}" for number in range(1, 31))}


def test_a_quantity_is_never_cut_short() -> None:
    wave = pick_list(count=1)
    wave = replace(wave, lines=(replace(wave.lines[0], qty=123_456_789),))

    assert "123456789" in page_text(render_pick_list(wave))


def test_a_bin_code_of_full_length_is_printed_whole() -> None:
    code = "AISLE-" * 7 + "012345"
    wave = pick_list(count=1)
    wave = replace(wave, lines=(replace(wave.lines[0], bin_code=code),))

    printed = page_text(render_pick_list(wave)).replace(" ", "").replace("\ufffe", "-")
    assert "012345" in printed
    assert "…" not in printed


def test_a_task_code_as_long_as_a_uuid_can_be_scanned() -> None:
    code = "0190f3a2-7c1e-7bd0-9c55-4f2a6e1d8b30"
    wave = pick_list(count=1)
    wave = replace(wave, lines=(replace(wave.lines[0], task_code=code),))

    assert scan_page(render_pick_list(wave)) == [("]C0", "W-000123"), ("]d1", code)]


def test_a_wave_number_that_cannot_be_a_barcode_is_refused() -> None:
    with pytest.raises(UnprintableCodeError):
        render_pick_list(replace(pick_list(), wave_number="W-日本"))


def test_an_empty_wave_still_prints_its_head() -> None:
    assert scan_page(render_pick_list(pick_list(count=0))) == [("]C0", "W-000123")]


def test_it_prints_on_a4_too() -> None:
    pdf = render_pick_list(pick_list(), paper=Paper.A4)

    assert page_sizes(pdf) == [(595.28, 841.89)]
    assert len(scan_page(pdf)) == 4


def test_its_words_go_through_the_translation_given() -> None:
    german = {
        "Pick list": "Pickliste",
        "Bin": "Lagerplatz",
        "Page %(number)d of %(pages)d": "Seite %(number)d/%(pages)d",
    }

    printed = page_text(render_pick_list(pick_list(), gettext=lambda text: german.get(text, text)))

    assert "Pickliste" in printed
    assert "Lagerplatz" in printed
    assert "Seite 1/1" in printed
