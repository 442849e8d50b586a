"""Text on paper: cleaned, measured, wrapped, cut with an ellipsis, never interpreted as markup.

Names and notes come from strangers. They are drawn character by character and never pass a parser, so
`<img src="/etc/passwd">` is printed as those very characters (ReportLab's `Paragraph` would embed the file).
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from reportlab.pdfgen.canvas import Canvas

from labels.geometry import Align, Box, place_along
from labels.typefaces import BOLD_FACE, REGULAR_FACE, Typeface

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
LINE_HEIGHT = 1.28
"""Of the size: descenders and the tall ideographs of the line below then keep clear of each other."""

LONGEST_TEXT = 2_000
"""Characters looked at; no paper has room for more, and a longer one would only cost time."""

_INVISIBLE = frozenset({"Cc", "Cf"})
_VARIATION_SELECTORS = frozenset(map(chr, range(0xFE00, 0xFE10)))


@dataclass(frozen=True, slots=True)
class Style:
    """Size in points, weight and gray (0 is black, 1 is white)."""

    size: float
    is_bold: bool = False
    gray: float = 0.0

    @property
    def face(self) -> Typeface:
        """The family of fonts of this weight."""
        return BOLD_FACE if self.is_bold else REGULAR_FACE

    @property
    def line_height(self) -> float:
        """Distance between two baselines, in points."""
        return self.size * LINE_HEIGHT


@lru_cache(maxsize=8192)
def clean(text: str) -> str:
    """Return `text` as one line: composed, blanks collapsed, control and direction characters removed.

    Characters that cannot be drawn but mean something, such as a lone surrogate, stay and become the
    substitute; those without any form of their own, such as a right-to-left override, go.
    """
    composed = unicodedata.normalize("NFC", text[:LONGEST_TEXT])
    spaced = "".join(" " if character.isspace() else character for character in composed)
    return " ".join("".join(character for character in spaced if not _is_invisible(character)).split())


def text_width(text: str, style: Style) -> float:
    """Return the width of the cleaned `text` in points."""
    return style.face.width(text) * style.size


def cut(text: str, *, width: float, style: Style) -> str:
    """Return the cleaned `text`, shortened to end in an ellipsis when it is wider than `width` points."""
    line = clean(text)
    if text_width(line, style) <= width:
        return line
    return _fitting_start(line, width=width - text_width(ELLIPSIS, style), style=style).rstrip() + ELLIPSIS


def wrap(text: str, *, width: float, style: Style, max_lines: int) -> tuple[str, ...]:
    """Break `text` into at most `max_lines` lines of `width` points; what is left over ends in an ellipsis.

    Lines break at blanks and between ideographs; a word wider than a line is broken anywhere. Line ends in
    `text` are blanks.
    """
    rest = clean(text)
    lines: list[str] = []
    while rest:
        if len(lines) == max_lines - 1:
            lines.append(cut(rest, width=width, style=style))
            break
        line = _line_start(rest, width=width, style=style)
        lines.append(line.rstrip())
        rest = rest[len(line) :].lstrip()
    return tuple(lines)


def fitting_size(text: str, *, width: float, largest: float, smallest: float, is_bold: bool) -> float:
    """Return the largest size, between the two given, at which `text` is no wider than `width` points."""
    at_one = text_width(clean(text), Style(1.0, is_bold=is_bold))
    if at_one == 0:
        return largest
    return max(smallest, min(largest, int(width / at_one * 2) / 2))


def shrunk(text: str, style: Style, *, width: float, smallest: float) -> Style:
    """Return `style`, made smaller where `text` would otherwise not fit `width`, but not below `smallest`."""
    size = fitting_size(text, width=width, largest=style.size, smallest=smallest, is_bold=style.is_bold)
    return Style(size, is_bold=style.is_bold, gray=style.gray)


def draw_line(canvas: Canvas, box: Box, y: float, text: str, style: Style, *, align: Align = "left") -> None:
    """Draw `text` on the baseline `y`, cut to the width of `box` and standing left, center or right in it."""
    line = cut(text, width=box.width, style=style)
    at = place_along(box, text_width(line, style), align)
    canvas.setFillGray(style.gray)
    for font, run in style.face.runs(line):
        canvas.setFont(font, style.size)
        canvas.drawString(at, y, run)
        at += text_width(run, style)


def draw_lines(canvas: Canvas, box: Box, lines: Sequence[str], style: Style, *, align: Align = "left") -> Box:
    """Draw `lines` from the top of `box` downward, each cut to its width, and return the box below them."""
    for number, line in enumerate(lines):
        draw_line(
            canvas, box, baseline(box.top, style) - number * style.line_height, line, style, align=align
        )
    return box.below(len(lines) * style.line_height)


def baseline(top: float, style: Style) -> float:
    """Return the baseline of a line of text whose box begins at `top`."""
    return top - style.size * 1.02


def _is_invisible(character: str) -> bool:
    return unicodedata.category(character) in _INVISIBLE or character in _VARIATION_SELECTORS


def _fitting_start(line: str, *, width: float, style: Style) -> str:
    used = 0.0
    for place, character in enumerate(line):
        used += style.face.glyph(character).width * style.size / 1000
        if used > width:
            return line[:place]
    return line


def _line_start(rest: str, *, width: float, style: Style) -> str:
    fitting = _fitting_start(rest, width=width, style=style)
    if fitting == rest or rest[len(fitting)] == " ":
        return fitting
    for place in range(len(fitting) - 1, 0, -1):
        if fitting[place] in " -/" or _is_ideograph(fitting[place]):
            return fitting[: place + 1]
    # Not even one character fits in a column this narrow: take one, or the loop of the caller never ends.
    return fitting or rest[0]


def _is_ideograph(character: str) -> bool:
    return unicodedata.east_asian_width(character) in {"W", "F"}
