"""The sandbox courier's 4 x 6 inch label: like a carrier's, machine-readable, and void in large letters."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from reportlab.pdfgen.canvas import Canvas

from labels.addresses import PostalAddress
from labels.barcodes import Symbology, draw_symbol, encode
from labels.errors import LabelError
from labels.geometry import THERMAL_4X6, Box
from labels.pdf import make_pdf
from labels.text import Style, draw_line, draw_lines, fitting_size
from labels.words import Gettext, as_written

_IMPB = re.compile(r"9[1-5]\d{18,32}")
"""A USPS number that goes into the barcode behind the destination's ZIP (Publication 199, section 3)."""

_ZIP = re.compile(r"(\d{5})(-?\d{4})?")
_BANNER_HEIGHT = 26.0
_SERVICE_HEIGHT = 62.0
_CODE_HEIGHT = 78.0
_BANNER = Style(14, is_bold=True, gray=1.0)
_SERVICE = Style(13, is_bold=True)
_SMALL = Style(8)
_SENDER = Style(8.5)
_MARK = Style(9, is_bold=True)
_LABEL = Style(8, is_bold=True)
_HEADING = Style(9.5, is_bold=True)
_LARGEST_ADDRESS, _SMALLEST_ADDRESS = 14.0, 8.0


@dataclass(frozen=True, slots=True)
class CarrierLabel:
    """One parcel's label; `marks` are printed in frames, such as "GROUND ONLY", `references` at the foot."""

    carrier: str
    service: str
    tracking_number: str
    ship_from: PostalAddress
    ship_to: PostalAddress
    ship_on: date
    weight: str = ""
    parcel_count: str = ""
    marks: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    is_return: bool = False


def render_carrier_labels(labels: Sequence[CarrierLabel], *, gettext: Gettext = as_written) -> bytes:
    """Return the PDF with one 4 x 6 inch page for each label; no carrier takes them, and each says so.

    Raises:
        UnprintableCodeError: a tracking number cannot be a barcode.
        LabelError: there is no label.
    """
    if not labels:
        raise LabelError("There is no label to print; give at least one.")
    drawings = [partial(_draw_label, label=label, gettext=gettext) for label in labels]
    stock = THERMAL_4X6
    title = gettext("Sandbox label %(number)s") % {"number": labels[0].tracking_number}
    return make_pdf(drawings, width=stock.page_width, height=stock.page_height, title=title)


def label_barcode(label: CarrierLabel) -> tuple[str, Symbology]:
    """Return the barcode's text and kind as the carrier would print it.

    USPS numbers within the United States go into GS1-128 behind `(420)` and the five-digit ZIP; a scanner
    returns FNC1 420 ZIP FNC1 number. Everything else is Code 128 of the tracking number.
    """
    number = label.tracking_number.replace(" ", "")
    postcode = _ZIP.fullmatch(label.ship_to.zip.strip())
    is_domestic = label.ship_to.country in {"US", "PR"}
    if postcode and is_domestic and label.carrier.upper() == "USPS" and _IMPB.fullmatch(number):
        return f"(420){postcode[1]}({number[:2]}){number[2:]}", Symbology.GS1_128
    return number, Symbology.CODE_128


def _draw_label(canvas: Canvas, *, label: CarrierLabel, gettext: Gettext) -> None:
    page = THERMAL_4X6.cell(0)
    notice = gettext("SANDBOX \N{EN DASH} VOID \N{EN DASH} NOT POSTAGE")
    _draw_banner(canvas, page.from_top(_BANNER_HEIGHT), notice)
    _draw_banner(canvas, Box(page.left, page.bottom, page.width, _BANNER_HEIGHT), notice)
    body = page.inset(0, _BANNER_HEIGHT)
    _draw_service(canvas, body.from_top(_SERVICE_HEIGHT), label, gettext)
    code = Box(body.left, body.bottom + 40, body.width, _CODE_HEIGHT + 36)
    _draw_tracking(canvas, code, label, gettext)
    addresses = Box(body.left, code.top, body.width, body.top - _SERVICE_HEIGHT - code.top)
    _draw_addresses(canvas, addresses.inset(10, 4), label, gettext)
    foot = Box(body.left, body.bottom, body.width, 40).inset(10, 4)
    draw_lines(canvas, foot, label.references[:3], _SMALL)


