"""A file's bytes become rows of text with the line numbers of the file, whatever wrote it.

CSV: a byte order mark decides; without one the bytes are UTF-8 if they are valid UTF-8, else Windows-1252
where they hold its typographic signs, else Latin-1. The delimiter is the one of comma, semicolon, tab and
bar that stands most often outside quotes in the header; ties go in that order. XLSX: the first sheet.
"""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from fulfillment.core.errors import InvalidInputError
from fulfillment.imports.workbooks import is_workbook, read_workbook

MAX_FILE_BYTES = 200_000_000
MAX_ROWS = 1_000_000
MAX_COLUMNS = 500
MAX_CELL_LENGTH = 32_767
"""What a spreadsheet holds in a cell; a longer one is a quotation mark that was never closed."""

DELIMITERS = (",", ";", "\t", "|")
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class SourceRow:
    """One row as it stands in the file; `fault` is set instead of cells where it cannot be read as one."""

    line_no: int
    cells: tuple[str, ...]
    fault: tuple[str, str] | None = None


@dataclass(frozen=True)
class SourceTable:
    """A file's header, its rows in order, and how it was read."""

    header: tuple[str, ...]
    rows: tuple[SourceRow, ...]
    encoding: str
    delimiter: str
    file_sha256: str

    def as_mapping(self, row: SourceRow) -> Mapping[str, str]:
        """The cells of a row by column."""
        return dict(zip(self.header, row.cells, strict=True))


def read_table(
    content: bytes, *, encoding: str | None = None, delimiter: str | None = None, sheet: str | None = None
) -> SourceTable:
    """The rows of a CSV or XLSX file; the first data row is line 2 unless the header spans lines.

    Raises:
        InvalidInputError: it is empty, too large, not text, or its header is unusable.
    """
    if len(content) > MAX_FILE_BYTES:
        raise InvalidInputError(
            f"The file has {len(content)} bytes; split it into files of at most {MAX_FILE_BYTES}."
        )
    digest = sha256(content).hexdigest()
    if is_workbook(content):
        records = read_workbook(content, sheet=sheet, max_rows=MAX_ROWS + 1)
        return _make_table(records, encoding="xlsx", delimiter="", digest=digest)
    text, used_encoding = _decode(content, encoding)
    used_delimiter = delimiter or _find_delimiter(text)
    records = _read_csv(text, used_delimiter)
    return _make_table(records, encoding=used_encoding, delimiter=used_delimiter, digest=digest)


def _make_table(
    records: Iterable[tuple[int, list[str]]], *, encoding: str, delimiter: str, digest: str
) -> SourceTable:
    numbered = iter(records)
    header = next((tuple(cells) for _, cells in numbered if any(cells)), None)
    if header is None:
        raise InvalidInputError("The file is empty; it needs a header line and rows below it.")
    names = _check_header(header)
    rows: list[SourceRow] = []
    for line_no, cells in numbered:
        if len(rows) == MAX_ROWS:
            raise InvalidInputError(f"The file has more than {MAX_ROWS} rows; split it.")
        rows.append(_make_row(line_no, cells, len(names)))
    return SourceTable(names, tuple(rows), encoding, delimiter, digest)


def _check_header(header: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(name.strip() for name in header)
    while names and not names[-1]:
        names = names[:-1]
    if len(names) > MAX_COLUMNS:
        raise InvalidInputError(f"The file has {len(names)} columns; at most {MAX_COLUMNS} are read.")
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise InvalidInputError(f"The header names {', '.join(twice)} more than once; rename one of them.")
    return names


def _make_row(line_no: int, cells: list[str], width: int) -> SourceRow:
    padded = tuple(cells)
    while len(padded) > width and not padded[-1].strip():
        padded = padded[:-1]
    if not any(cell.strip() for cell in padded):
        return SourceRow(line_no, ("",) * width)
    fault = _find_fault(padded, width)
    if fault:
        return SourceRow(line_no, (), fault)
    return SourceRow(line_no, padded)


def _find_fault(cells: tuple[str, ...], width: int) -> tuple[str, str] | None:
    if len(cells) != width:
        return "wrong-width", f"The row has {len(cells)} cells where the header has {width}."
    if any(len(cell) > MAX_CELL_LENGTH for cell in cells):
        return "cell-too-long", f"A cell has more than {MAX_CELL_LENGTH} characters; look for an open quote."
    if any("\x00" in cell for cell in cells):
        return "nul-character", "The row holds a NUL character; save the file again as text."
    return None


def _decode(content: bytes, encoding: str | None) -> tuple[str, str]:
    chosen = encoding or _find_encoding(content)
    try:
        return content.decode(chosen), chosen.removesuffix("-sig")
    except (UnicodeDecodeError, LookupError) as error:
        raise InvalidInputError(
            f"The file is not text in {chosen}; save it as CSV in UTF-8, or as XLSX."
        ) from error


def _find_encoding(content: bytes) -> str:
    for mark, marked in MARKS:
        if content.startswith(mark):
            return marked
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return _find_western(content)
    return "utf-8"


def _find_western(content: bytes) -> str:
    # Bytes 80 to 9F are control characters in Latin-1 and quotation marks, dashes and the euro in
    # Windows-1252; five of them mean nothing there.
    has_signs = any(0x80 <= byte <= 0x9F for byte in content)
    try:
        content.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252" if has_signs else "latin-1"


def _find_delimiter(text: str) -> str:
    first_line = next((line for line in io.StringIO(text) if line.strip()), "")
    outside = "".join(first_line.split('"')[::2])
    return max(DELIMITERS, key=lambda sign: (outside.count(sign), -DELIMITERS.index(sign)))


def _read_csv(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(MAX_FILE_BYTES)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    begins_at = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise InvalidInputError(f"Line {begins_at} is not CSV: {error}.", line=begins_at) from error
        yield begins_at, cells
        begins_at = reader.line_num + 1
