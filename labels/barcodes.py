"""Barcodes as vectors: zxing-cpp makes the modules, ReportLab draws them as one path.

A module is a whole number of dots of a 203 dpi label printer and starts on a dot, so that a thermal printer
need not round; the smallest is two dots (0.25 mm, 9.9 mil), which hand-held scanners and phones read.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import groupby

import numpy as np
import zxingcpp
from reportlab.pdfgen.canvas import Canvas

from labels.errors import UnprintableCodeError
from labels.geometry import Align, Box, place_along

DOT = 72 / 203
"""Points in one dot of a 203 dpi printer."""

SMALLEST_MODULE_DOTS = 2
QUIET_MODULES = 10
"""White modules that a linear symbol needs at either side (ISO/IEC 15417); two-dimensional ones need one."""

MATRIX_QUIET_MODULES = 1


class Symbology(StrEnum):
    """The symbologies that our papers use."""

    CODE_128 = "code-128"
    GS1_128 = "gs1-128"
    DATA_MATRIX = "data-matrix"
    GS1_DATA_MATRIX = "gs1-data-matrix"

    @property
    def is_matrix(self) -> bool:
        """Whether the symbol is two-dimensional."""
        return self in {Symbology.DATA_MATRIX, Symbology.GS1_DATA_MATRIX}


_FORMATS = {
    Symbology.CODE_128: zxingcpp.BarcodeFormat.Code128,
    Symbology.GS1_128: zxingcpp.BarcodeFormat.Code128,
    Symbology.DATA_MATRIX: zxingcpp.BarcodeFormat.DataMatrix,
    Symbology.GS1_DATA_MATRIX: zxingcpp.BarcodeFormat.DataMatrix,
}
_GS1 = frozenset({Symbology.GS1_128, Symbology.GS1_DATA_MATRIX})


@dataclass(frozen=True, slots=True)
class Symbol:
    """A barcode in modules: `bars` are (column, row from the top, length) of each dark run."""

    symbology: Symbology
    columns: int
    rows: int
    bars: tuple[tuple[int, int, int], ...]

    @property
    def quiet_modules(self) -> int:
        """White modules that belong to the symbol at its left and right."""
        return MATRIX_QUIET_MODULES if self.symbology.is_matrix else QUIET_MODULES


@lru_cache(maxsize=4096)
def encode(text: str, symbology: Symbology = Symbology.CODE_128) -> Symbol:
    """Return the modules for `text`; for GS1 symbologies it is written with brackets, as in `(01)…(10)…`.

    Raises:
        UnprintableCodeError: `text` is not printable ASCII, or the symbology refuses it.
    """
    if not text or not all(" " <= character <= "~" for character in text):
        # Code 128 could carry control characters and Latin-1, but a wedge scanner does not type them.
        raise UnprintableCodeError(f"{text!r} cannot be printed as a {symbology} barcode: only ASCII can.")
    try:
        # Rectangles would take less room, but their extended sizes (ISO/IEC 21471) are not read everywhere.
        options = {"force_square": True} if symbology.is_matrix else {}
        barcode = zxingcpp.create_barcode(text, _FORMATS[symbology], gs1=symbology in _GS1, **options)
    except ValueError as refusal:
        raise UnprintableCodeError(
            f"{text!r} cannot be printed as a {symbology} barcode: {refusal}."
        ) from refusal
    pixels = np.array(zxingcpp.write_barcode_to_image(barcode, scale=1, add_quiet_zones=False))
    rows = pixels if symbology.is_matrix else pixels[:1]
    return Symbol(symbology, rows.shape[1], rows.shape[0], _dark_runs(rows.tolist()))


def draw_symbol(
    canvas: Canvas, symbol: Symbol, box: Box, *, largest_module_dots: int = 3, align: Align = "center"
) -> float:
    """Draw `symbol` inside `box`, quiet zones included, and return the width it takes in points.

    A linear symbol fills the height; a two-dimensional one keeps its square modules. The bars stand left,
    center or right in the box.

    Raises:
        UnprintableCodeError: the box is too small for modules of two dots.
    """
    dots = _module_dots(symbol, box, largest=largest_module_dots)
    if dots < SMALLEST_MODULE_DOTS:
        raise UnprintableCodeError(
            f"A {symbol.symbology} barcode of {symbol.columns} modules does not fit {box.width:.0f} points."
        )
    module = dots * DOT
    taken = (symbol.columns + 2 * symbol.quiet_modules) * module
    bar_height = module if symbol.symbology.is_matrix else box.height
    left = _on_a_dot(place_along(box, taken, align) + symbol.quiet_modules * module)
    bottom = _on_a_dot(box.bottom + (box.height - symbol.rows * bar_height) / 2)
    # One path for all bars: separate fills leave hairlines between touching modules in a raster.
    path = canvas.beginPath()
    for column, row, length in symbol.bars:
        upward = (symbol.rows - 1 - row) * bar_height
        path.rect(left + column * module, bottom + upward, length * module, bar_height)
    canvas.setFillGray(0)
    canvas.drawPath(path, stroke=0, fill=1)
    return taken


def symbol_that_fits(text: str, box: Box) -> Symbol:
    """Return a Code 128 for `text` when `box` has room for it, else a Data Matrix, which carries the same.

    Raises:
        UnprintableCodeError: neither fits, or the text cannot be carried.
    """
    for symbology in (Symbology.CODE_128, Symbology.DATA_MATRIX):
        symbol = encode(text, symbology)
        if _module_dots(symbol, box, largest=SMALLEST_MODULE_DOTS) == SMALLEST_MODULE_DOTS:
            return symbol
    raise UnprintableCodeError(
        f"{text!r} is too long for a barcode in {box.width:.0f} by {box.height:.0f} points."
    )


def draw_code(
    canvas: Canvas, text: str, box: Box, *, largest_module_dots: int = 3, align: Align = "center"
) -> float:
    """Draw `text` as the barcode that `symbol_that_fits` chooses and return the width it takes in points.

    A two-dimensional symbol, being small, gets modules of twice the size where there is room.
    """
    symbol = symbol_that_fits(text, box)
    largest = largest_module_dots * (2 if symbol.symbology.is_matrix else 1)
    return draw_symbol(canvas, symbol, box, largest_module_dots=largest, align=align)


def _module_dots(symbol: Symbol, box: Box, *, largest: int) -> int:
    quiet = 2 * symbol.quiet_modules
    dots = box.width / ((symbol.columns + quiet) * DOT)
    if symbol.symbology.is_matrix:
        dots = min(dots, box.height / ((symbol.rows + quiet) * DOT))
    # A hair of tolerance: a box of exactly n dots must not lose one to floating point.
    return min(largest, int(dots + 1e-6))


def _on_a_dot(points: float) -> float:
    return round(points / DOT) * DOT


def _dark_runs(rows: list[list[int]]) -> tuple[tuple[int, int, int], ...]:
    runs: list[tuple[int, int, int]] = []
    for row, pixels in enumerate(rows):
        column = 0
        for value, run in groupby(pixels):
            length = sum(1 for _ in run)
            if value == 0:
                runs.append((column, row, length))
            column += length
    return tuple(runs)
