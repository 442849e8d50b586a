"""A row of text becomes a row of ours: each field found in its column, converted, or named as a fault."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from fulfillment.core.errors import InvalidInputError
from fulfillment.imports.conversions import Surroundings, UnreadableCellError, convert
from fulfillment.imports.outcomes import CellFault, FileKind
from fulfillment.imports.profiles import FieldMap, FileMapping
from fulfillment.imports.rows import (
    HEADER_CELLS,
    REQUIRED,
    VOLUME_PREFIX,
    ImportedRow,
    MemberRow,
    OrderHeader,
    OrderRow,
    ProductRow,
    StockRow,
    Value,
    WarehouseRow,
    ZoneRow,
)


@dataclass(frozen=True)
class MappedRow:
    """What could be read of a row, before any rule: values by field, and the cells that could not."""

    line_no: int
    cells: Mapping[str, str]
    """The raw text by column, with what the lookups added."""
    values: Mapping[str, Value]
    faults: tuple[CellFault, ...]

    def text(self, field: str) -> str:
        """The value of a field as text, "" where it is blank."""
        value = self.values.get(field)
        return "" if value is None else str(value)


@dataclass(frozen=True)
class ColumnPlan:
    """A mapping fitted to one file's header."""

    mapping: FileMapping
    found: Mapping[str, tuple[str, ...]]
    """The columns of this file that each field reads; none for a constant."""
    unused_columns: tuple[str, ...]


def plan_columns(mapping: FileMapping, header: tuple[str, ...]) -> ColumnPlan:
    """The columns of this file that each field reads; case and blanks of column names do not matter.

    Raises:
        InvalidInputError: a required field's column is missing; the sentence lists the header.
    """
    by_name = {_fold(name): name for name in header}
    added = [column for lookup in mapping.lookups for column in lookup.columns]
    by_name.update({_fold(name): name for name in added})
    found: dict[str, tuple[str, ...]] = {}
    for entry in mapping.fields:
        names = tuple(by_name[_fold(name)] for name in entry.columns + entry.join if _fold(name) in by_name)
        found[entry.name] = names if entry.join else names[:1]
        if not names and entry.constant is None and entry.default is None:
            _require_optional(entry, mapping.kind, header)
    in_rules = {
        condition.name for rule in mapping.rules for condition in rule.conditions if condition.is_column
    }
    used = {name for names in found.values() for name in names} | in_rules | set(added)
    used |= {lookup.key for lookup in mapping.lookups}
    return ColumnPlan(mapping, found, tuple(name for name in header if name and name not in used))


def map_row(line_no: int, cells: Mapping[str, str], plan: ColumnPlan) -> MappedRow:
    """What the profile makes of one row; nothing is required yet, because a rule may ignore the row."""
    values: dict[str, Value] = {}
    faults: list[CellFault] = []
    currency: str | None = None
    for entry in plan.mapping.fields:
        try:
            value = convert(_find_text(cells, entry, plan), entry, Surroundings(plan.mapping, currency))
        except UnreadableCellError as error:
            faults.append(CellFault(entry.name, f"bad-{_dashed(entry.name)}", str(error)))
            continue
        if value is not None:
            values[entry.name] = value
            currency = str(value) if entry.name == "currency" else currency
    return MappedRow(line_no, cells, values, tuple(faults))


def find_missing(mapped: MappedRow, kind: FileKind) -> CellFault | None:
    """The first required field that is blank."""
    for name in REQUIRED[kind]:
        if name not in mapped.values:
            return CellFault(name, f"missing-{_dashed(name)}", f"The row has no {name.replace('_', ' ')}.")
    return None


def build_row(mapped: MappedRow, kind: FileKind) -> ImportedRow:
    """The row as its dataclass; `find_missing` must have found nothing."""
    return _BUILDERS[kind](mapped)


def _find_text(cells: Mapping[str, str], entry: FieldMap, plan: ColumnPlan) -> str:
    if entry.constant is not None:
        return entry.constant
    return " ".join(cells[name] for name in plan.found[entry.name] if cells.get(name))


def _require_optional(entry: FieldMap, kind: FileKind, header: tuple[str, ...]) -> None:
    if entry.name in REQUIRED[kind]:
        wanted = " or ".join(entry.columns or entry.join)
        raise InvalidInputError(
            f"The file has no column {wanted} for {entry.name}; its columns are {', '.join(header)}. "
            "Choose the profile that fits the file.",
            missing=wanted,
        )


def _fold(name: str) -> str:
    return " ".join(name.split()).casefold()


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _volumes(mapped: MappedRow) -> dict[str, int]:
    return {
        name.removeprefix(VOLUME_PREFIX).upper(): value
        for name, value in mapped.values.items()
        if name.startswith(VOLUME_PREFIX) and isinstance(value, int)
    }


def _pick(mapped: MappedRow, row_type: type) -> dict[str, Any]:
    """The values whose names are fields of the dataclass."""
    names = {entry.name for entry in fields(row_type)}
    return {name: value for name, value in mapped.values.items() if name in names}


def _order_row(mapped: MappedRow) -> OrderRow:
    header = OrderHeader(**{name: mapped.values.get(name) for name in HEADER_CELLS})  # type: ignore[arg-type]  # each cell's kind gives its type
    return OrderRow(
        line_no=mapped.line_no, volumes=_volumes(mapped) or None, header=header, **_pick(mapped, OrderRow)
    )


def _product_row(mapped: MappedRow) -> ProductRow:
    return ProductRow(line_no=mapped.line_no, volumes=_volumes(mapped), **_pick(mapped, ProductRow))


def _stock_row(mapped: MappedRow) -> StockRow:
    return StockRow(line_no=mapped.line_no, **_pick(mapped, StockRow))


def _member_row(mapped: MappedRow) -> MemberRow:
    return MemberRow(line_no=mapped.line_no, **_pick(mapped, MemberRow))


def _warehouse_row(mapped: MappedRow) -> WarehouseRow:
    return WarehouseRow(line_no=mapped.line_no, **_pick(mapped, WarehouseRow))


def _zone_row(mapped: MappedRow) -> ZoneRow:
    return ZoneRow(line_no=mapped.line_no, **_pick(mapped, ZoneRow))


_BUILDERS: Mapping[FileKind, Callable[[MappedRow], ImportedRow]] = {
    FileKind.ORDERS: _order_row,
    FileKind.PRODUCTS: _product_row,
    FileKind.STOCK: _stock_row,
    FileKind.DISTRIBUTORS: _member_row,
    FileKind.WAREHOUSES: _warehouse_row,
    FileKind.ZONES: _zone_row,
}
