"""Where things stand on paper: boxes in points from the lower left corner, and the sizes of our papers."""

from dataclasses import dataclass
from enum import Enum
from typing import Literal

INCH = 72.0
MM = INCH / 25.4
Align = Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the page, in points."""

    left: float
    bottom: float
    width: float
    height: float

    @property
    def top(self) -> float:
        """The upper edge."""
        return self.bottom + self.height

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + self.width

    def inset(self, across: float, along: float | None = None) -> "Box":
        """Return the box smaller by `across` at either side and by `along` (or the same) above and below."""
        upright = across if along is None else along
        return Box(
            self.left + across, self.bottom + upright, self.width - 2 * across, self.height - 2 * upright
        )

    def from_top(self, height: float) -> "Box":
        """Return the upper `height` points."""
        return Box(self.left, self.top - height, self.width, height)

    def below(self, height: float) -> "Box":
        """Return what is left under the upper `height` points."""
        return Box(self.left, self.bottom, self.width, self.height - height)

    def from_left(self, width: float) -> "Box":
        """Return the left `width` points."""
        return Box(self.left, self.bottom, width, self.height)

    def right_of(self, width: float) -> "Box":
        """Return what is left beside the left `width` points."""
        return Box(self.left + width, self.bottom, self.width - width, self.height)


def place_along(box: Box, width: float, align: Align) -> float:
    """Return where something `width` points wide begins when it stands left, center or right in `box`."""
    slack = box.width - width
    return box.left + {"left": 0.0, "center": slack / 2, "right": slack}[align]


class Paper(Enum):
    """Sheets for documents: name and (width, height) in points."""

    LETTER = (8.5 * INCH, 11 * INCH)
    A4 = (210 * MM, 297 * MM)

    @property
    def page(self) -> Box:
        """The whole page."""
        return Box(0, 0, *self.value)


@dataclass(frozen=True, slots=True)
class StickerStock:
    """A sheet or roll of stickers: the page, the grid on it and the size of one cell, in points."""

    name: str
    page_width: float
    page_height: float
    columns: int
    rows: int
    cell_width: float
    cell_height: float
    left_margin: float
    top_margin: float
    column_gap: float
    row_gap: float = 0.0

    @property
    def per_page(self) -> int:
        """Stickers on one page."""
        return self.columns * self.rows

    def cell(self, place: int) -> Box:
        """Return the box of sticker number `place` of a page, counted from 0 along the rows."""
        row, column = divmod(place, self.columns)
        top = self.page_height - self.top_margin - row * (self.cell_height + self.row_gap)
        left = self.left_margin + column * (self.cell_width + self.column_gap)
        return Box(left, top - self.cell_height, self.cell_width, self.cell_height)


SHEET_3X10 = StickerStock(
    name="3 x 10 on Letter (Avery 5160)",
    page_width=8.5 * INCH,
    page_height=11 * INCH,
    columns=3,
    rows=10,
    cell_width=2.625 * INCH,
    cell_height=1 * INCH,
    left_margin=0.1875 * INCH,
    top_margin=0.5 * INCH,
    column_gap=0.125 * INCH,
)
THERMAL_4X6 = StickerStock(
    name="4 x 6 inch thermal",
    page_width=4 * INCH,
    page_height=6 * INCH,
    columns=1,
    rows=1,
    cell_width=4 * INCH,
    cell_height=6 * INCH,
    left_margin=0.0,
    top_margin=0.0,
    column_gap=0.0,
)
STICKER_STOCKS = (SHEET_3X10, THERMAL_4X6)
