import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.imports.conversions import (
    Surroundings,
    UnreadableCellError,
    convert,
    parse_decimal,
    prepare_text,
)
from fulfillment.imports.outcomes import FileKind
from fulfillment.imports.profiles import FieldMap, FileMapping
from fulfillment.imports.rows import CellKind


def around(**options: str) -> Surroundings:
    return Surroundings(FileMapping(FileKind.ORDERS, (), **options), "USD")  # type: ignore[arg-type]  # texts only


def field(kind: CellKind, **options: object) -> FieldMap:
    return FieldMap("field", kind, **options)  # type: ignore[arg-type]  # options of the test


@pytest.mark.parametrize(
    ("text", "options", "prepared"),
    [
        (" 17850.0 ", {"strip_suffix": ".0"}, "17850"),
        ("#1001", {"strip_prefix": "#"}, "1001"),
        ("1310", {"zero_pad": 5, "append": "-000"}, "01310-000"),
        ("", {"zero_pad": 5, "append": "-000"}, ""),
        ("", {"default": "43217"}, "43217"),
        ("85123a", {"is_upper": True}, "85123A"),
        ("boleto", {"values": {"boleto": "bank_debit"}}, "bank_debit"),
        ("anything", {"values": {"*": "Customer", "": "Guest"}}, "Customer"),
        ("", {"values": {"*": "Customer", "": "Guest"}}, "Guest"),
    ],
)
def test_texts_are_prepared_as_the_profile_says(text: str, options: dict[str, object], prepared: str) -> None:
    assert prepare_text(text, field(CellKind.TEXT, **options)) == prepared


@pytest.mark.parametrize(
    ("text", "decimal", "grouping", "number"),
    [
        ("1234.5", ".", "", "1234.5"),
        ("1.234,50", ",", ".", "1234.50"),
        ("1 234,50", ",", " ", "1234.50"),
        ("R$ 12.50", ".", "", "12.50"),
        ("-$4.00", ".", "", "-4.00"),
        ("$-4.00", ".", "", "-4.00"),
        ("€ 3", ".", "", "3"),
    ],
)
def test_decimal_styles(text: str, decimal: str, grouping: str, number: str) -> None:
    assert parse_decimal(text, decimal=decimal, grouping=grouping) == Decimal(number)


@pytest.mark.parametrize("text", ["", "abc", "1,2", "1.2.3", "12,34.5", "NaN", "Infinity", "1e99", "--1"])
def test_what_is_not_a_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        parse_decimal(text, decimal=".", grouping=",")


def test_money_keeps_cents_and_refuses_more_unless_told_to_round() -> None:
    assert convert("12.34", field(CellKind.MONEY), around()) == 1234
    assert convert("119.17000000000002", field(CellKind.MONEY, is_rounded=True), around()) == 11917
    assert convert("0.315", field(CellKind.MONEY, is_rounded=True), around()) == 32
    with pytest.raises(UnreadableCellError, match="USD has 2 decimal places"):
        convert("0.315", field(CellKind.MONEY), around())


def test_instants_get_the_profile_s_zone_unless_they_bring_their_own() -> None:
    local = field(CellKind.INSTANT, formats=("%Y-%m-%d %H:%M:%S",))
    aware = field(CellKind.INSTANT, formats=("%Y-%m-%d %H:%M:%S %z",))

    assert convert("2017-07-01 12:00:00", local, around(time_zone="America/Sao_Paulo")) == datetime(
        2017, 7, 1, 15, tzinfo=UTC
    )
    assert convert("2024-01-15 10:00:00 -0500", aware, around()) == datetime(2024, 1, 15, 15, tzinfo=UTC)
    assert convert("2024-01-15T10:00:00Z", field(CellKind.INSTANT), around()) == datetime(
        2024, 1, 15, 10, tzinfo=UTC
    )


def test_days_take_the_first_form_that_fits() -> None:
    entry = field(CellKind.DAY, formats=("%Y-%m-%d", "%m/%d/%Y"))

    assert convert("12/31/2026", entry, around()) == date(2026, 12, 31)
    with pytest.raises(UnreadableCellError, match="not a date"):
        convert("31.12.2026", entry, around())


def test_pounds_become_grams_and_inches_millimeters() -> None:
    assert convert("1.5", field(CellKind.WHOLE, multiply="453.59237"), around()) == 680
    assert convert("10", field(CellKind.WHOLE, multiply="25.4"), around()) == 254


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        (CellKind.WHOLE, "1.5", "not a whole number"),
        (CellKind.WHOLE, "99999999999", "not a whole number"),
        (CellKind.FLAG, "perhaps", "write yes or no"),
        (CellKind.VOLUME, "1.234", "at most two decimal places"),
        (CellKind.TEXT, "a\x07b", "control character"),
        (CellKind.INSTANT, "yesterday", "not a date and time"),
    ],
)
def test_a_cell_that_does_not_fit_gets_a_sentence(kind: CellKind, text: str, words: str) -> None:
    with pytest.raises(UnreadableCellError, match=words):
        convert(text, field(kind), around())


@given(kind=st.sampled_from(CellKind), text=st.text(max_size=30))
def test_any_text_is_a_value_or_unreadable(kind: CellKind, text: str) -> None:
    try:
        value = convert(text, field(kind), around(time_zone="Europe/London"))
    except UnreadableCellError:
        return

    assert value is not None or not text.split()


@given(minor=st.integers(-(10**12), 10**12))
def test_written_amounts_are_read_back(minor: int) -> None:
    text = f"{minor / 100:,.2f}" if abs(minor) < 10**10 else f"{Decimal(minor).scaleb(-2):,.2f}"

    assert convert(text, field(CellKind.MONEY), around(grouping=",")) == minor
