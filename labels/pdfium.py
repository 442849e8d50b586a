"""PDFium, one thread at a time: many label PDFs into one, and pages into dots.

PDFium keeps global state and is not thread-safe, while a web server renders in several threads; every call
in this process therefore goes through one lock.
"""

import hashlib
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO

import numpy as np
import numpy.typing as npt
import pypdfium2  # type: ignore[import-untyped]  # it ships no type hints

from labels.errors import LabelError

Dots = npt.NDArray[np.bool_]
"""A page in dots, `dots[row, column]`, rows from the top; true is black."""

DARK_BELOW = 128
"""Gray value, 0 black to 255 white, below which a dot is printed."""

_EDGE_LENGTH = 300
_CREATION_DATE = re.compile(rb"(?<=/CreationDate)\(D:\d{14}([^)]{0,8})\)")
_IDENTITY = re.compile(rb"<[0-9A-F]{32}>")
_pdfium = threading.Lock()


def merge_pdfs(files: Sequence[bytes]) -> bytes:
    """Return one PDF with all pages of `files` in their order; each page keeps its size.

    Raises:
        LabelError: there is no file, or one cannot be read as a PDF; the sentence says which.
    """
    if not files:
        raise LabelError("There is no file to merge; choose at least one label.")
    with _pdfium:
        merged = pypdfium2.PdfDocument.new()
        try:
            for number, file in enumerate(files, start=1):
                with _opened(file, f"File {number} of {len(files)}") as document:
                    merged.import_pages(document)
            answer = BytesIO()
            merged.save(answer)
        finally:
            merged.close()
    return _without_clock_and_chance(answer.getvalue(), files)


def count_pages(file: bytes) -> int:
    """Return the number of pages of a PDF.

    Raises:
        LabelError: `file` cannot be read as a PDF.
    """
    with _pdfium, _opened(file, "The file") as document:
        return len(document)


def rasterize(file: bytes, *, dpi: int) -> list[Dots]:
    """Return each page of a PDF as black and white dots, as a label printer of `dpi` dots per inch prints it.

    Raises:
        LabelError: `file` cannot be read as a PDF.
    """
    with _pdfium, _opened(file, "The file") as document:
        return [_page_dots(page, dpi) for page in document]


def _without_clock_and_chance(merged: bytes, files: Sequence[bytes]) -> bytes:
    # PDFium writes the hour at the head and a random /ID at the foot. A fixed hour and an identity made from
    # the content, of the same lengths so that no offset moves, let a reprint be compared byte by byte.
    digest = hashlib.sha256(b"".join(hashlib.sha256(file).digest() for file in files)).hexdigest()
    identity = b"<%s>" % digest[:32].upper().encode()
    dated = _CREATION_DATE.sub(rb"(D:20000101000000\1)", merged[:_EDGE_LENGTH]) + merged[_EDGE_LENGTH:]
    return dated[:-_EDGE_LENGTH] + _IDENTITY.sub(identity, dated[-_EDGE_LENGTH:])


@contextmanager
def _opened(file: bytes, what: str) -> Iterator[pypdfium2.PdfDocument]:
    try:
        document = pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError as refusal:
        raise LabelError(f"{what} is not a PDF that can be read: {refusal}") from refusal
    try:
        yield document
    finally:
        document.close()


def _page_dots(page: pypdfium2.PdfPage, dpi: int) -> Dots:
    # PDFium rounds up: without the hair less, 432 points at 300 dpi become 1,801 dots.
    bitmap = page.render(scale=dpi / 72 * (1 - 1e-9), grayscale=True)
    try:
        # The array is a view of memory that PDFium frees; the comparison makes our own copy.
        gray = bitmap.to_numpy().reshape(bitmap.height, bitmap.width)
        dark: Dots = gray < DARK_BELOW
        return dark
    finally:
        bitmap.close()
        page.close()
