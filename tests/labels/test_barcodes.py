import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.pdfgen.canvas import Canvas

from labels.barcodes import DOT, Symbology, draw_code, draw_symbol, encode, symbol_that_fits
from labels.errors import UnprintableCodeError
from labels.geometry import Box
from labels.pdf import make_pdf
from tests.labels.reading import page_pixels, scan_page

PAGE = Box(0, 0, 288, 100)
PRINTABLE = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=48)


def _print(text: str, symbology: Symbology | None = None, box: Box = PAGE) -> bytes:
    def draw(canvas: Canvas) -> None:
        if symbology is None:
            draw_code(canvas, text, box)
        else:
            draw_symbol(canvas, encode(text, symbology), box)

    return make_pdf([draw], width=PAGE.width, height=PAGE.height, title="Barcode")


@settings(max_examples=60, deadline=None)
@given(PRINTABLE)
def test_every_printable_code_reads_back_as_it_was(text: str) -> None:
    [(identifier, read)] = scan_page(_print(text))

    assert identifier in {"]C0", "]d1"}
    assert read == text


@pytest.mark.parametrize("text", ["", "SKU-1日本", "日本", "A\nB", "A\x1dB", "é", "\N{GRINNING FACE}"])
def test_what_the_symbology_would_drop_or_change_is_refused(text: str) -> None:
    for symbology in (Symbology.CODE_128, Symbology.DATA_MATRIX):
        with pytest.raises(UnprintableCodeError, match="cannot be printed"):
            encode(text, symbology)


def test_two_codes_never_share_their_bars() -> None:
    assert encode("SKU-1").bars != encode("SKU-1 ").bars != encode("SKU-10").bars


def test_a_code_too_long_for_the_symbology_is_refused() -> None:
    with pytest.raises(UnprintableCodeError, match="too long"):
        encode("A" * 120)


def test_a_code_too_long_for_its_room_becomes_a_data_matrix() -> None:
    box = Box(0, 0, 189, 40)

    assert symbol_that_fits("SKU-1", box).symbology is Symbology.CODE_128
    assert symbol_that_fits("0a5f9b1c2d3e4f5061728394a5b6c7d8", box).symbology is Symbology.DATA_MATRIX
    assert scan_page(_print("0a5f9b1c2d3e4f5061728394a5b6c7d8", box=box)) == [
        ("]d1", "0a5f9b1c2d3e4f5061728394a5b6c7d8")
    ]


def test_a_room_too_small_for_any_symbol_is_refused() -> None:
    with pytest.raises(UnprintableCodeError, match="too long for a barcode in 20 by 10 points"):
        symbol_that_fits("SKU-1000", Box(0, 0, 20, 10))
    with pytest.raises(UnprintableCodeError, match="does not fit"):
        _print("SKU-1000", Symbology.CODE_128, Box(0, 0, 50, 40))


def test_gs1_data_reads_back_with_its_application_identifiers() -> None:
    matrix = "(01)04006381333931(17)280131(10)L2026-11A"

    assert scan_page(_print(matrix, Symbology.GS1_DATA_MATRIX)) == [("]d2", matrix)]
    assert scan_page(_print("(420)62704(94)00100000000000000008", Symbology.GS1_128)) == [
        ("]C1", "(420)62704(94)00100000000000000008")
    ]


def test_modules_begin_and_end_on_the_dots_of_the_printer() -> None:
    row = page_pixels(_print("SKU-1", Symbology.CODE_128, Box(3, 3, 281, 90)))[140]

    assert all(value <= 1 or value >= 254 for value in row.tolist())


def test_the_bars_keep_their_quiet_zone() -> None:
    box = Box(0, 0, 288, 60)
    row = page_pixels(_print("SKU-1", Symbology.CODE_128, box))[200]
    dark = [place for place, value in enumerate(row.tolist()) if value == 0]

    assert dark[0] >= 10 * 3
    assert dark[-1] < box.width / DOT - 10 * 3
