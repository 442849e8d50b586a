from pathlib import Path

import pytest

from labels.errors import FontsMissingError
from labels.typefaces import (
    BOLD_FACE,
    FONT_FILES,
    REGULAR_FACE,
    SUBSTITUTE,
    missing_characters,
    require_fonts,
)


def test_each_script_comes_from_the_first_font_that_has_it() -> None:
    assert REGULAR_FACE.runs("Ада 王 김") == [
        ("NotoSans_400Regular", "Ада "),
        ("NotoSansSC_400Regular", "王"),
        ("NotoSans_400Regular", " "),
        ("NotoSansKR_400Regular", "김"),
    ]


def test_bold_latin_is_bold_beside_regular_ideographs() -> None:
    assert BOLD_FACE.runs("A王") == [("NotoSans_700Bold", "A"), ("NotoSansSC_400Regular", "王")]


def test_a_missing_glyph_is_drawn_as_the_substitute() -> None:
    glyph = REGULAR_FACE.glyph("\N{GRINNING FACE}")

    assert glyph.is_substitute
    assert glyph.character == SUBSTITUTE
    assert glyph.width > 0


def test_a_form_can_ask_beforehand_what_would_be_missing() -> None:
    assert missing_characters("Ada 王小明 Ελλάδα") == ""
    assert missing_characters("\N{GRINNING FACE} Ada \N{HEBREW LETTER ALEF}\N{GRINNING FACE}") == (
        "\N{GRINNING FACE}\N{HEBREW LETTER ALEF}"
    )


def test_every_font_is_installed() -> None:
    require_fonts()


def test_missing_fonts_are_named_with_the_command_that_places_them(tmp_path: Path) -> None:
    (tmp_path / FONT_FILES[0]).write_bytes(b"")

    with pytest.raises(
        FontsMissingError, match=rf"{FONT_FILES[1]} is missing from {tmp_path}; run “make assets”"
    ):
        require_fonts(tmp_path)
