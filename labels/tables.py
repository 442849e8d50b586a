"""Rows of a printed table: text, barcodes and boxes to tick, each row as high as its highest cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from reportlab.pdfgen.canvas import Canvas

from labels.barcodes import draw_code
from labels.geometry import Align, Box
from labels.pages import Block
from labels.text import Style, draw_line, draw_lines, shrunk, wrap

HEAD_STYLE = Style(7.5, is_bold=True, gray=0.35)
CODE_TEXT_STYLE = Style(7)
RULE_GRAY = 0.8
CELL_PADDING = 4.0
HEAD_HEIGHT = 16.0
TICK_SIZE = 14.0
SMALLEST_NUMBER = 3.0
SMALLEST_CODE_TEXT = 4.5


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, its width in points and how its text stands."""

    title: str
    width: float
    align: Align = "left"


class Cell(Protocol):
    """Something that fills one column of a row."""

    def height(self, width: float) -> float:
        """Return the points it needs downward when it is `width` points wide."""
        ...

    def draw(self, canvas: Canvas, box: Box, align: Align) -> None:
        """Draw it in `box`."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """One paragraph of a cell, of at most `max_lines` lines."""

    text: str
    style: Style
    max_lines: int = 1


@dataclass(frozen=True, slots=True)
class TextCell:
    """Paragraphs under one another; empty ones take no room."""

    parts: tuple[Part, ...]

    def height(self, width: float) -> float:
        """Return the height of all its lines."""
        return sum(len(_lines(part, width)) * part.style.line_height for part in self.parts)

    def draw(self, canvas: Canvas, box: Box, align: Align) -> None:
        """Draw the paragraphs from the top."""
        for part in self.parts:
            box = draw_lines(canvas, box, _lines(part, box.width), part.style, align=align)


@dataclass(frozen=True, slots=True)
class CodeCell:
    """A barcode with its text beneath; nothing when `code` is empty."""

    code: str
    bar_height: float

    def height(self, width: float) -> float:
        """Return the height of bars and text."""
        return self.bar_height + CODE_TEXT_STYLE.line_height if self.code and width else 0.0

    def draw(self, canvas: Canvas, box: Box, align: Align) -> None:
        """Draw the bars and the text under them."""
        if not self.code:
            return
        draw_code(canvas, self.code, box.from_top(self.bar_height), largest_module_dots=2, align=align)
        style = shrunk(self.code, CODE_TEXT_STYLE, width=box.width, smallest=SMALLEST_CODE_TEXT)
        draw_lines(canvas, box.below(self.bar_height), (self.code,), style, align="center")


@dataclass(frozen=True, slots=True)
class NumberCell:
    """A number on one line; it shrinks to fit, because a number cut short reads as another number."""

    text: str
    style: Style

    def height(self, width: float) -> float:
        """Return the height of a line at the size that fits `width`."""
        return self._fitting_style(width).line_height

    def draw(self, canvas: Canvas, box: Box, align: Align) -> None:
        """Draw the number from the top."""
        draw_lines(canvas, box, (self.text,), self._fitting_style(box.width), align=align)

    def _fitting_style(self, width: float) -> Style:
        return shrunk(self.text, self.style, width=width, smallest=SMALLEST_NUMBER)


@dataclass(frozen=True, slots=True)
class TickCell:
    """An empty square for a pen."""

    def height(self, width: float) -> float:
        """Return the side of the square."""
        return min(TICK_SIZE, width)

    def draw(self, canvas: Canvas, box: Box, align: Align) -> None:
        """Draw the square at the top, on the side where the column's text stands."""
        side = self.height(box.width)
        canvas.setStrokeGray(0)
        canvas.setLineWidth(0.8)
        left = box.left if align == "left" else box.right - side
        canvas.rect(left, box.top - side - 2, side, side)


def text_cell(text: str, style: Style, max_lines: int = 1) -> TextCell:
    """Return a cell with one paragraph."""
    return TextCell((Part(text, style, max_lines),))


def head_block(columns: Sequence[Column]) -> Block:
    """Return the line of column titles above the rows."""

    def draw(canvas: Canvas, box: Box) -> None:
        left = box.left
        for column in columns:
            inner = Box(left, box.bottom, column.width, box.height).inset(CELL_PADDING, 0)
            draw_line(canvas, inner, box.bottom + 5, column.title, HEAD_STYLE, align=column.align)
            left += column.width
        canvas.setStrokeGray(0)
        canvas.setLineWidth(1)
        canvas.line(box.left, box.bottom, box.right, box.bottom)

    return Block(HEAD_HEIGHT, draw)


def row_block(columns: Sequence[Column], cells: Sequence[Cell]) -> Block:
    """Return one row with a thin rule under it; there is one cell for each column."""
    widths = [column.width - 2 * CELL_PADDING for column in columns]
    height = max(cell.height(width) for cell, width in zip(cells, widths, strict=True)) + 2 * CELL_PADDING

    def draw(canvas: Canvas, box: Box) -> None:
        left = box.left
        for column, cell in zip(columns, cells, strict=True):
            cell.draw(
                canvas, Box(left, box.bottom, column.width, box.height).inset(CELL_PADDING), column.align
            )
            left += column.width
        canvas.setStrokeGray(RULE_GRAY)
        canvas.setLineWidth(0.5)
        canvas.line(box.left, box.bottom, box.right, box.bottom)

    return Block(height, draw)


def _lines(part: Part, width: float) -> tuple[str, ...]:
    return wrap(part.text, width=width, style=part.style, max_lines=part.max_lines)
