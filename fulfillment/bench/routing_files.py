"""Routing instances from files: one JSON object, or a folder of CSV files with the same fields.

The lists and their fields are those of `fulfillment.routing.rows`; `docs/routing.md` shows an example.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any, TypeVar

from fulfillment.core.errors import InvalidInputError
from fulfillment.routing.building import build_problem
from fulfillment.routing.problem import Problem
from fulfillment.routing.rows import (
    BanRow,
    LineRow,
    OrderRow,
    ProductRow,
    RateRow,
    StockRow,
    Terms,
    WarehouseRow,
    ZoneRow,
)

Row = TypeVar("Row", ProductRow, LineRow, OrderRow, WarehouseRow, StockRow, ZoneRow, RateRow, BanRow, Terms)
Value = Any
YES = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
LISTS = (
    "orders",
    "lines",
    "products",
    "components",
    "warehouses",
    "stock",
    "zones",
    "rates",
    "bans",
    "terms",
)


def read_instance(path: Path) -> Problem:
    """The problem of a JSON file or of a folder of CSV files.

    Raises:
        InvalidInputError: where the file cannot be read as such, or naming the faulty row.
    """
    if not path.exists():
        raise InvalidInputError(f"{path}: there is no such file or folder.", row=str(path))
    tables = _read_folder(path) if path.is_dir() else _read_json(path)
    lines = _by_owner(tables.get("lines", []), "order")
    components = _by_owner(tables.get("components", []), "kit")
    orders = [_order(entry, number, lines) for number, entry in enumerate(tables.get("orders", []), start=1)]
    products = [
        _product(entry, number, components)
        for number, entry in enumerate(tables.get("products", []), start=1)
    ]
    terms = tables.get("terms", [])
    return build_problem(
        orders,
        products=products,
        warehouses=_rows(WarehouseRow, tables, "warehouses"),
        stock=_rows(StockRow, tables, "stock"),
        zones=_rows(ZoneRow, tables, "zones"),
        rates=_rows(RateRow, tables, "rates"),
        bans=_rows(BanRow, tables, "bans"),
        terms=_row(Terms, terms[0], "terms") if terms else None,
    )


def _read_json(path: Path) -> dict[str, list[dict[str, Value]]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, UnicodeError) as fault:
        raise InvalidInputError(f"{path}: it is not a JSON file ({fault}).", row=str(path)) from fault
    if not isinstance(content, dict):
        raise InvalidInputError(f"{path}: one JSON object is wanted.", row=str(path))
    if isinstance(content.get("terms"), dict):
        content["terms"] = [content["terms"]]
    for name, entries in content.items():
        if (
            name not in LISTS
            or not isinstance(entries, list)
            or not all(isinstance(e, dict) for e in entries)
        ):
            raise InvalidInputError(f"{path}: {name!r} is not a known list of objects.", row=name)
    return content


def _read_folder(path: Path) -> dict[str, list[dict[str, Value]]]:
    tables = {}
    for name in LISTS:
        file = path / f"{name}.csv"
        if file.exists():
            with file.open(encoding="utf-8-sig", newline="") as source:
                tables[name] = [
                    {key: _value(text) for key, text in entry.items() if key and text not in {None, ""}}
                    for entry in csv.DictReader(source)
                ]
    if "orders" not in tables:
        raise InvalidInputError(f"{path}: orders.csv is missing.", row=str(path))
    return tables


def _value(text: str) -> Value:
    """A number where the text is one, else the text; what a field needs is checked where it is used."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _by_owner(entries: Sequence[Mapping[str, Value]], owner: str) -> dict[str, list[dict[str, Value]]]:
    found: dict[str, list[dict[str, Value]]] = {}
    for entry in entries:
        rest = {key: value for key, value in entry.items() if key != owner}
        found.setdefault(str(entry.get(owner)), []).append(rest)
    return found


def _order(entry: Mapping[str, Value], number: int, lines: Mapping[str, list[dict[str, Value]]]) -> OrderRow:
    name = f"Order row {number}"
    own = [*entry.get("lines", []), *lines.get(str(entry.get("id")), [])]
    rest = {key: value for key, value in entry.items() if key != "lines"}
    rest["lines"] = tuple(
        _row(LineRow, line, f"{name}, line {place}") for place, line in enumerate(own, start=1)
    )
    forbidden = rest.get("forbidden_warehouses", ())
    rest["forbidden_warehouses"] = (
        tuple(forbidden.split()) if isinstance(forbidden, str) else tuple(forbidden)
    )
    return _row(OrderRow, rest, name)


def _product(
    entry: Mapping[str, Value], number: int, components: Mapping[str, list[dict[str, Value]]]
) -> ProductRow:
    own = [*entry.get("components", []), *components.get(str(entry.get("sku")), [])]
    rest = {key: value for key, value in entry.items() if key != "components"}
    rest["components"] = tuple((str(part.get("sku")), part.get("qty", 1)) for part in own)
    return _row(ProductRow, rest, f"Product row {number}")


def _rows(kind: type[Row], tables: Mapping[str, list[dict[str, Value]]], name: str) -> list[Row]:
    return [
        _row(kind, entry, f"{name} row {number}")
        for number, entry in enumerate(tables.get(name, []), start=1)
    ]


def _row(kind: type[Row], entry: Mapping[str, Value], name: str) -> Row:
    """The entry as a row of this kind, text fields as text and yes-or-no fields as such."""
    known = {field.name: field for field in fields(kind)}
    strange = sorted(set(entry) - set(known))
    missing = sorted(
        field.name
        for field in known.values()
        if field.name not in entry and field.default is MISSING and field.default_factory is MISSING
    )
    if strange or missing:
        words = [f"{field!r} is not a field" for field in strange] + [
            f"{field!r} is missing" for field in missing
        ]
        raise InvalidInputError(f"{name}: {'; '.join(words)}.", row=name)
    return kind(**{key: _fitted(known[key], value, name) for key, value in entry.items()})


def _fitted(field: Field[Any], value: Value, name: str) -> Value:
    kind = str(field.type)
    if "bool" in kind and not isinstance(value, bool):
        if str(value).lower() not in YES:
            raise InvalidInputError(f"{name}: {field.name} is {value!r}, neither true nor false.", row=name)
        return YES[str(value).lower()]
    return str(value) if "str" in kind and "tuple" not in kind and value is not None else value
