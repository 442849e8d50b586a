"""The text of a cell becomes a value, by what the profile declares; or a sentence says why it cannot."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from fulfillment.core.money import minor_digits
from fulfillment.imports.profiles import FieldMap, FileMapping
from fulfillment.imports.rows import CellKind, Value

MAX_WHOLE = 2**31 - 1
MAX_DECIMAL = Decimal(10) ** 15
CURRENCY = re.compile(r"[A-Z]{3}")
SIGNS = re.compile(r"^(-?)\s*(?:[A-Z]{0,3}[$€£¥])?\s*(-?)")
"""A currency's sign before an amount, such as "R$ 12" or "-$4"."""

TRUE_WORDS = frozenset({"true", "yes", "y", "1", "x"})
FALSE_WORDS = frozenset({"false", "no", "n", "0", ""})
DAY_FORMATS = ("%Y-%m-%d",)


class UnreadableCellError(ValueError):
    """The text does not say what the field needs; the message is a sentence for a person."""


@dataclass(frozen=True)
class Surroundings:
    """What a cell's meaning depends on beside its text."""

    mapping: FileMapping
    currency: str | None


def convert(text: str, entry: FieldMap, around: Surroundings) -> Value | None:
    """The value of a cell; None for a blank one.

    Raises:
        UnreadableCellError: the text does not fit the field's kind.
    """
    prepared = prepare_text(text, entry)
    if prepared == "":
        return None
    try:
        return _CONVERTERS[entry.kind](prepared, entry, around)
    except UnreadableCellError:
        raise
    except (ValueError, ArithmeticError, OverflowError) as error:
        raise UnreadableCellError(
            f"{entry.name} is {prepared!r}, which is not {_NAMES[entry.kind]}."
        ) from error


def prepare_text(text: str, entry: FieldMap) -> str:
    """The text after the profile's changes, in this order: strip, replace, pad, append, upper-case."""
    bare = " ".join(text.split()).removeprefix(entry.strip_prefix).removesuffix(entry.strip_suffix).strip()
    if entry.values:
        bare = entry.values.get(bare, entry.values.get("*", bare) if bare else bare)
    if not bare:
        return entry.default or ""
    if entry.zero_pad and bare.isdigit():
        bare = bare.zfill(entry.zero_pad)
    bare += entry.append
    return bare.upper() if entry.is_upper else bare


def parse_decimal(text: str, *, decimal: str, grouping: str) -> Decimal:
    """The number a text names, written with this decimal sign and this sign between thousands.

    Raises:
        ValueError: it is not a number, or its groups are not groups of three.
    """
    matched = SIGNS.match(text)
    assert matched, "every part of the pattern may be empty"
    sign = matched[1] + matched[2]
    whole, point, fraction = text[matched.end() :].partition(decimal)
    if grouping and grouping in whole:
        groups = whole.split(grouping)
        if not 1 <= len(groups[0]) <= 3 or any(len(group) != 3 for group in groups[1:]):
            raise ValueError(text)
        whole = "".join(groups)
    plain = f"{sign}{whole}.{fraction}" if point else f"{sign}{whole}"
    try:
        number = Decimal(plain)
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not number.is_finite() or abs(number) > MAX_DECIMAL:
        raise ValueError(text)
    return number


def _text(text: str, entry: FieldMap, _: Surroundings) -> str:
    if entry.name == "currency" and not CURRENCY.fullmatch(text):
        raise UnreadableCellError(f"currency is {text!r}; give three capital letters such as USD.")
    unprintable = sorted({sign for sign in text if not sign.isprintable()})
    if unprintable:
        raise UnreadableCellError(f"{entry.name} holds the control character U+{ord(unprintable[0]):04X}.")
    return text


def _number(text: str, entry: FieldMap, around: Surroundings) -> Decimal:
    number = parse_decimal(text, decimal=around.mapping.decimal, grouping=around.mapping.grouping)
    return number * Decimal(entry.multiply)


def _whole(text: str, entry: FieldMap, around: Surroundings) -> int:
    number = _number(text, entry, around)
    # A measure converted from another unit, such as ounces to grams, is rounded to a whole one.
    rounded = number if entry.multiply == "1" else number.to_integral_value(ROUND_HALF_UP)
    if rounded != rounded.to_integral_value() or abs(rounded) > MAX_WHOLE:
        raise ValueError(text)
    return int(rounded)


def _decimal(text: str, entry: FieldMap, around: Surroundings) -> float:
    return float(_number(text, entry, around))


def _money(text: str, entry: FieldMap, around: Surroundings) -> int:
    if around.currency is None:
        raise UnreadableCellError(f"{entry.name} has no currency.")
    places = minor_digits(around.currency)
    minor = _number(text, entry, around).scaleb(places)
    if entry.is_rounded:
        minor = minor.to_integral_value(ROUND_HALF_UP)
    if minor != minor.to_integral_value():
        raise UnreadableCellError(
            f"{entry.name} is {text!r}; {around.currency} has {places} decimal places, not more."
        )
    return int(minor)


def _volume(text: str, entry: FieldMap, around: Surroundings) -> int:
    hundredths = _number(text, entry, around).scaleb(2)
    if hundredths != hundredths.to_integral_value():
        raise UnreadableCellError(f"{entry.name} is {text!r}; points have at most two decimal places.")
    return int(hundredths)


def _instant(text: str, entry: FieldMap, around: Surroundings) -> datetime:
    moment = _parse_moment(text, entry.formats)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(around.mapping.time_zone))
    return moment.astimezone(UTC)


def _day(text: str, entry: FieldMap, _: Surroundings) -> date:
    return _parse_moment(text, entry.formats or DAY_FORMATS).date()


def _parse_moment(text: str, formats: tuple[str, ...]) -> datetime:
    for form in formats:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - a text without zone gets the profile's
        except ValueError:
            continue
    if not formats:
        return datetime.fromisoformat(text)
    raise ValueError(text)


def _flag(text: str, entry: FieldMap, _: Surroundings) -> bool:
    word = text.lower()
    if word not in TRUE_WORDS | FALSE_WORDS:
        raise UnreadableCellError(f"{entry.name} is {text!r}; write yes or no.")
    return word in TRUE_WORDS


_CONVERTERS: Mapping[CellKind, Callable[[str, FieldMap, Surroundings], Value]] = {
    CellKind.TEXT: _text,
    CellKind.WHOLE: _whole,
    CellKind.DECIMAL: _decimal,
    CellKind.MONEY: _money,
    CellKind.VOLUME: _volume,
    CellKind.INSTANT: _instant,
    CellKind.DAY: _day,
    CellKind.FLAG: _flag,
}
_NAMES: Mapping[CellKind, str] = {
    CellKind.TEXT: "a text",
    CellKind.WHOLE: "a whole number",
    CellKind.DECIMAL: "a number",
    CellKind.MONEY: "an amount",
    CellKind.VOLUME: "a number of points",
    CellKind.INSTANT: "a date and time in the profile's form",
    CellKind.DAY: "a date in the profile's form",
    CellKind.FLAG: "yes or no",
}
