"""The return slip: what the customer puts in the box, and a part to tape on it."""

from dataclasses import dataclass
from datetime import date

from reportlab.pdfgen.canvas import Canvas

from labels.addresses import PostalAddress
from labels.barcodes import draw_code
from labels.blocks import draw_address, heading_block, step_block, two_addresses_block
from labels.geometry import Box, Paper
from labels.pages import MARGIN, Block, Letterhead, Section, print_pages
from labels.tables import Column, NumberCell, Part, TextCell, head_block, row_block, text_cell
from labels.text import Style, draw_line, draw_lines
from labels.words import Gettext, as_written

_TEXT = Style(9.5)
_STRONG = Style(9.5, is_bold=True)
_DETAIL = Style(8, gray=0.35)
_RMA = Style(20, is_bold=True)
_TEAR_OFF_HEIGHT = 146.0


@dataclass(frozen=True, slots=True)
class ReturnSlipLine:
    """Units of one article that may come back, and the customer's reason in words."""

    sku: str
    name: str
    qty: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReturnSlip:
    """An authorized return; `instructions` are steps, printed numbered in their order."""

    company: str
    rma_number: str
    order_number: str
    return_to: PostalAddress
    customer: PostalAddress
    lines: tuple[ReturnSlipLine, ...]
    instructions: tuple[str, ...] = ()
    authorized_on: date | None = None
    send_by: date | None = None


def render_return_slip(
    slip: ReturnSlip, *, paper: Paper = Paper.LETTER, gettext: Gettext = as_written
) -> bytes:
    """Return the PDF of `slip`, with the RMA's barcode at its head and on the part that goes on the box.

    Raises:
        UnprintableCodeError: the RMA number cannot be a barcode.
    """
    width = paper.page.width - 2 * MARGIN
    letterhead = Letterhead(
        company=slip.company,
        title=gettext("Return slip"),
        code=slip.rma_number,
        facts=(
            (gettext("Order"), slip.order_number),
            (gettext("Authorized on"), slip.authorized_on.isoformat() if slip.authorized_on else ""),
            (gettext("Send by"), slip.send_by.isoformat() if slip.send_by else ""),
            (gettext("Units"), str(sum(line.qty for line in slip.lines))),
        ),
    )
    return print_pages(letterhead, _sections(slip, width, gettext), paper=paper, gettext=gettext)


def _sections(slip: ReturnSlip, width: float, gettext: Gettext) -> list[Section]:
    columns = (
        Column(gettext("Item"), width - 62 - 190),
        Column(gettext("Qty"), 62, "right"),
        Column(gettext("Reason"), 190),
    )
    rows = [
        row_block(
            columns,
            (
                TextCell((Part(line.name, _STRONG, 2), Part(line.sku, _DETAIL))),
                NumberCell(str(line.qty), _STRONG),
                text_cell(line.reason, _TEXT, 3),
            ),
        )
        for line in slip.lines
    ]
    sections = [
        Section(
            [
                two_addresses_block(
                    (gettext("Returned by"), slip.customer), (gettext("Send to"), slip.return_to)
                )
            ]
        ),
        Section(rows, head_block(columns)),
    ]
    if slip.instructions:
        steps = [
            step_block(number, text, width=width) for number, text in enumerate(slip.instructions, start=1)
        ]
        sections.append(Section(steps, heading_block(gettext("How to send it back"))))
    sections.append(Section([_tear_off_block(slip, gettext)]))
    return sections


def _tear_off_block(slip: ReturnSlip, gettext: Gettext) -> Block:
    def draw(canvas: Canvas, box: Box) -> None:
        edge = box.below(26)
        canvas.setStrokeGray(0.4)
        canvas.setLineWidth(0.8)
        canvas.setDash(4, 3)
        canvas.rect(edge.left, edge.bottom, edge.width, edge.height)
        canvas.setDash()
        words = gettext("Cut out and tape to the outside of the box")
        draw_line(canvas, edge, edge.top + 4, words, _DETAIL, align="center")
        inner = edge.inset(14, 10)
        draw_address(canvas, inner.from_left(inner.width / 2 - 10), gettext("Send to"), slip.return_to)
        code = inner.right_of(inner.width / 2)
        draw_code(canvas, slip.rma_number, code.from_top(72), largest_module_dots=4)
        draw_lines(canvas, code.below(76), (slip.rma_number,), _RMA, align="center")

    return Block(_TEAR_OFF_HEIGHT, draw)
