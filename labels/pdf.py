"""PDF files whose bytes depend on their content alone."""

from collections.abc import Callable, Iterable
from io import BytesIO

from reportlab.pdfgen.canvas import Canvas

from labels.text import clean

PageDrawing = Callable[[Canvas], None]


def make_pdf(pages: Iterable[PageDrawing], *, width: float, height: float, title: str) -> bytes:
    """Return a PDF with one page of `width` by `height` points for each drawing.

    The same drawings give the same bytes: no clock and no random identity goes in, so that a paper printed
    again can be compared with the first.
    """
    file = BytesIO()
    canvas = Canvas(file, pagesize=(width, height), invariant=1, pageCompression=1)
    canvas.setTitle(clean(title))
    canvas.setCreator("Fulfillment")
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return file.getvalue()
