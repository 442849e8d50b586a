"""An order file cut into the days it came in on, each a file of its own that is read by the same profile."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from fulfillment.core.errors import InvalidInputError
from fulfillment.flows.import_file import ImportedFile, read_lookups
from fulfillment.imports.classifying import ClassifiedTable, classify_rows
from fulfillment.imports.outcomes import FileKind
from fulfillment.imports.profile_files import load_profile
from fulfillment.imports.readers import SourceTable, read_table
from fulfillment.imports.rows import OrderRow


@dataclass(frozen=True)
class Stride:
    """The orders of some days: the first of them, when the last order came in, and the rows as a file.

    A whole file has neither day nor moment.
    """

    first_day: date | None
    last_order_at: datetime | None
    file: ImportedFile

    @property
    def name(self) -> str:
        """The first day, or the file."""
        return self.file.name if self.first_day is None else self.first_day.isoformat()

    @property
    def words(self) -> str:
        """What to add to the name of a step."""
        return "" if self.first_day is None else f" of {self.first_day}"


def write_beside(folder: Path, file: ImportedFile) -> Path:
    """The file stands in the folder, with those its profile looks things up in; returns where."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in {**file.beside, file.name: file.content}.items():
        (folder / name).write_bytes(content)
    return folder / file.name


def cut_by_days(file: ImportedFile, *, profile_name: str, days: int) -> list[Stride]:
    """The file's rows in strides of so many days, counted from the first order; empty strides are left out.

    An order stays whole, in the stride of its first row. A row without a date of its own, such as one a rule
    ignores, goes with its order, or else with the row before it. Every row is in exactly one stride.

    Raises:
        NotFoundError: there is no such profile.
        InvalidInputError: the file cannot be read as the profile needs, is a workbook, or has no dates.
    """
    profile = load_profile(profile_name)
    mapping = profile.mapping_of(FileKind.ORDERS)
    table = read_table(
        file.content, encoding=profile.encoding, delimiter=profile.delimiter, sheet=profile.sheet
    )
    if table.encoding == "xlsx":
        raise InvalidInputError(f"{file.name} is a workbook; save it as CSV to go through it day by day.")
    classified = classify_rows(table, mapping, lookups=read_lookups(mapping, file.beside))
    moments = _moments(table, classified)
    if not moments:
        raise InvalidInputError(f"{file.name} says of no order when it came in; run it whole.")
    lines = _physical_lines(file.content, table, profile.encoding)
    first_day = min(moments.values()).date()
    strides: dict[int, list[int]] = {}
    for line_no, moment in moments.items():
        strides.setdefault((moment.date() - first_day).days // days, []).append(line_no)
    header = next(lines)
    rows = dict(zip((row.line_no for row in table.rows), lines, strict=True))
    return [
        Stride(
            first_day=first_day + timedelta(days=place * days),
            last_order_at=max(moments[line_no] for line_no in chosen),
            file=ImportedFile(
                name=f"{first_day + timedelta(days=place * days)}.csv",
                content="".join([header, *(rows[line_no] for line_no in sorted(chosen))]).encode(
                    profile.encoding or "utf-8"
                ),
                beside=file.beside,
            ),
        )
        for place, chosen in sorted(strides.items())
    ]


def _moments(table: SourceTable, classified: ClassifiedTable) -> dict[int, datetime]:
    """When each row's order came in, by line; none if no row says it."""
    group_of = {finding.line_no: finding.group_ref for finding in classified.settled}
    group_of |= {kept.row.line_no: kept.group_ref for kept in classified.kept}
    first: dict[str, datetime] = {}
    for kept in classified.kept:
        if isinstance(kept.row, OrderRow) and kept.row.header.ordered_at is not None:
            first.setdefault(kept.group_ref, kept.row.header.ordered_at)
    return dict(_carried(table, group_of, first)) if first else {}


def _carried(
    table: SourceTable, group_of: Mapping[int, str], first: Mapping[str, datetime]
) -> Iterator[tuple[int, datetime]]:
    before = min(first.values())
    for row in table.rows:
        before = first.get(group_of[row.line_no], before)
        yield row.line_no, before


def _physical_lines(content: bytes, table: SourceTable, encoding: str | None) -> Iterator[str]:
    """The header, then each row, as the characters of the file; a row may span lines."""
    text = content.decode(encoding or table.encoding).removeprefix("\ufeff")
    lines = list(io.StringIO(text, newline=""))
    starts = [row.line_no - 1 for row in table.rows]
    yield "".join(lines[: starts[0]] if starts else lines)
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        joined = "".join(lines[start:end])
        yield joined if joined.endswith(("\n", "\r")) else f"{joined}\n"
