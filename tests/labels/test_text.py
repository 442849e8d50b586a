import pytest
from hypothesis import given
from hypothesis import strategies as st

from labels.text import ELLIPSIS, Style, clean, cut, fitting_size, text_width, wrap
from labels.typefaces import SUBSTITUTE
from tests.labels.reading import count_images, page_characters, page_sizes, page_text
from tests.labels.samples import PAPERS

STYLE = Style(10)
SHEET_COLUMNS = ((13.5, 202.5), (211.5, 400.5), (409.5, 598.5))
SHEETS = {"bin stickers", "SKU stickers", "badges"}
every_paper = pytest.mark.parametrize("paper", list(PAPERS))


@every_paper
@pytest.mark.parametrize(
    "text", ['<img src="/etc/passwd">', "A<b>unclosed", "&amp; <para>", "%(qty)s {0} %s"]
)
def test_markup_is_printed_as_it_was_typed(paper: str, text: str) -> None:
    pdf = PAPERS[paper](text)

    assert text in page_text(pdf)
    assert count_images(pdf) == 0


@every_paper
@pytest.mark.parametrize("text", ["王小明", "Ελλάδα", "Москва", "김철수", "ひらがな", "Łódź Việt Nam"])
def test_every_script_promised_is_printed(paper: str, text: str) -> None:
    printed = page_text(PAPERS[paper](text))

    assert text in printed
    assert SUBSTITUTE not in printed


@every_paper
def test_a_character_without_a_glyph_is_seen_to_be_missing(paper: str) -> None:
    printed = page_text(PAPERS[paper]("Gift \N{WRAPPED PRESENT} set"))

    assert f"Gift {SUBSTITUTE} set" in printed


@every_paper
@pytest.mark.parametrize("text", ["W" * 500, "word " * 100, "王" * 500, "\n\n" * 250 + "A", "", " "])
def test_long_and_empty_text_stays_on_its_paper(paper: str, text: str) -> None:
    pdf = PAPERS[paper](text)
    width, height = page_sizes(pdf)[0]

    for printed in page_characters(pdf):
        assert printed.left >= 0
        assert printed.right <= width
        assert printed.bottom >= 0
        assert printed.top <= height
        if paper in SHEETS:
            assert any(left <= printed.left and printed.right <= right for left, right in SHEET_COLUMNS)


def test_direction_overrides_and_control_characters_are_removed() -> None:
    hidden = (
        "\N{RIGHT-TO-LEFT OVERRIDE}exe\N{POP DIRECTIONAL FORMATTING}.\x00\x1b[31m\N{ZERO WIDTH SPACE}txt\x7f"
    )

    assert clean(hidden) == "exe.[31mtxt"


def test_line_ends_and_runs_of_blanks_become_one_blank() -> None:
    assert clean("  Ada\r\n\tPark \N{NO-BREAK SPACE} II ") == "Ada Park II"


def test_letters_written_with_combining_marks_are_composed() -> None:
    assert clean("Jose\N{COMBINING ACUTE ACCENT}") == "José"


def test_text_that_fits_is_left_alone() -> None:
    assert cut("Ada Park", width=100, style=STYLE) == "Ada Park"


def test_text_that_does_not_fit_ends_in_an_ellipsis_within_the_width() -> None:
    line = cut("Ada Lovelace Park of Springfield", width=80, style=STYLE)

    assert line == "Ada Lovelace P" + ELLIPSIS
    assert text_width(line, STYLE) <= 80


def test_lines_break_at_blanks_and_long_words_anywhere() -> None:
    assert wrap("one two three", width=40, style=STYLE, max_lines=9) == ("one two", "three")
    assert wrap("A" * 12, width=40, style=STYLE, max_lines=9) == ("A" * 6, "A" * 6)


def test_ideographs_break_without_blanks() -> None:
    assert wrap("王小明王小明", width=40, style=STYLE, max_lines=9) == ("王小明王", "小明")


def test_what_does_not_fit_the_last_line_is_marked() -> None:
    assert wrap("one two three four", width=40, style=STYLE, max_lines=2) == ("one two", "three f" + ELLIPSIS)


@given(st.text(max_size=200), st.floats(12, 300), st.integers(1, 6))
def test_no_line_is_wider_than_its_column(text: str, width: float, max_lines: int) -> None:
    lines = wrap(text, width=width, style=STYLE, max_lines=max_lines)

    assert len(lines) <= max_lines
    assert all(text_width(line, STYLE) <= width + 0.001 for line in lines)


@given(st.text(max_size=200))
def test_wrapping_loses_nothing_when_there_is_room(text: str) -> None:
    lines = wrap(text, width=90, style=STYLE, max_lines=1000)

    assert "".join(lines).replace(" ", "") == clean(text).replace(" ", "")


def test_the_size_that_fits_lies_between_its_limits() -> None:
    assert fitting_size("A-01", width=500, largest=22, smallest=9, is_bold=True) == 22
    assert fitting_size("A" * 90, width=100, largest=22, smallest=9, is_bold=True) == 9
    size = fitting_size("A-01-02-03", width=100, largest=40, smallest=9, is_bold=True)
    assert text_width("A-01-02-03", Style(size, is_bold=True)) <= 100
    assert text_width("A-01-02-03", Style(size + 0.5, is_bold=True)) > 100