def _draw_banner(canvas: Canvas, box: Box, notice: str) -> None:
    canvas.setFillGray(0)
    canvas.rect(box.left, box.bottom, box.width, box.height, stroke=0, fill=1)
    size = fitting_size(notice, width=box.width - 16, largest=_BANNER.size, smallest=8, is_bold=True)
    draw_line(canvas, box, box.bottom + 8, notice, Style(size, is_bold=True, gray=1.0), align="center")


def _draw_service(canvas: Canvas, box: Box, label: CarrierLabel, gettext: Gettext) -> None:
    square = box.from_left(box.height)
    initial = label.service[:1].upper() or label.carrier[:1].upper()
    draw_line(canvas, square, square.bottom + 14, initial, Style(46, is_bold=True), align="center")
    words = box.right_of(box.height + 6).inset(4, 5)
    rest = draw_lines(canvas, words, (label.carrier,), _SERVICE)
    rest = draw_lines(canvas, rest, (label.service,), _MARK)
    facts = (
        gettext("Ship date %(date)s") % {"date": label.ship_on.isoformat()},
        label.weight,
        label.parcel_count,
    )
    draw_lines(canvas, rest, (" · ".join(filter(None, facts)),), _SMALL)
    if label.is_return:
        # Right of the carrier's name, where a scanner's light does not fall.
        draw_line(canvas, words, words.top - _SERVICE.size, gettext("RETURN"), _SERVICE, align="right")
    canvas.setStrokeGray(0)
    canvas.setLineWidth(1.5)
    canvas.line(square.right, box.bottom, square.right, box.top)
    canvas.line(box.left, box.bottom, box.right, box.bottom)


def _draw_addresses(canvas: Canvas, box: Box, label: CarrierLabel, gettext: Gettext) -> None:
    sender = label.ship_from.lines(home=label.ship_to.country)
    void = box.right_of(box.width - 92).from_top(34)
    draw_line(canvas, void, void.bottom + 2, gettext("VOID"), Style(32, is_bold=True), align="right")
    rest = draw_lines(canvas, box.from_left(box.width - 100), sender, _SENDER)
    rest = Box(box.left, box.bottom, box.width, rest.height)
    rest = _draw_marks(canvas, rest.below(5), label.marks)
    to_label = gettext("SHIP TO:")
    lines = label.ship_to.lines(home=label.ship_from.country)
    draw_line(canvas, rest, rest.top - 12, to_label, _LABEL)
    address = rest.right_of(52)
    size = min(
        fitting_size(
            line, width=address.width, largest=_LARGEST_ADDRESS, smallest=_SMALLEST_ADDRESS, is_bold=True
        )
        for line in (*lines, " ")
    )
    by_height = int(address.height / max(1, len(lines)) / 1.28 * 2) / 2
    draw_lines(canvas, address, lines, Style(max(6.0, min(size, by_height)), is_bold=True))


def _draw_marks(canvas: Canvas, box: Box, marks: Sequence[str]) -> Box:
    if not marks:
        return box
    row = box.from_top(17)
    width = row.width / len(marks)
    canvas.setStrokeGray(0)
    canvas.setLineWidth(1)
    for place, mark in enumerate(marks):
        frame = row.right_of(place * width).from_left(width).inset(2, 1)
        canvas.rect(frame.left, frame.bottom, frame.width, frame.height)
        size = fitting_size(mark, width=frame.width - 6, largest=9, smallest=6, is_bold=True)
        draw_line(
            canvas, frame.inset(3, 0), frame.bottom + 4, mark, Style(size, is_bold=True), align="center"
        )
    return box.below(21)


def _draw_tracking(canvas: Canvas, box: Box, label: CarrierLabel, gettext: Gettext) -> None:
    canvas.setStrokeGray(0)
    canvas.setLineWidth(2.5)
    canvas.line(box.left, box.top, box.right, box.top)
    canvas.line(box.left, box.bottom, box.right, box.bottom)
    title = gettext("%(carrier)s TRACKING # (SANDBOX)") % {"carrier": label.carrier.upper()}
    draw_line(canvas, box, box.top - 13, title, _HEADING, align="center")
    text, symbology = label_barcode(label)
    bars = Box(box.left, box.bottom + 18, box.width, _CODE_HEIGHT)
    draw_symbol(canvas, encode(text, symbology), bars, largest_module_dots=3)
    draw_line(canvas, box, box.bottom + 6, grouped(label.tracking_number), _HEADING, align="center")


def grouped(number: str) -> str:
    """Return a long number in groups of four, as people read it aloud; numbers with letters stay whole."""
    bare = number.replace(" ", "")
    if not bare.isdigit():
        return number
    return " ".join(bare[start : start + 4] for start in range(0, len(bare), 4))
