"""Stickers for bins, articles and badges, on sheets for a laser printer or a roll for a thermal one."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Literal, TypeVar

from reportlab.pdfgen.canvas import Canvas

from labels.barcodes import Symbology, draw_code, draw_symbol, encode
from labels.errors import LabelError, UnprintableCodeError
from labels.geometry import SHEET_3X10, Box, StickerStock
from labels.pdf import make_pdf
from labels.text import Style, draw_line, draw_lines, fitting_size, wrap
from labels.words import Gettext, as_written, expiry_and_lot

MOST_STICKERS = 5_000
"""On one order to print; more is a mistake, and would hold a worker for a minute."""

_GS1_TEXT = re.compile(r"[!\"%-?A-Z_a-z]{1,20}")
"""What GS1 allows in a lot number (General Specifications, table 7.11-1)."""

_GTIN = re.compile(r"\d{8}|\d{12,14}", re.ASCII)
_SMALL = Style(6.5, gray=0.25)
_NAME = Style(7)
_ROLE = Style(8)
_MATRIX_SIDE = 36.0
_MARGIN = 6.0
_ARROW_WIDTH = 17.0
_BAR_DOTS = 3
"""Dots of the widest module on a small sticker; a large one has them as much wider as it is."""


@dataclass(frozen=True, slots=True)
class BinSticker:
    """One bin; `arrow` points at the shelf the sticker speaks of when it hangs above or below it."""

    bin_code: str
    warehouse: str = ""
    zone: str = ""
    arrow: Literal["", "up", "down"] = ""


@dataclass(frozen=True, slots=True)
class SkuSticker:
    """One unit or case of an article; with `gtin` and `lot` or expiry it carries a GS1 Data Matrix too."""

    sku: str
    name: str
    gtin: str = ""
    lot: str = ""
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class BadgeSticker:
    """The badge of one person; `badge_code` is printed as bars only, so that nobody learns it by reading."""

    name: str
    role: str
    badge_code: str
    company: str = ""


StickerT = TypeVar("StickerT")
Drawing = Callable[[Canvas, Box, StickerT], None]


def render_bin_stickers(
    stickers: Sequence[BinSticker], *, stock: StickerStock = SHEET_3X10, used_places: int = 0
) -> bytes:
    """Return the PDF of one sticker for each bin; `used_places` stickers of the first sheet are left out.

    Raises:
        UnprintableCodeError: a bin code cannot be a barcode of this size.
        LabelError: there is nothing to print, too much, or `used_places` is not on the sheet.
    """
    return _render(stickers, _draw_bin, stock=stock, used_places=used_places, title="Bin stickers")


def render_sku_stickers(
    stickers: Sequence[SkuSticker],
    *,
    stock: StickerStock = SHEET_3X10,
    used_places: int = 0,
    gettext: Gettext = as_written,
) -> bytes:
    """Return the PDF of one sticker for each article given; an article given twice is printed twice.

    Raises:
        UnprintableCodeError: an SKU cannot be a barcode of this size, or a GTIN is not one.
        LabelError: there is nothing to print, too much, or `used_places` is not on the sheet.
    """
    draw = partial(_draw_sku, gettext=gettext)
    return _render(stickers, draw, stock=stock, used_places=used_places, title="SKU stickers")


def render_badge_stickers(
    stickers: Sequence[BadgeSticker], *, stock: StickerStock = SHEET_3X10, used_places: int = 0
) -> bytes:
    """Return the PDF of one sticker for each badge.

    Raises:
        UnprintableCodeError: a badge code cannot be a barcode of this size.
        LabelError: there is nothing to print, too much, or `used_places` is not on the sheet.
    """
    return _render(stickers, _draw_badge, stock=stock, used_places=used_places, title="Badges")


def _render(
    stickers: Sequence[StickerT],
    draw: Drawing[StickerT],
    *,
    stock: StickerStock,
    used_places: int,
    title: str,
) -> bytes:
    if not 1 <= len(stickers) <= MOST_STICKERS:
        raise LabelError(
            f"{len(stickers)} stickers were asked for; print between 1 and {MOST_STICKERS} at once."
        )
    if not 0 <= used_places < stock.per_page:
        raise LabelError(f"{used_places} used places: a page of {stock.name} has {stock.per_page}.")
    places: list[StickerT | None] = [None] * used_places + list(stickers)
    pages = [places[start : start + stock.per_page] for start in range(0, len(places), stock.per_page)]
    drawings = [partial(_draw_page, draw=draw, stock=stock, page=page) for page in pages]
    return make_pdf(drawings, width=stock.page_width, height=stock.page_height, title=title)


def _draw_page(
    canvas: Canvas, *, draw: Drawing[StickerT], stock: StickerStock, page: Sequence[StickerT | None]
) -> None:
    for place, sticker in enumerate(page):
        if sticker is not None:
            _draw_lengthwise(canvas, stock.cell(place), draw, sticker)


def _draw_lengthwise(canvas: Canvas, cell: Box, draw: Drawing[StickerT], sticker: StickerT) -> None:
    if cell.width >= cell.height:
        draw(canvas, cell, sticker)
        return
    # A bin code is wide and low: on a tall sticker everything lies on its side and is half as large again.
    canvas.saveState()
    canvas.translate(cell.right, cell.bottom)
    canvas.rotate(90)
    draw(canvas, Box(0, 0, cell.height, cell.width), sticker)
    canvas.restoreState()


def _scale(cell: Box) -> float:
    return cell.width / SHEET_3X10.cell_width


def _sized(style: Style, cell: Box) -> Style:
    return Style(style.size * _scale(cell), is_bold=style.is_bold, gray=style.gray)


def _draw_bars(canvas: Canvas, code: str, cell: Box, *, bottom: float, top: float) -> None:
    # The bars may use the cell's whole width, because their quiet zones are margin enough.
    bars = Box(cell.left, bottom, cell.width, top - bottom)
    draw_code(canvas, code, bars, largest_module_dots=round(_BAR_DOTS * _scale(cell)))


def _draw_bin(canvas: Canvas, cell: Box, sticker: BinSticker) -> None:
    scale = _scale(cell)
    inner = cell.inset(_MARGIN * scale, 4 * scale)
    arrow_width = _ARROW_WIDTH * scale if sticker.arrow else 0.0
    code = inner.from_left(inner.width - arrow_width)
    size = fitting_size(
        sticker.bin_code, width=code.width, largest=34 * scale, smallest=4 * scale, is_bold=True
    )
    draw_line(canvas, code, inner.top - size * 0.78, sticker.bin_code, Style(size, is_bold=True))
    if sticker.arrow:
        head = inner.right_of(inner.width - arrow_width + 2 * scale).from_top(21 * scale)
        _draw_arrow(canvas, head.below(2 * scale), is_up=sticker.arrow == "up")
    words = _sized(_SMALL, cell)
    foot = " · ".join(filter(None, (sticker.warehouse, sticker.zone)))
    draw_line(canvas, inner, inner.bottom, foot, words)
    bottom = inner.bottom + (words.size if foot else 0.0)
    _draw_bars(canvas, sticker.bin_code, cell, bottom=bottom, top=inner.top - size * 0.78 - 5 * scale)


def _draw_arrow(canvas: Canvas, box: Box, *, is_up: bool) -> None:
    tip, foot = (box.top, box.bottom) if is_up else (box.bottom, box.top)
    path = canvas.beginPath()
    path.moveTo(box.left, foot)
    path.lineTo(box.right, foot)
    path.lineTo(box.left + box.width / 2, tip)
    path.close()
    canvas.setFillGray(0)
    canvas.drawPath(path, stroke=0, fill=1)


def _draw_sku(canvas: Canvas, cell: Box, sticker: SkuSticker, *, gettext: Gettext) -> None:
    scale = _scale(cell)
    inner = cell.inset(_MARGIN * scale, 4 * scale)
    element_string = gs1_element_string(sticker)
    matrix_side = _MATRIX_SIDE * scale if element_string else 0.0
    words = inner.from_left(inner.width - matrix_side)
    size = fitting_size(sticker.sku, width=words.width, largest=13 * scale, smallest=4 * scale, is_bold=True)
    rest = draw_lines(canvas, words, (sticker.sku,), Style(size, is_bold=True))
    name = _sized(_NAME, cell)
    rest = draw_lines(canvas, rest, wrap(sticker.name, width=words.width, style=name, max_lines=2), name)
    if sticker.lot or sticker.expires_on:
        lot = expiry_and_lot(sticker.expires_on, sticker.lot, gettext)
        size = fitting_size(lot, width=words.width, largest=7 * scale, smallest=4 * scale, is_bold=True)
        rest = draw_lines(canvas, rest, (lot,), Style(size, is_bold=True))
    if element_string:
        square = inner.right_of(words.width).from_top(matrix_side)
        symbol = encode(element_string, Symbology.GS1_DATA_MATRIX)
        draw_symbol(canvas, symbol, square, largest_module_dots=round(4 * scale), align="right")
    top = min(rest.top, inner.top - matrix_side) - 2 * scale
    _draw_bars(canvas, sticker.sku, cell, bottom=inner.bottom, top=top)


def gs1_element_string(sticker: SkuSticker) -> str:
    """Return `(01)…(17)…(10)…` for the sticker's GTIN, expiry and lot, or "" when there is no such pair.

    A lot number that GS1 does not allow is left out; it still stands on the sticker in words.

    Raises:
        UnprintableCodeError: the GTIN is not 8, 12, 13 or 14 digits.
    """
    can_carry_lot = _GS1_TEXT.fullmatch(sticker.lot) is not None
    if not sticker.gtin or not (can_carry_lot or sticker.expires_on):
        return ""
    expiry = f"(17){sticker.expires_on:%y%m%d}" if sticker.expires_on else ""
    if _GTIN.fullmatch(sticker.gtin) is None:
        # The symbol itself would carry any fourteen characters.
        raise UnprintableCodeError(
            f"{sticker.gtin!r} of SKU {sticker.sku} is no GTIN: 8, 12, 13 or 14 digits."
        )
    # The lot has no fixed length, so it stands last and needs no separator.
    return f"(01){sticker.gtin.zfill(14)}{expiry}" + (f"(10){sticker.lot}" if can_carry_lot else "")


def _draw_badge(canvas: Canvas, cell: Box, sticker: BadgeSticker) -> None:
    scale = _scale(cell)
    inner = cell.inset(_MARGIN * scale, 4 * scale)
    size = fitting_size(sticker.name, width=inner.width, largest=14 * scale, smallest=8 * scale, is_bold=True)
    rest = draw_lines(canvas, inner, (sticker.name,), Style(size, is_bold=True))
    line = " · ".join(filter(None, (sticker.role, sticker.company)))
    rest = draw_lines(canvas, rest, (line,), _sized(_ROLE, cell))
    _draw_bars(canvas, sticker.badge_code, cell, bottom=inner.bottom, top=rest.top - 4 * scale)
