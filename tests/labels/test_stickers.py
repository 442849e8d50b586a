from datetime import date

import pytest

from labels.errors import LabelError, UnprintableCodeError
from labels.geometry import SHEET_3X10, THERMAL_4X6
from labels.stickers import (
    MOST_STICKERS,
    BadgeSticker,
    BinSticker,
    SkuSticker,
    gs1_element_string,
    render_badge_stickers,
    render_bin_stickers,
    render_sku_stickers,
)
from tests.labels.reading import page_characters, page_sizes, page_text, scan_page

EXPIRY = date(2028, 1, 31)
FISH_OIL = SkuSticker("SUP-1001", "Fish oil", gtin="4006381333931", lot="L2026-11A", expires_on=EXPIRY)


def test_thirty_bins_fill_a_sheet_and_every_one_can_be_scanned() -> None:
    bins = [BinSticker(f"A-{number:02d}-03", "RNO1", "Zone A", "up") for number in range(31)]

    pdf = render_bin_stickers(bins)

    assert page_sizes(pdf) == [(612.0, 792.0)] * 2
    assert scan_page(pdf) == [("]C0", f"A-{number:02d}-03") for number in range(30)]
    assert scan_page(pdf, 1) == [("]C0", "A-30-03")]


def test_the_sheet_has_the_measures_of_avery_5160() -> None:
    first, last = SHEET_3X10.cell(0), SHEET_3X10.cell(29)

    assert (first.left, first.top, first.width, first.height) == (13.5, 756.0, 189.0, 72.0)
    assert (last.right, last.bottom) == (598.5, 36.0)


def test_places_already_peeled_off_are_left_out() -> None:
    characters = page_characters(render_bin_stickers([BinSticker("A-01-01")], used_places=29))

    assert min(printed.left for printed in characters) >= SHEET_3X10.cell(29).left
    assert max(printed.top for printed in characters) <= SHEET_3X10.cell(29).top


@pytest.mark.parametrize("code", ["A-01", "A-01-02-03", "RECEIVING-DOCK-NORTH-01", "A" * 48])
def test_bin_codes_of_any_length_are_whole_and_scanned_on_both_stocks(code: str) -> None:
    for stock in (SHEET_3X10, THERMAL_4X6):
        pdf = render_bin_stickers([BinSticker(code, "RNO1", "A", "down")], stock=stock)

        assert page_sizes(pdf) == [(stock.page_width, stock.page_height)]
        assert [read for _, read in scan_page(pdf)] == [code]
        assert "…" not in page_text(pdf)


def test_an_article_with_gtin_lot_and_expiry_carries_them_in_a_gs1_data_matrix() -> None:
    for stock in (SHEET_3X10, THERMAL_4X6):
        assert scan_page(render_sku_stickers([FISH_OIL], stock=stock)) == [
            ("]C0", "SUP-1001"),
            ("]d2", "(01)04006381333931(17)280131(10)L2026-11A"),
        ]


def test_an_article_without_lot_carries_its_sku_alone() -> None:
    pdf = render_sku_stickers([SkuSticker("CRM-7", "Night cream", gtin="4006381333931")])

    assert scan_page(pdf) == [("]C0", "CRM-7")]


def test_thirty_articles_fill_a_sheet_and_every_symbol_can_be_scanned() -> None:
    articles = [
        SkuSticker(f"SUP-{number}", "Fish oil", "4006381333931", f"L{number}", EXPIRY) for number in range(30)
    ]

    read = scan_page(render_sku_stickers(articles))

    assert {code for kind, code in read if kind == "]C0"} == {f"SUP-{number}" for number in range(30)}
    assert len([code for kind, code in read if kind == "]d2"]) == 30


def test_a_lot_that_gs1_does_not_allow_stands_in_words_only() -> None:
    odd = SkuSticker("SUP-1", "Fish oil", gtin="4006381333931", lot="批次-7")

    assert gs1_element_string(odd) == ""
    pdf = render_sku_stickers([odd])
    assert scan_page(pdf) == [("]C0", "SUP-1")]
    assert "Lot 批次-7" in page_text(pdf)


def test_a_long_lot_keeps_its_expiry() -> None:
    pdf = render_sku_stickers([SkuSticker("SUP-1", "Fish oil", "4006381333931", "L" * 20, EXPIRY)])

    assert "Exp 2028-01-31" in page_text(pdf)


def test_an_sku_of_32_characters_is_scanned_as_a_data_matrix() -> None:
    code = "0a5f9b1c2d3e4f5061728394a5b6c7d8"
    pdf = render_sku_stickers([SkuSticker(code, "Two lines of name " * 9, "", "L1", EXPIRY)])

    assert scan_page(pdf) == [("]d1", code)]
    assert code in page_text(pdf)


def test_the_fullest_sticker_can_be_scanned_on_both_stocks() -> None:
    code = "AbCdEfGh-" * 5 + "123"
    full = SkuSticker(code, "Two lines of name " * 9, "4006381333931", "L" * 20, EXPIRY)

    for stock in (SHEET_3X10, THERMAL_4X6):
        read = [text for _, text in scan_page(render_sku_stickers([full], stock=stock))]

        assert sorted(read) == sorted([code, gs1_element_string(full)])


def test_a_gtin_that_is_none_is_refused() -> None:
    for gtin in ("ABCDEFGH", "123456789012345"):
        with pytest.raises(UnprintableCodeError):
            render_sku_stickers([SkuSticker("SKU-1", "Fish oil", gtin, "L1")])


@pytest.mark.parametrize("code", ["", "SKU-日本", "A\nB"])
def test_a_code_that_cannot_be_bars_is_refused(code: str) -> None:
    with pytest.raises(UnprintableCodeError):
        render_sku_stickers([SkuSticker(code, "Fish oil")])
    with pytest.raises(UnprintableCodeError):
        render_bin_stickers([BinSticker(code)])
    with pytest.raises(UnprintableCodeError):
        render_badge_stickers([BadgeSticker("Ada", "Warehouse", code)])


def test_a_badge_is_scanned_but_its_code_is_not_to_be_read() -> None:
    for stock in (SHEET_3X10, THERMAL_4X6):
        pdf = render_badge_stickers(
            [BadgeSticker("王小明", "Supervisor", "B7F3K9Q2M4", "Verdant")], stock=stock
        )

        assert scan_page(pdf) == [("]C0", "B7F3K9Q2M4")]
        assert page_text(pdf) == "王小明 Supervisor · Verdant"


def test_nothing_and_too_much_are_refused() -> None:
    with pytest.raises(LabelError, match="0 stickers were asked for"):
        render_bin_stickers([])
    with pytest.raises(LabelError, match="between 1 and 5000"):
        render_bin_stickers([BinSticker("A")] * (MOST_STICKERS + 1))
    with pytest.raises(LabelError, match="30 used places"):
        render_bin_stickers([BinSticker("A")], used_places=30)
    with pytest.raises(LabelError, match="1 used places"):
        render_bin_stickers([BinSticker("A")], used_places=1, stock=THERMAL_4X6)
