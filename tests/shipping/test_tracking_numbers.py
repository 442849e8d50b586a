"""Tracking numbers as scanners read them."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.shipping.tracking_numbers import (
    TrackingNumber,
    clean_scan,
    normalize_scan,
    numbers_in,
    passes_check,
)

DATA = os.environ.get("FULFILLMENT_DATA")
LEFT_OUT = frozenset({"UPS Waybill", "FedEx ASTRA (32)", "FedEx Ground (SSCC-18)"})
CARRIERS = {"usps.json": "usps", "ups.json": "ups", "fedex.json": "fedex", "s10.json": "s10"}


def _published_numbers() -> list[tuple[str, str, str, bool]]:
    """File, form, number and whether it is valid, from the published collection."""
    if DATA is None:
        return []
    return [
        (file, kind["name"], number, verdict == "valid")
        for file in CARRIERS
        for kind in json.loads((Path(DATA) / "tracking_numbers" / file).read_text())["tracking_numbers"]
        if kind["name"] not in LEFT_OUT
        for verdict, numbers in kind["test_numbers"].items()
        for number in numbers
    ]


@pytest.mark.skipif(DATA is None, reason="FULFILLMENT_DATA names no folder with published tracking numbers.")
def test_published_numbers_are_told_from_mistyped_ones() -> None:
    published = _published_numbers()

    wrong = [
        (kind, number)
        for file, kind, number, is_valid in published
        if any(found.carrier in {CARRIERS[file], "usps"} for found in numbers_in(number)) is not is_valid
    ]

    assert len(published) == 90
    assert wrong == []


@pytest.mark.parametrize(
    ("scan", "number"),
    [
        ("420787459400111206206406260787", "9400111206206406260787"),
        ("\x1d420100233424\x1d9200190132607600833457", "9200190132607600833457"),
        ("]C14201028200009261290113185417468510", "9261290113185417468510"),
        ("1001921334250001000300779017972697", "779017972697"),
        ("9611020987654312345672", "987654312345672"),
        (" 1z5r89390357567127 ", "1Z5R89390357567127"),
        ("W-1042", "W1042"),
    ],
)
def test_the_number_is_taken_out_of_what_the_scanner_typed(scan: str, number: str) -> None:
    assert normalize_scan(scan) == number


def test_a_ups_number_names_its_carrier() -> None:
    assert numbers_in("1Z5R89390357567127") == (TrackingNumber("ups", "1Z5R89390357567127"),)


def test_a_wrong_last_digit_is_no_number_of_the_carrier() -> None:
    assert not passes_check("ups", "1Z5R89390357567128")


def test_an_article_number_can_look_like_fedex_so_forms_are_asked_last() -> None:
    assert numbers_in("036000291452") == ()
    assert passes_check("fedex", "477179081230")


@given(st.text(max_size=120))
def test_any_text_is_read_without_an_error_and_numbers_have_letters_and_digits_only(text: str) -> None:
    found = numbers_in(text)

    assert len(clean_scan(text)) <= 3 * 80
    assert all(each.number.isascii() and each.number.isalnum() for each in found)


@given(st.integers(min_value=0, max_value=10**19 - 1), st.integers(min_value=1, max_value=9))
def test_each_single_wrong_digit_of_a_usps_number_is_seen(serial: int, slip: int) -> None:
    body = f"94{serial:019d}"
    digit = -sum(int(sign) * (3 if place % 2 == 0 else 1) for place, sign in enumerate(reversed(body))) % 10
    number = f"{body}{digit}"
    wrong = f"{body}{(digit + slip) % 10}"

    assert passes_check("usps", number)
    assert not passes_check("usps", wrong)
