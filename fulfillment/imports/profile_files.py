"""Profiles are TOML files; docs/imports.md describes the format.

A profile that says something unknown is refused, because a misspelt rule would let rows through in silence.
"""

import re
import tomllib
import zoneinfo
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any, cast, get_args

from fulfillment.core.errors import InvalidInputError, NotFoundError
from fulfillment.imports.outcomes import FileKind
from fulfillment.imports.profiles import (
    Condition,
    Deed,
    FieldMap,
    FileMapping,
    Lookup,
    Operand,
    Profile,
    Rule,
    Test,
)
from fulfillment.imports.rows import CELLS, REQUIRED, VOLUME_PREFIX, CellKind

PROFILE_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
FILE_KEYS = {"encoding", "delimiter", "sheet"}
MAPPING_KEYS = {
    "time_zone", "decimal", "grouping", "exact_duplicates", "repeated_keys", "unknown_members",
    "is_paid_in_full", "paid_tolerance_minor", "fields",
    "rules", "lookups",
}  # fmt: skip
FIELD_KEYS = {
    "column", "columns", "join", "constant", "default", "strip_prefix", "strip_suffix", "append", "zero_pad",
    "is_upper", "values", "formats", "multiply", "is_rounded",
}  # fmt: skip
RULE_KEYS = {"code", "outcome", "treat_as", "sentence", "when", "is_for_order"}

Document = Mapping[str, Any]


def list_profiles() -> list[str]:
    """The names of the profiles that come with the product, in alphabetical order."""
    folder = resources.files("fulfillment.imports") / "profiles"
    return sorted(
        entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")
    )


@lru_cache(maxsize=32)
def load_profile(name: str) -> Profile:
    """The profile of this name.

    Raises:
        NotFoundError: there is none.
    """
    known = list_profiles()
    if not PROFILE_NAME.fullmatch(name) or name not in known:
        raise NotFoundError(f"There is no profile {name!r}; choose one of {', '.join(known)}.")
    text = (resources.files("fulfillment.imports") / "profiles" / f"{name}.toml").read_text("utf-8")
    return parse_profile(text, name=name)


