"""Tables as files a spreadsheet opens."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from flask import Response

BYTE_ORDER_MARK: Final = "\ufeff"
"""Without it a spreadsheet takes the file for one of its own code page."""

FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")
Cell = str | int | float | None


def csv_answer(rows: Iterable[Sequence[Cell]], *, name: str) -> Response:
    """The rows as a file of this name, row by row; no text in it is a formula to a spreadsheet."""
    answer = Response(_lines(rows), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _lines(rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield BYTE_ORDER_MARK
    for row in rows:
        writer.writerow([_plain(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _plain(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_SIGNS) else cell
