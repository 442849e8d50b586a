"""A label in dots: PNG for previews and for carriers that ask for it, ZPL for thermal printers.

Both are written from one raster of the PDF, so that the three forms of a label cannot differ.
"""

import struct
import zlib

import numpy as np

from labels.errors import LabelError
from labels.pdfium import Dots, rasterize

PRINTER_DPI = 203
INCH_IN_METERS = 0.0254

_REPEAT_ONES = "GHIJKLMNOPQRSTUVWXY"
_REPEAT_TWENTIES = "ghijklmnopqrstuvwxyz"
_LONGEST_REPEAT = 419
"""What one pair of repeat letters can say: 400 (z) and 19 (Y); see the ZPL II Programming Guide, ^GF."""


def render_png(pdf: bytes, *, page: int = 0, dpi: int = PRINTER_DPI) -> bytes:
    """Return page number `page`, counted from 0, as a black and white PNG that knows its size in inches.

    Raises:
        LabelError: `pdf` cannot be read or has no such page.
    """
    pages = rasterize(pdf, dpi=dpi)
    if not 0 <= page < len(pages):
        raise LabelError(f"The PDF has {len(pages)} pages; there is no page {page + 1}.")
    return _png(pages[page], dpi)


def render_zpl(pdf: bytes, *, dpi: int = PRINTER_DPI) -> str:
    """Return the pages as ZPL II, one `^XA … ^XZ` each with the whole page as a compressed ^GFA graphic.

    Raises:
        LabelError: `pdf` cannot be read.
    """
    return "\n".join(_zpl(dots) for dots in rasterize(pdf, dpi=dpi)) + "\n"


def _png(dots: Dots, dpi: int) -> bytes:
    height, width = dots.shape
    # In a gray PNG of one bit per dot, 1 is white; each row begins with its filter, 0 for none.
    rows = np.packbits(~dots, axis=1)
    filtered = np.hstack([np.zeros((height, 1), dtype=np.uint8), rows]).tobytes()
    per_meter = round(dpi / INCH_IN_METERS)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)),
            _png_chunk(b"pHYs", struct.pack(">IIB", per_meter, per_meter, 1)),
            _png_chunk(b"IDAT", zlib.compress(filtered, 9)),
            _png_chunk(b"IEND", b""),
        )
    )


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _zpl(dots: Dots) -> str:
    height, width = dots.shape
    rows = np.packbits(dots, axis=1)
    bytes_per_row = rows.shape[1]
    total = bytes_per_row * height
    lines: list[str] = []
    previous = ""
    for row in rows:
        digits = row.tobytes().hex().upper()
        # ":" repeats the line before, which is most of a label: the inside of every bar and every blank line.
        lines.append(":" if digits == previous else _compressed(digits))
        previous = digits
    graphic = f"^GFA,{total},{total},{bytes_per_row},{''.join(lines)}"
    return f"^XA\n^PW{width}\n^LL{height}\n^LH0,0\n^FO0,0{graphic}^FS\n^XZ"


def _compressed(digits: str) -> str:
    for fill, mark in (("0", ","), ("F", "!")):
        start = digits.rstrip(fill)
        if len(start) < len(digits):
            return _run_lengths(start) + mark
    return _run_lengths(digits)


def _run_lengths(digits: str) -> str:
    parts: list[str] = []
    place = 0
    while place < len(digits):
        digit = digits[place]
        end = place
        while end < len(digits) and digits[end] == digit and end - place < _LONGEST_REPEAT:
            end += 1
        parts.append(_repeat(end - place) + digit)
        place = end
    return "".join(parts)


def _repeat(count: int) -> str:
    if count == 1:
        return ""
    twenties, ones = divmod(count, 20)
    return (_REPEAT_TWENTIES[twenties - 1] if twenties else "") + (_REPEAT_ONES[ones - 1] if ones else "")
