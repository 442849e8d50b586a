"""The pick list: one wave on paper, for when the scanner is charging."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from labels.geometry import Paper
from labels.pages import MARGIN, Letterhead, Section, print_pages
from labels.tables import (
    Cell,
    CodeCell,
    Column,
    NumberCell,
    Part,
    TextCell,
    TickCell,
    head_block,
    row_block,
    text_cell,
)
from labels.text import Style, fitting_size
from labels.words import Gettext, as_written, expiry_and_lot

_SMALL = Style(8)
_SMALL_GRAY = Style(8, gray=0.35)
_STRONG = Style(10, is_bold=True)
_LOT = Style(9, is_bold=True)
_QTY = Style(20, is_bold=True)
_LARGEST_BIN, _SMALLEST_BIN = 22.0, 11.0
_CODE_HEIGHT = 26.0


@dataclass(frozen=True, slots=True)
class PickLine:
    """One pick task: take `qty` of `sku` from `bin_code`; `task_code` is what the scan page reads."""

    bin_code: str
    sku: str
    name: str
    qty: int
    order_number: str
    task_code: str = ""
    lot: str = ""
    expires_on: date | None = None
    tote: str = ""


@dataclass(frozen=True, slots=True)
class PickList:
    """A released wave; `lines` come in walking order and are printed in it."""

    company: str
    wave_number: str
    warehouse: str
    lines: tuple[PickLine, ...]
    released_at: datetime | None = None
    picker: str = ""


def render_pick_list(
    pick_list: PickList, *, paper: Paper = Paper.LETTER, gettext: Gettext = as_written
) -> bytes:
    """Return the PDF of `pick_list`: bins large, lot and expiry, a barcode for the wave and for each task.

    Raises:
        UnprintableCodeError: the wave number or a task code cannot be a barcode.
    """
    columns = _columns(paper.page.width - 2 * MARGIN, gettext)
    rows = [
        row_block(columns, _cells(number, line, columns, gettext))
        for number, line in enumerate(pick_list.lines, start=1)
    ]
    released = f"{pick_list.released_at:%Y-%m-%d %H:%M %Z}" if pick_list.released_at else ""
    units = sum(line.qty for line in pick_list.lines)
    letterhead = Letterhead(
        company=pick_list.company,
        title=gettext("Pick list"),
        code=pick_list.wave_number,
        facts=(
            (gettext("Warehouse"), pick_list.warehouse),
            (gettext("Released"), released),
            (gettext("Tasks"), str(len(pick_list.lines))),
            (gettext("Units"), str(units)),
            (gettext("Picker"), pick_list.picker),
        ),
    )
    return print_pages(letterhead, [Section(rows, head_block(columns))], paper=paper, gettext=gettext)


def _columns(width: float, gettext: Gettext) -> tuple[Column, ...]:
    fixed = (24.0, 116.0, 48.0, 72.0, 108.0, 24.0)
    return (
        Column("#", fixed[0], "right"),
        Column(gettext("Bin"), fixed[1]),
        Column(gettext("Item"), width - sum(fixed)),
        Column(gettext("Qty"), fixed[2], "right"),
        Column(gettext("Tote / order"), fixed[3]),
        Column(gettext("Scan"), fixed[4], "center"),
        Column("", fixed[5], "right"),
    )


def _cells(number: int, line: PickLine, columns: Sequence[Column], gettext: Gettext) -> tuple[Cell, ...]:
    room = columns[1].width - 10
    bin_size = fitting_size(
        line.bin_code, width=room, largest=_LARGEST_BIN, smallest=_SMALLEST_BIN, is_bold=True
    )
    item = (
        Part(line.sku, _STRONG, 3),
        Part(line.name, _SMALL, 2),
        Part(expiry_and_lot(line.expires_on, line.lot, gettext), _LOT, 2),
    )
    return (
        NumberCell(str(number), _SMALL_GRAY),
        text_cell(line.bin_code, Style(bin_size, is_bold=True), 4),
        TextCell(item),
        NumberCell(str(line.qty), _QTY),
        TextCell((Part(line.tote, _STRONG, 2), Part(line.order_number, _SMALL, 2))),
        CodeCell(line.task_code, _CODE_HEIGHT),
        TickCell(),
    )
