"""The packing slip: what is in this parcel, what follows, and what it cost unless it is a gift."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from reportlab.pdfgen.canvas import Canvas

from labels.addresses import PostalAddress
from labels.blocks import heading_block, paragraph_block, two_addresses_block
from labels.geometry import Box, Paper
from labels.pages import MARGIN, Block, Letterhead, Section, print_pages
from labels.tables import (
    SMALLEST_NUMBER,
    Cell,
    Column,
    NumberCell,
    Part,
    TextCell,
    head_block,
    row_block,
    text_cell,
)
from labels.text import Style, draw_line, shrunk
from labels.words import Gettext, as_written, expiry_and_lot

_TEXT = Style(9.5)
_STRONG = Style(9.5, is_bold=True)
_DETAIL = Style(8, gray=0.35)
_NUMBER_WIDTH = 62.0
_TOTAL_HEIGHT = 15.0


@dataclass(frozen=True, slots=True)
class PackedLine:
    """Units of one article and lot in this parcel; prices are written as the reader is to see them."""

    sku: str
    name: str
    qty: int
    ordered_qty: int
    lot: str = ""
    expires_on: date | None = None
    unit_price: str = ""
    amount: str = ""


@dataclass(frozen=True, slots=True)
class FollowingLine:
    """Units of the order that come in another parcel, and when or why, in words."""

    sku: str
    name: str
    qty: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class PackingSlip:
    """One parcel of an order; `with_prices=False` leaves out every amount, for gifts and drop shipments."""

    company: str
    parcel_number: str
    order_number: str
    ship_from: PostalAddress
    ship_to: PostalAddress
    lines: tuple[PackedLine, ...]
    following: tuple[FollowingLine, ...] = ()
    totals: tuple[tuple[str, str], ...] = ()
    parcel_count: str = ""
    ordered_on: date | None = None
    service: str = ""
    message: str = ""
    note: str = ""
    with_prices: bool = True


def render_packing_slip(
    slip: PackingSlip, *, paper: Paper = Paper.LETTER, gettext: Gettext = as_written
) -> bytes:
    """Return the PDF of `slip`, with the barcode of the parcel.

    Raises:
        UnprintableCodeError: the parcel number cannot be a barcode.
    """
    width = paper.page.width - 2 * MARGIN
    letterhead = Letterhead(
        company=slip.company,
        title=gettext("Packing slip"),
        code=slip.parcel_number,
        facts=(
            (gettext("Order"), slip.order_number),
            (gettext("Ordered on"), slip.ordered_on.isoformat() if slip.ordered_on else ""),
            (gettext("Parcel"), slip.parcel_count),
            (gettext("Shipped by"), slip.service),
        ),
    )
    return print_pages(letterhead, _sections(slip, width, gettext), paper=paper, gettext=gettext)


def _sections(slip: PackingSlip, width: float, gettext: Gettext) -> list[Section]:
    addresses = two_addresses_block((gettext("Ship to"), slip.ship_to), (gettext("From"), slip.ship_from))
    columns = _columns(slip, width, gettext)
    lines = [row_block(columns, _cells(slip, line, gettext)) for line in slip.lines]
    sections = [Section([addresses]), Section(lines, head_block(columns))]
    if slip.with_prices and slip.totals:
        sections.append(Section([_totals_block(slip.totals)]))
    if slip.following:
        sections.append(Section([heading_block(gettext("Still to come"))]))
        sections.append(_following_section(slip.following, width, gettext))
    if slip.message:
        sections.append(Section([paragraph_block(slip.message, Style(11), width=width, max_lines=8)]))
    if slip.note:
        sections.append(Section([paragraph_block(slip.note, _DETAIL, width=width, max_lines=8)]))
    return sections


def _columns(slip: PackingSlip, width: float, gettext: Gettext) -> tuple[Column, ...]:
    numbers = [
        Column(gettext("Ordered"), _NUMBER_WIDTH, "right"),
        Column(gettext("In this parcel"), _NUMBER_WIDTH + 16, "right"),
    ]
    if slip.with_prices:
        numbers.append(Column(gettext("Price"), _NUMBER_WIDTH + 8, "right"))
        numbers.append(Column(gettext("Amount"), _NUMBER_WIDTH + 8, "right"))
    left = width - sum(column.width for column in numbers)
    return (Column(gettext("Item"), left), *numbers)


def _cells(slip: PackingSlip, line: PackedLine, gettext: Gettext) -> Sequence[Cell]:
    details = filter(None, (line.sku, expiry_and_lot(line.expires_on, line.lot, gettext)))
    cells: list[Cell] = [
        TextCell((Part(line.name, _STRONG, 2), Part(" · ".join(details), _DETAIL, 2))),
        NumberCell(str(line.ordered_qty), _TEXT),
        NumberCell(str(line.qty), _STRONG),
    ]
    if slip.with_prices:
        cells += [NumberCell(line.unit_price, _TEXT), NumberCell(line.amount, _TEXT)]
    return cells


def _totals_block(totals: tuple[tuple[str, str], ...]) -> Block:
    def draw(canvas: Canvas, box: Box) -> None:
        right = box.right_of(box.width / 2).inset(4, 0)
        for place, (label, amount) in enumerate(totals):
            y = box.top - (place + 1) * _TOTAL_HEIGHT
            style = _STRONG if place == len(totals) - 1 else _TEXT
            draw_line(canvas, right.from_left(right.width - 90), y, label, style, align="right")
            numbers = right.right_of(right.width - 86)
            fitting = shrunk(amount, style, width=numbers.width, smallest=SMALLEST_NUMBER)
            draw_line(canvas, numbers, y, amount, fitting, align="right")

    return Block(len(totals) * _TOTAL_HEIGHT + 12, draw)


def _following_section(following: tuple[FollowingLine, ...], width: float, gettext: Gettext) -> Section:
    columns = (
        Column(gettext("Item"), width - _NUMBER_WIDTH - 190),
        Column(gettext("Qty"), _NUMBER_WIDTH, "right"),
        Column(gettext("When"), 190),
    )
    rows = [
        row_block(
            columns,
            (
                TextCell((Part(line.name, _TEXT, 2), Part(line.sku, _DETAIL))),
                NumberCell(str(line.qty), _STRONG),
                text_cell(line.note, _TEXT, 2),
            ),
        )
        for line in following
    ]
    return Section(rows, head_block(columns))
