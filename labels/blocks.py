"""Blocks that several documents share: headings, paragraphs, numbered steps, addresses side by side."""

from collections.abc import Sequence

from reportlab.pdfgen.canvas import Canvas

from labels.addresses import PostalAddress
from labels.geometry import Box
from labels.pages import Block
from labels.text import Style, baseline, draw_line, draw_lines, wrap

HEADING = Style(11, is_bold=True)
ADDRESS_LABEL = Style(7.5, is_bold=True, gray=0.4)
ADDRESS_NAME = Style(11, is_bold=True)
ADDRESS_LINE = Style(10)
STEP_NUMBER = Style(10, is_bold=True)
STEP = Style(10)
STEP_INDENT = 20.0
SPACE = 10.0


def heading_block(text: str) -> Block:
    """Return a heading with room above."""

    def draw(canvas: Canvas, box: Box) -> None:
        draw_lines(canvas, box.below(SPACE), (text,), HEADING)

    return Block(SPACE + HEADING.line_height + 2, draw)


def paragraph_block(text: str, style: Style, *, width: float, max_lines: int) -> Block:
    """Return `text` on at most `max_lines` lines with room above."""
    lines = wrap(text, width=width, style=style, max_lines=max_lines)

    def draw(canvas: Canvas, box: Box) -> None:
        draw_lines(canvas, box.below(SPACE), lines, style)

    return Block(SPACE + len(lines) * style.line_height, draw)


def step_block(number: int, text: str, *, width: float) -> Block:
    """Return one numbered step of an instruction."""
    lines = wrap(text, width=width - STEP_INDENT, style=STEP, max_lines=6)

    def draw(canvas: Canvas, box: Box) -> None:
        draw_line(canvas, box.from_left(STEP_INDENT), baseline(box.top, STEP), f"{number}.", STEP_NUMBER)
        draw_lines(canvas, box.right_of(STEP_INDENT), lines, STEP)

    return Block(len(lines) * STEP.line_height + 3, draw)


def two_addresses_block(left: tuple[str, PostalAddress], right: tuple[str, PostalAddress]) -> Block:
    """Return two labelled addresses side by side."""
    line_count = max(len(left[1].lines()), len(right[1].lines()))
    height = (
        ADDRESS_LABEL.line_height + ADDRESS_NAME.line_height + (line_count - 1) * ADDRESS_LINE.line_height
    )

    def draw(canvas: Canvas, box: Box) -> None:
        below = box.below(SPACE)
        half = below.width / 2
        draw_address(canvas, below.from_left(half - SPACE), *left)
        draw_address(canvas, below.right_of(half), *right)

    return Block(height + 2 * SPACE, draw)


def draw_address(canvas: Canvas, box: Box, label: str, address: PostalAddress) -> None:
    """Draw a labelled address from the top of `box`, its first line bold."""
    lines: Sequence[str] = address.lines()
    rest = draw_lines(canvas, box, (label,), ADDRESS_LABEL)
    rest = draw_lines(canvas, rest, lines[:1], ADDRESS_NAME)
    draw_lines(canvas, rest, lines[1:], ADDRESS_LINE)
