"""Each row of a table is settled by a rule, found faulty, or kept with its dataclass: never two of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from fulfillment.imports.checks import find_row_fault
from fulfillment.imports.mapping import ColumnPlan, MappedRow, build_row, find_missing, map_row, plan_columns
from fulfillment.imports.outcomes import FileKind, RowFinding, RowOutcome
from fulfillment.imports.profiles import Deed, FileMapping, Rule
from fulfillment.imports.readers import SourceRow, SourceTable
from fulfillment.imports.rows import KEY, ImportedRow
from fulfillment.imports.rules import find_rule, tell_rule

LookupTables = Mapping[str, Mapping[str, Mapping[str, str]]]
"""By file name, by key, the columns a lookup adds."""


@dataclass(frozen=True)
class KeptRow:
    """A row that means something, and what its rule makes of it."""

    row: ImportedRow
    group_ref: str
    deed: Deed = "accepted"
    code: str = ""
    sentence: str = ""


@dataclass(frozen=True)
class ClassifiedTable:
    """Every row of a table, in exactly one of the two."""

    settled: tuple[RowFinding, ...]
    kept: tuple[KeptRow, ...]
    unused_columns: tuple[str, ...]


def classify_rows(
    table: SourceTable, mapping: FileMapping, *, lookups: LookupTables | None = None
) -> ClassifiedTable:
    """Every row of the table is settled or kept.

    The order of questions is fixed: unreadable as a row, blank, exact repetition, ignored or rejected by a
    rule, faulty cell, missing cell, breaks a rule of form, key seen before.

    Raises:
        InvalidInputError: the file lacks a column that the profile needs.
    """
    plan = plan_columns(mapping, table.header)
    sorter = _Sorter(table, plan, lookups or {})
    settled: list[RowFinding] = []
    kept: list[KeptRow] = []
    for source in table.rows:
        result = sorter.sort(source)
        if isinstance(result, RowFinding):
            settled.append(result)
        else:
            kept.append(result)
    return ClassifiedTable(tuple(settled), tuple(kept), plan.unused_columns)


class _Sorter:
    """Remembers what came before, for repetitions."""

    def __init__(self, table: SourceTable, plan: ColumnPlan, lookups: LookupTables) -> None:
        self._table = table
        self._plan = plan
        self._mapping = plan.mapping
        self._lookups = lookups
        self._line_of_cells: dict[tuple[str, ...], int] = {}
        self._line_of_key: dict[tuple[str, ...], int] = {}

    def sort(self, source: SourceRow) -> RowFinding | KeptRow:
        """The row settled or kept."""
        finding = self._settle_unread(source)
        if finding is not None:
            return finding
        mapped = map_row(source.line_no, self._join_lookups(source), self._plan)
        group_ref = _group_ref(mapped, self._mapping.kind)
        rule = find_rule(self._mapping.rules, values=mapped.values, cells=mapped.cells)
        if rule is not None and rule.deed in ("ignored", "rejected"):
            return RowFinding(
                source.line_no, RowOutcome(rule.deed), rule.code, _tell(rule, mapped), group_ref
            )
        missing = find_missing(mapped, self._mapping.kind)
        fault = mapped.faults[0] if mapped.faults else missing
        if fault is not None:
            return _rejected(source.line_no, fault.code, fault.sentence, group_ref)
        return self._settle_kept(mapped, group_ref, rule)

    def _settle_unread(self, source: SourceRow) -> RowFinding | None:
        if source.fault is not None:
            return _rejected(source.line_no, *source.fault, "")
        if not any(source.cells):
            return _ignored(source.line_no, "blank-row", "The row is blank.", "")
        if source.cells == self._table.header:
            return _ignored(source.line_no, "repeated-header", "The row repeats the header.", "")
        first = self._line_of_cells.setdefault(source.cells, source.line_no)
        if first == source.line_no or self._mapping.exact_duplicates == "keep":
            return None
        mapped = map_row(source.line_no, self._join_lookups(source), self._plan)
        group_ref = _group_ref(mapped, self._mapping.kind)
        sentence = f"The row is the same as line {first} in every cell."
        return _ignored(source.line_no, "exact-duplicate", sentence, group_ref)

    def _settle_kept(self, mapped: MappedRow, group_ref: str, rule: Rule | None) -> RowFinding | KeptRow:
        row = build_row(mapped, self._mapping.kind)
        deed: Deed = rule.deed if rule else "accepted"
        fault = find_row_fault(row, deed)
        if fault is not None:
            return _rejected(mapped.line_no, fault.code, fault.sentence, group_ref)
        repetition = self._find_repetition(mapped)
        if repetition is not None:
            outcome = RowOutcome.IGNORED if self._mapping.repeated_keys == "ignore" else RowOutcome.REJECTED
            return RowFinding(mapped.line_no, outcome, "repeated-key", repetition, group_ref)
        if rule is None:
            return KeptRow(row, group_ref)
        return KeptRow(row, group_ref, deed, rule.code, _tell(rule, mapped))

    def _find_repetition(self, mapped: MappedRow) -> str | None:
        if self._mapping.kind is FileKind.ORDERS:
            return None
        key = tuple(mapped.text(name) for name in KEY[self._mapping.kind])
        first = self._line_of_key.setdefault(key, mapped.line_no)
        if first == mapped.line_no:
            return None
        named = " ".join(part for part in key if part)
        return f"{named} stands already in line {first}; the first one counts."

    def _join_lookups(self, source: SourceRow) -> Mapping[str, str]:
        cells = dict(self._table.as_mapping(source))
        for lookup in self._mapping.lookups:
            found = self._lookups.get(lookup.file, {}).get(cells.get(lookup.key, "").strip(), {})
            cells.update({column: found.get(column, "") for column in lookup.columns})
        return cells


def _group_ref(mapped: MappedRow, kind: FileKind) -> str:
    return " ".join(text for text in (mapped.text(name) for name in KEY[kind]) if text)


def _tell(rule: Rule, mapped: MappedRow) -> str:
    return tell_rule(rule, values=mapped.values, cells=mapped.cells)


def _rejected(line_no: int, code: str, sentence: str, group_ref: str) -> RowFinding:
    return RowFinding(line_no, RowOutcome.REJECTED, code, sentence, group_ref)


def _ignored(line_no: int, code: str, sentence: str, group_ref: str) -> RowFinding:
    return RowFinding(line_no, RowOutcome.IGNORED, code, sentence, group_ref)
