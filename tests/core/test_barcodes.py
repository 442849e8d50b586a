import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.core.barcodes import (
    CODE_128_MAX_LENGTH,
    can_carry_in_code_128,
    gs1_check_digit,
    is_gtin,
    make_sscc,
    parse_gtin,
    parse_sscc,
    require_code_128,
    to_gtin_14,
)
from fulfillment.core.errors import InvalidInputError


@pytest.mark.parametrize(
    "gtin",
    ["96385074", "036000291452", "4006381333931", "5901234123457", "10012345678902", "09506000134352"],
)
def test_published_gtins_are_accepted(gtin: str) -> None:
    assert parse_gtin(gtin) == gtin
    assert is_gtin(gtin)


def test_groups_written_apart_are_joined() -> None:
    assert parse_gtin("4 006381-333931") == "4006381333931"


def test_a_mistyped_gtin_is_refused_with_the_digit_expected() -> None:
    with pytest.raises(InvalidInputError, match="ends in 2, but its check digit is 1") as refusal:
        parse_gtin("4006381333932")

    assert refusal.value.detail == {"value": "4006381333932", "expected": 1}


@pytest.mark.parametrize(
    "text",
    ["", "40063813339", "400638133393\N{ARABIC-INDIC DIGIT ONE}", "²5901234123457", "ABCDEFGH", "123456789"],
)
def test_what_is_no_gtin_is_refused(text: str) -> None:
    assert not is_gtin(text)
    with pytest.raises(InvalidInputError):
        parse_gtin(text)


def test_the_same_article_has_one_gtin_14() -> None:
    assert to_gtin_14("036000291452") == to_gtin_14("0036000291452") == "00036000291452"


@given(st.text("0123456789", min_size=12, max_size=12), st.integers(0, 12), st.integers(1, 9))
def test_every_single_digit_slip_is_found(digits: str, place: int, slip: int) -> None:
    gtin = f"{digits}{gs1_check_digit(digits)}"
    wrong = gtin[:place] + str((int(gtin[place]) + slip) % 10) + gtin[place + 1 :]

    assert is_gtin(gtin)
    assert not is_gtin(wrong)


def test_printable_ascii_passes_unchanged() -> None:
    every_sign = "".join(map(chr, range(ord("!"), ord("~") + 1)))

    assert require_code_128(every_sign[:CODE_128_MAX_LENGTH], what="SKU") == every_sign[:CODE_128_MAX_LENGTH]
    assert require_code_128(every_sign[CODE_128_MAX_LENGTH:], what="SKU") == every_sign[CODE_128_MAX_LENGTH:]
    assert require_code_128("LONG NAME 1", what="SKU") == "LONG NAME 1"


def test_a_code_the_symbology_would_drop_is_refused_by_name() -> None:
    with pytest.raises(InvalidInputError, match="SKU “SKU-1日本” holds “日”, “本”") as refusal:
        require_code_128("SKU-1日本", what="SKU")

    assert refusal.value.detail["characters"] == ["U+65E5", "U+672C"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "SKU is empty"),
        ("A" * 49, "has 49 characters; a barcode carries at most 48"),
        ("A\nB", r"holds U\+000A"),
        ("A\x1dB", r"holds U\+001D"),
        ("é", "holds “é”"),
        (" A", "begins or ends with a blank"),
        ("A ", "begins or ends with a blank"),
    ],
)
def test_each_refusal_says_why(text: str, sentence: str) -> None:
    assert not can_carry_in_code_128(text)
    with pytest.raises(InvalidInputError, match=sentence):
        require_code_128(text, what="SKU")


@given(st.text())
def test_the_question_and_the_demand_agree(text: str) -> None:
    try:
        require_code_128(text, what="SKU")
    except InvalidInputError:
        assert not can_carry_in_code_128(text)
    else:
        assert can_carry_in_code_128(text)


def test_an_sscc_is_made_and_read_back() -> None:
    sscc = make_sscc(extension=0, company_prefix="0614141", serial=123456789)

    assert sscc == "006141411234567890"
    assert parse_sscc("(00) 0 0614141 1234567890") == sscc


@pytest.mark.parametrize(
    ("extension", "company_prefix", "serial"),
    [(10, "0614141", 1), (-1, "0614141", 1), (0, "061414", 1), (0, "06141411234", 1), (0, "0614141", 10**9)],
)
def test_parts_that_do_not_fit_an_sscc_are_refused(extension: int, company_prefix: str, serial: int) -> None:
    with pytest.raises(InvalidInputError):
        make_sscc(extension=extension, company_prefix=company_prefix, serial=serial)


@pytest.mark.parametrize("text", ["006141411234567891", "00614141123456789", "00614141123456789X"])
def test_a_wrong_sscc_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_sscc(text)
