"""An XLSX file's sheet becomes rows of text, each with its row number in the sheet."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, CalamineWorkbook

from fulfillment.core.errors import InvalidInputError

MAX_UNPACKED_BYTES = 1_000_000_000
"""A small archive can unpack to fill the memory; its own table of contents says how large it becomes."""

Cell = int | float | str | bool | time | date | datetime | timedelta


def is_workbook(content: bytes) -> bool:
    """Whether the bytes are a ZIP archive, as XLSX files are; no text file begins so."""
    return content.startswith(b"PK\x03\x04")


def read_workbook(content: bytes, *, sheet: str | None, max_rows: int) -> Iterator[tuple[int, list[str]]]:
    """The rows of the named or first sheet, with row numbers from 1; rows that are empty at the end are not.

    Raises:
        InvalidInputError: it is not XLSX, would unpack too large, or has no such sheet.
    """
    _check_size(content)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = workbook.sheet_names
        if sheet is not None and sheet not in names:
            raise InvalidInputError(f"The workbook has no sheet {sheet!r}; it has {', '.join(names)}.")
        table = workbook.get_sheet_by_name(sheet or names[0])
        rows = table.to_python(skip_empty_area=False, nrows=max_rows + 1)
    except (CalamineError, IndexError, ValueError, OSError) as error:
        raise InvalidInputError("The file is not a readable XLSX workbook; save it again.") from error
    for number, row in enumerate(rows, start=1):
        yield number, [_as_text(cell) for cell in row]


def _check_size(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise InvalidInputError("The file is not a readable XLSX workbook; save it again.") from error
    if unpacked > MAX_UNPACKED_BYTES:
        raise InvalidInputError(f"The workbook unpacks to {unpacked} bytes; save the sheet as CSV.")


def _as_text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        # Spreadsheets keep every number as a float; a whole one was typed without a point.
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return str(cell)
