"""What a profile says: how another system's file becomes rows of ours. `profile_files` reads them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from fulfillment.core.errors import InvalidInputError
from fulfillment.imports.outcomes import FileKind
from fulfillment.imports.rows import CellKind

Deed = Literal["accepted", "held", "rejected", "ignored", "return", "shipping_charge"]
Test = Literal["is_present", "equals", "one_of", "matches", "below", "above"]
Operand = str | int | float | bool | tuple[str, ...] | re.Pattern[str]


@dataclass(frozen=True)
class FieldMap:
    """Where one field comes from and how its text is read."""

    name: str
    kind: CellKind
    columns: tuple[str, ...] = ()
    """The first of these that the file has."""
    join: tuple[str, ...] = ()
    """Columns whose texts are joined with a blank."""
    constant: str | None = None
    default: str | None = None
    """Stands in for a blank cell."""
    strip_prefix: str = ""
    strip_suffix: str = ""
    append: str = ""
    zero_pad: int = 0
    is_upper: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    """Replacements for whole texts; "" stands for a blank cell, "*" for any other text."""
    formats: tuple[str, ...] = ()
    multiply: str = "1"
    is_rounded: bool = False
    """Amounts with more places than the currency are rounded half up, not refused."""


@dataclass(frozen=True)
class Condition:
    """A test of one mapped field, or of one column's raw text."""

    name: str
    is_column: bool
    test: Test
    operand: Operand


@dataclass(frozen=True)
class Rule:
    """What becomes of rows, or of whole orders, for which all conditions hold; the first rule decides."""

    code: str
    deed: Deed
    sentence: str
    conditions: tuple[Condition, ...]
    is_for_order: bool = False


@dataclass(frozen=True)
class Lookup:
    """A second file beside the imported one that adds columns to each row by a key."""

    file: str
    key: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class FileMapping:
    """How one kind of file is mapped."""

    kind: FileKind
    fields: tuple[FieldMap, ...]
    rules: tuple[Rule, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    time_zone: str = "UTC"
    decimal: str = "."
    grouping: str = ""
    exact_duplicates: Literal["ignore", "keep"] = "ignore"
    repeated_keys: Literal["ignore", "reject"] = "reject"
    unknown_members: Literal["guest", "reject"] = "reject"
    """Whether a buyer whose number we do not know orders as a guest."""
    is_paid_in_full: bool = False
    """Orders without a paid amount count as paid, offline."""
    paid_tolerance_minor: int = 0
    """A payment short by at most this came from rounding; the difference counts as a discount."""


@dataclass(frozen=True)
class Profile:
    """One origin of files; its name is the `source` of the orders it brings."""

    name: str
    title: str
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    mappings: Mapping[FileKind, FileMapping]

    def mapping_of(self, kind: FileKind) -> FileMapping:
        """How this profile maps files of a kind.

        Raises:
            InvalidInputError: it does not.
        """
        if kind not in self.mappings:
            known = ", ".join(sorted(self.mappings))
            raise InvalidInputError(f"Profile {self.name} has no mapping for {kind}; it maps {known}.")
        return self.mappings[kind]
