import re
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from labels.carrier_label import render_carrier_labels
from labels.errors import LabelError
from labels.raster import render_png, render_zpl
from labels.stickers import BinSticker, render_bin_stickers
from tests.labels.reading import page_pixels, scan
from tests.labels.samples import carrier_label

LABEL = render_carrier_labels([carrier_label(), carrier_label("Second")])
EXPECTED = [("]C1", "(420)62704(94)00100000000000000008")]


def _repeat_count(letters: str) -> int:
    counts = {letter: 1 + place for place, letter in enumerate("GHIJKLMNOPQRSTUVWXY")}
    counts |= {letter: 20 * (1 + place) for place, letter in enumerate("ghijklmnopqrstuvwxyz")}
    return sum(counts[letter] for letter in letters) or 1


def _zpl_pixels(zpl: str) -> NDArray[np.uint8]:
    """Decode one ^GFA graphic as the ZPL II Programming Guide describes it, into pixels of 0 and 255."""
    graphic = re.search(r"\^GFA,(\d+),(\d+),(\d+),(.*?)\^FS", zpl, re.DOTALL)
    assert graphic is not None
    total, _, per_row = (int(part) for part in graphic.groups()[:3])
    rows: list[str] = []
    row = ""
    for mark in re.finditer(r"([G-Yg-z]*)([0-9A-F])|([,!:])", graphic[4]):
        if mark[2]:
            row += mark[2] * _repeat_count(mark[1])
        elif mark[3] == ":":
            row = rows[-1]
        else:
            row = row.ljust(2 * per_row, "0" if mark[3] == "," else "F")
        if len(row) == 2 * per_row:
            rows.append(row)
            row = ""
    data = bytes.fromhex("".join(rows))
    assert len(data) == total
    bits = np.unpackbits(np.frombuffer(data, dtype=np.uint8)).reshape(-1, per_row * 8)
    width = int(re.findall(r"\^PW(\d+)", zpl)[0])
    return ((1 - bits[:, :width]) * 255).astype(np.uint8)


def test_a_png_is_the_label_in_printer_dots_and_knows_its_size() -> None:
    image = Image.open(BytesIO(render_png(LABEL)))

    assert (image.size, image.mode) == ((812, 1218), "1")
    assert [round(dots) for dots in image.info["dpi"]] == [203, 203]
    assert scan(np.array(image.convert("L"))) == EXPECTED


def test_a_png_of_another_density_has_the_same_size_in_inches() -> None:
    image = Image.open(BytesIO(render_png(LABEL, dpi=300)))

    assert image.size == (1200, 1800)
    assert scan(np.array(image.convert("L"))) == EXPECTED


def test_zpl_prints_dot_for_dot_what_the_png_shows() -> None:
    first, second = render_zpl(LABEL).split("^XZ\n")[:2]
    png = np.array(Image.open(BytesIO(render_png(LABEL))).convert("L"))

    assert first.startswith("^XA\n^PW812\n^LL1218\n")
    assert np.array_equal(_zpl_pixels(first), png)
    assert scan(_zpl_pixels(second)) == EXPECTED


def test_zpl_is_a_third_of_its_dots() -> None:
    assert len(render_zpl(LABEL)) < 2 * (812 * 1218 / 4) / 3


def test_zpl_of_a_page_whose_width_is_no_whole_byte_decodes() -> None:
    pdf = render_bin_stickers([BinSticker("A-01-01")])

    decoded = _zpl_pixels(render_zpl(pdf))

    assert decoded.shape == page_pixels(pdf).shape
    assert scan(decoded) == [("]C0", "A-01-01")]


def test_what_is_no_pdf_or_no_page_is_refused() -> None:
    with pytest.raises(LabelError, match="not a PDF"):
        render_png(b"<html>")
    with pytest.raises(LabelError, match="not a PDF"):
        render_zpl(b"")
    with pytest.raises(LabelError, match="has 2 pages; there is no page 3"):
        render_png(LABEL, page=2)
