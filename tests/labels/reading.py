"""Papers as a scanner and a reader see them, by libraries that had no part in drawing them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pypdfium2  # type: ignore[import-untyped]  # it ships no type hints
import zxingcpp

SCANNER_DPI = 203


@dataclass(frozen=True)
class PrintedCharacter:
    character: str
    left: float
    bottom: float
    right: float
    top: float


def page_sizes(pdf: bytes) -> list[tuple[float, float]]:
    document = pypdfium2.PdfDocument(pdf)
    return [tuple(round(side, 2) for side in page.get_size()) for page in document]


def page_text(pdf: bytes, page: int = 0) -> str:
    text: str = pypdfium2.PdfDocument(pdf)[page].get_textpage().get_text_bounded()
    return " ".join(text.split())


def page_characters(pdf: bytes, page: int = 0) -> list[PrintedCharacter]:
    text_page = pypdfium2.PdfDocument(pdf)[page].get_textpage()
    return [
        PrintedCharacter(text_page.get_text_range(place, 1), *text_page.get_charbox(place, loose=False))
        for place in range(text_page.count_chars())
        if text_page.get_text_range(place, 1).strip()
    ]


def page_pixels(pdf: bytes, page: int = 0) -> npt.NDArray[np.uint8]:
    bitmap = pypdfium2.PdfDocument(pdf)[page].render(scale=SCANNER_DPI / 72, grayscale=True)
    pixels: npt.NDArray[np.uint8] = bitmap.to_numpy().reshape(bitmap.height, bitmap.width).copy()
    return pixels


def scan(pixels: npt.NDArray[np.uint8]) -> list[tuple[str, str]]:
    return sorted((found.symbology_identifier, found.text) for found in zxingcpp.read_barcodes(pixels))


def scan_page(pdf: bytes, page: int = 0) -> list[tuple[str, str]]:
    """Return (AIM identifier, text) of each barcode; ]C0 Code 128, ]C1 GS1-128, ]d1 and ]d2 Data Matrix."""
    return scan(page_pixels(pdf, page))


def count_images(pdf: bytes) -> int:
    document = pypdfium2.PdfDocument(pdf)
    image = pypdfium2.raw.FPDF_PAGEOBJ_IMAGE
    return sum(1 for page in document for _ in page.get_objects(filter=[image]))
