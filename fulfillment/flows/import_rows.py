"""Rows that stand for one thing each are written by chunks: zones, products, stock, members, warehouses."""

from collections.abc import Callable, Mapping, Sequence

from sqlmodel import Session

from fulfillment.flows.import_goods import write_products, write_stock
from fulfillment.flows.import_members import order_members, write_members
from fulfillment.flows.import_warehouses import write_warehouses
from fulfillment.flows.import_work import REFUSALS, ImportContext, Work, refusal_record
from fulfillment.flows.import_zones import write_zones
from fulfillment.imports.classifying import ClassifiedTable, KeptRow
from fulfillment.imports.outcomes import FileKind, RowFinding
from fulfillment.imports.runs import RowRecord

ROWS_PER_CHUNK = 250

RowsWriter = Callable[[Session, Sequence[KeptRow], ImportContext], list[RowRecord]]


def row_work(classified: ClassifiedTable, context: ImportContext) -> tuple[Sequence[RowFinding], list[Work]]:
    """What the rules settle alone, and the chunks to write."""
    settled, kept = list(classified.settled), list(classified.kept)
    if context.mapping.kind is FileKind.DISTRIBUTORS:
        kept, circles = order_members(kept)
        settled.extend(circles)
    writer = _WRITERS[context.mapping.kind]
    work = [
        _chunk(kept[first : first + ROWS_PER_CHUNK], writer, context)
        for first in range(0, len(kept), ROWS_PER_CHUNK)
    ]
    return settled, work


def _chunk(kept: Sequence[KeptRow], writer: RowsWriter, context: ImportContext) -> Work:
    def write(session: Session, recorded: set[int]) -> list[RowRecord]:
        open_rows = [row for row in kept if row.row.line_no not in recorded]
        return _write_rows(session, open_rows, writer, context)

    return Work(tuple(row.row.line_no for row in kept), write)


def _write_rows(
    session: Session, kept: Sequence[KeptRow], writer: RowsWriter, context: ImportContext
) -> list[RowRecord]:
    """The rows are written together; if one is refused, each alone, so that only that one leaves no trace."""
    try:
        with session.begin_nested():
            return writer(session, kept, context)
    except REFUSALS as error:
        if len(kept) == 1:
            return [refusal_record(error, line_no=kept[0].row.line_no, group_ref=kept[0].group_ref)]
        return [record for row in kept for record in _write_rows(session, [row], writer, context)]


_WRITERS: Mapping[FileKind, RowsWriter] = {
    FileKind.PRODUCTS: write_products,
    FileKind.STOCK: write_stock,
    FileKind.DISTRIBUTORS: write_members,
    FileKind.WAREHOUSES: write_warehouses,
    FileKind.ZONES: write_zones,
}