def parse_profile(text: str, *, name: str) -> Profile:
    """The profile a TOML text describes.

    Raises:
        InvalidInputError: it is not TOML, or says something the format does not have.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInputError(f"Profile {name} is not TOML: {error}.") from error
    _require_known(document, {"title", "file", *FileKind}, where=f"profile {name}")
    file = document.get("file", {})
    _require_known(file, FILE_KEYS, where=f"profile {name}, file")
    mappings = {
        kind: _parse_mapping(document[kind], kind, where=f"profile {name}, {kind}")
        for kind in FileKind
        if kind in document
    }
    return Profile(
        name=name,
        title=str(document.get("title", name)),
        encoding=file.get("encoding"),
        delimiter=file.get("delimiter"),
        sheet=file.get("sheet"),
        mappings=mappings,
    )


def _parse_mapping(document: Document, kind: FileKind, *, where: str) -> FileMapping:
    _require_known(document, MAPPING_KEYS, where=where)
    fields = tuple(
        _parse_field(name, entry, kind, where=f"{where}, field {name}")
        for name, entry in document.get("fields", {}).items()
    )
    missing = set(REQUIRED[kind]) - {entry.name for entry in fields}
    if missing:
        raise InvalidInputError(f"{where} does not map {', '.join(sorted(missing))}.")
    options = {key: document[key] for key in MAPPING_KEYS - {"fields", "rules", "lookups"} if key in document}
    _require_one_of(options.get("exact_duplicates", "ignore"), ("ignore", "keep"), where)
    _require_one_of(options.get("repeated_keys", "reject"), ("ignore", "reject"), where)
    _require_one_of(options.get("unknown_members", "reject"), ("guest", "reject"), where)
    _require_one_of(options.get("time_zone", "UTC"), zoneinfo.available_timezones(), where)
    names = {entry.name for entry in fields} | set(CELLS[kind])
    return FileMapping(
        kind=kind,
        # Money needs its currency, so that comes first.
        fields=tuple(sorted(fields, key=lambda entry: entry.name != "currency")),
        rules=tuple(_parse_rule(rule, names, where=where) for rule in document.get("rules", [])),
        lookups=tuple(_parse_lookup(entry, where=where) for entry in document.get("lookups", [])),
        **options,
    )


def _parse_field(name: str, entry: Document, kind: FileKind, *, where: str) -> FieldMap:
    _require_known(entry, FIELD_KEYS, where=where)
    cells = CELLS[kind]
    if name in cells:
        cell_kind = cells[name]
    elif name.startswith(VOLUME_PREFIX) and kind in (FileKind.ORDERS, FileKind.PRODUCTS):
        cell_kind = CellKind.VOLUME
    else:
        raise InvalidInputError(f"{where}: rows of {kind} have no such field.")
    columns = (entry["column"],) if "column" in entry else tuple(entry.get("columns", ()))
    sources = [bool(columns), "join" in entry, "constant" in entry]
    if sum(sources) != 1:
        raise InvalidInputError(f"{where}: give one of column, columns, join and constant.")
    return FieldMap(
        name=name,
        kind=cell_kind,
        columns=columns,
        join=tuple(entry.get("join", ())),
        constant=entry.get("constant"),
        default=entry.get("default"),
        strip_prefix=entry.get("strip_prefix", ""),
        strip_suffix=entry.get("strip_suffix", ""),
        append=entry.get("append", ""),
        zero_pad=entry.get("zero_pad", 0),
        is_upper=entry.get("is_upper", False),
        values=dict(entry.get("values", {})),
        formats=tuple(entry.get("formats", ())),
        multiply=str(entry.get("multiply", "1")),
        is_rounded=bool(entry.get("is_rounded", False)),
    )


def _parse_rule(entry: Document, names: set[str], *, where: str) -> Rule:
    where = f"{where}, rule {entry.get('code', '?')}"
    _require_known(entry, RULE_KEYS, where=where)
    if not {"code", "sentence", "when"} <= entry.keys() or ("outcome" in entry) == ("treat_as" in entry):
        raise InvalidInputError(f"{where}: give code, sentence, when, and one of outcome and treat_as.")
    deed = entry.get("outcome", entry.get("treat_as"))
    _require_one_of(deed, get_args(Deed), where)
    conditions = tuple(_parse_condition(condition, names, where=where) for condition in entry["when"])
    if not conditions:
        raise InvalidInputError(f"{where}: a rule needs at least one condition.")
    return Rule(
        code=entry["code"],
        deed=cast("Deed", deed),
        sentence=entry["sentence"],
        conditions=conditions,
        is_for_order=bool(entry.get("is_for_order", False)),
    )


def _parse_condition(entry: Document, names: set[str], *, where: str) -> Condition:
    tests = entry.keys() - {"field", "column"}
    if ("field" in entry) == ("column" in entry) or len(tests) != 1:
        raise InvalidInputError(f"{where}: a condition names a field or a column, and one test.")
    test = tests.pop()
    _require_one_of(test, get_args(Test), where)
    if "field" in entry:
        _require_one_of(entry["field"], names, where)
    operand: Operand = entry[test]
    if test == "matches":
        operand = _parse_pattern(str(operand), where=where)
    elif test == "one_of":
        operand = tuple(entry[test])
    name = entry.get("field", entry.get("column"))
    return Condition(str(name), "column" in entry, cast("Test", test), operand)


def _parse_pattern(text: str, *, where: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise InvalidInputError(f"{where}: {text!r} is not a regular expression: {error}.") from error


def _parse_lookup(entry: Document, *, where: str) -> Lookup:
    _require_known(entry, {"file", "key", "columns"}, where=f"{where}, lookups")
    file = str(entry["file"])
    if "/" in file or "\\" in file or file.startswith("."):
        raise InvalidInputError(f"{where}: a lookup's file lies beside the imported one; give its bare name.")
    return Lookup(file, str(entry["key"]), tuple(entry["columns"]))


def _require_known(entry: Document, known: set[str], *, where: str) -> None:
    unknown = entry.keys() - known
    if unknown:
        raise InvalidInputError(f"{where}: {', '.join(sorted(unknown))} is not known; use {sorted(known)}.")


def _require_one_of(value: object, known: Any, where: str) -> None:  # noqa: ANN401 - any container of texts
    if value not in known:
        raise InvalidInputError(f"{where}: {value!r} is not known.")
