"""The command sheet: bars to scan instead of touching the screen, with gloves on."""

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.pdfgen.canvas import Canvas

from labels.barcodes import draw_code
from labels.geometry import Box, Paper
from labels.pages import MARGIN, Block, Letterhead, Section, print_pages
from labels.text import Style, draw_lines, wrap
from labels.words import Gettext, as_written

_COLUMNS = 2
_CARD_HEIGHT = 126.0
_GAP = 12.0
_NAME = Style(17, is_bold=True)
_HELP = Style(9, gray=0.25)
_CODE = Style(7.5, gray=0.35)
_BAR_HEIGHT = 46.0


@dataclass(frozen=True, slots=True)
class Command:
    """One thing a scan can say: the `code` that the scan page reads, its name and what it does."""

    code: str
    name: str
    help: str


def render_command_sheet(
    commands: Sequence[Command],
    *,
    company: str,
    paper: Paper = Paper.LETTER,
    gettext: Gettext = as_written,
) -> bytes:
    """Return the PDF with one large barcode for each command, two side by side.

    Raises:
        UnprintableCodeError: a code cannot be a barcode.
    """
    width = (paper.page.width - 2 * MARGIN - _GAP) / _COLUMNS
    rows = [
        _row_block(commands[start : start + _COLUMNS], width) for start in range(0, len(commands), _COLUMNS)
    ]
    letterhead = Letterhead(
        company=company,
        title=gettext("Scan commands"),
        # A code of its own would be one more thing to scan by mistake.
        code="",
        facts=(
            (
                gettext("How to use it"),
                gettext("Scan a command on the scan page instead of touching the screen."),
            ),
        ),
    )
    return print_pages(letterhead, [Section(rows)], paper=paper, gettext=gettext)


def _row_block(commands: Sequence[Command], width: float) -> Block:
    def draw(canvas: Canvas, box: Box) -> None:
        for place, command in enumerate(commands):
            card = box.right_of(place * (width + _GAP)).from_left(width).below(_GAP)
            _draw_card(canvas, card, command)

    return Block(_CARD_HEIGHT + _GAP, draw)


def _draw_card(canvas: Canvas, card: Box, command: Command) -> None:
    canvas.setStrokeGray(0.6)
    canvas.setLineWidth(0.8)
    canvas.roundRect(card.left, card.bottom, card.width, card.height, 6)
    inner = card.inset(10, 7)
    rest = draw_lines(canvas, inner, (command.name,), _NAME)
    draw_lines(canvas, rest, wrap(command.help, width=inner.width, style=_HELP, max_lines=2), _HELP)
    foot = Box(inner.left, inner.bottom, inner.width, _CODE.line_height)
    draw_lines(canvas, foot, (command.code,), _CODE, align="center")
    bars = Box(inner.left, foot.top, inner.width, _BAR_HEIGHT)
    draw_code(canvas, command.code, bars)
