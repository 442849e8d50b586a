"""Fonts that cover Latin, Greek, Cyrillic, Chinese, Japanese and Korean, chosen glyph by glyph.

The files come from npm's `@expo-google-fonts` packages; the install places them in `labels/fonts/`.
A character that no font has is drawn as `SUBSTITUTE`, because ReportLab's own answer is silence or a blank.
"""

import threading
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont, TTFontFace

from labels.errors import FontsMissingError

FONTS_FOLDER = Path(__file__).parent / "fonts"

REGULAR = ("NotoSans_400Regular.ttf", "NotoSansSC_400Regular.ttf", "NotoSansKR_400Regular.ttf")
BOLD = ("NotoSans_700Bold.ttf", "NotoSansSC_400Regular.ttf", "NotoSansKR_400Regular.ttf")
"""Noto Sans SC alone holds 20,976 unified ideographs and the kana, KR adds the Hangul syllables; both have
TrueType outlines, which is all that ReportLab reads. Ideographs in bold text are drawn in the regular weight:
bold faces would cost another 16 MB on every installation."""

FONT_FILES = tuple(dict.fromkeys((*REGULAR, *BOLD)))
SUBSTITUTE = "\N{REPLACEMENT CHARACTER}"

_loading = threading.Lock()


@dataclass(frozen=True, slots=True)
class Glyph:
    """What is drawn for one character: in which font, which character, how wide in 1/1000 of the size."""

    font: str
    character: str
    width: float
    is_substitute: bool


@dataclass(frozen=True, slots=True)
class Typeface:
    """An ordered family of fonts; the first that has a character draws it."""

    files: tuple[str, ...]
    _glyphs: dict[str, Glyph] = field(default_factory=dict, repr=False, compare=False)

    def glyph(self, character: str) -> Glyph:
        """Return the glyph for `character`, or the visible substitute when no font of the family has it."""
        found = self._glyphs.get(character)
        if found is None:
            found = self._glyphs[character] = self._find(character)
        return found

    def width(self, text: str) -> float:
        """Return the width of `text` at size 1."""
        return sum(self.glyph(character).width for character in text) / 1000

    def runs(self, text: str) -> list[tuple[str, str]]:
        """Split `text` into (font name, characters to draw) so that each run is drawn by one font."""
        glyphs = map(self.glyph, text)
        return [
            (font, "".join(glyph.character for glyph in run))
            for font, run in groupby(glyphs, key=lambda glyph: glyph.font)
        ]

    def _find(self, character: str) -> Glyph:
        for file in self.files:
            face = _load_face(file)
            if ord(character) in face.charToGlyph:
                return Glyph(
                    _font_name(file), character, face.charWidths[ord(character)], is_substitute=False
                )
        face = _load_face(self.files[0])
        return Glyph(
            _font_name(self.files[0]), SUBSTITUTE, face.charWidths[ord(SUBSTITUTE)], is_substitute=True
        )


REGULAR_FACE = Typeface(REGULAR)
BOLD_FACE = Typeface(BOLD)


def missing_characters(text: str) -> str:
    """Return each character of `text` that would be printed as the substitute, once, in order."""
    return "".join(
        dict.fromkeys(character for character in text if REGULAR_FACE.glyph(character).is_substitute)
    )


def find_font(file: str, folder: Path = FONTS_FOLDER) -> Path:
    """Return the path of a font file that the install has placed in `folder`.

    Raises:
        FontsMissingError: it is not there; the sentence names the command that places it.
    """
    path = folder / file
    if not path.is_file():
        raise FontsMissingError(
            f"The label font {file} is missing from {folder}; run “make assets” to place it."
        )
    return path


def require_fonts(folder: Path = FONTS_FOLDER) -> None:
    """Return when every font of `FONT_FILES` is in `folder`, so that a worker may start.

    Raises:
        FontsMissingError: one is not there.
    """
    for file in FONT_FILES:
        find_font(file, folder)


def _font_name(file: str) -> str:
    return file.partition(".")[0]


@cache
def _load_face(file: str) -> TTFontFace:
    path = find_font(file)
    # The big ideograph fonts take a tenth of a second each, so they wait for the first character that needs
    # them; the lock keeps two threads from registering one font as two, of which only one is embedded.
    with _loading:
        name = _font_name(file)
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(path)))
        font = pdfmetrics.getFont(name)
    assert isinstance(font, TTFont)
    return font.face
