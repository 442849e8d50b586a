from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fulfillment.core.addresses import (
    Address,
    find_address_problem,
    is_military,
    is_po_box,
    normalize_address,
)

HOME = Address(name="Ana Ruiz", street1="1200 12th Street", city="Rochester", state="MN", zip="55902")


def test_a_complete_address_has_no_problem() -> None:
    assert find_address_problem(HOME) is None


def test_a_zip_of_another_state_is_named_with_the_state_it_belongs_to() -> None:
    problem = find_address_problem(replace(HOME, zip="10001"))

    assert problem == "ZIP 10001 does not lie in MN. It belongs to NY. Correct one of the two."


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "names no person"),
        ({"street1": " "}, "has no street"),
        ({"city": ""}, "has no city"),
        ({"state": ""}, "has no state"),
        ({"zip": ""}, "has no ZIP"),
        ({"zip": "5590"}, "is not a ZIP of US"),
        ({"state": "ZZ"}, "is not a state of US"),
        ({"country": "XX"}, "is not a country code"),
        ({"street1": "1 Main\x07 St"}, "control character"),
        ({"city": "x" * 201}, "longer than 200"),
    ],
)
def test_each_fault_gets_its_sentence(change: dict[str, str], words: str) -> None:
    problem = find_address_problem(replace(HOME, **change))  # type: ignore[arg-type]  # texts only

    assert problem is not None
    assert words in problem


def test_normalizing_repairs_blanks_state_names_and_a_lost_leading_zero() -> None:
    messy = Address(
        name="  Ana   Ruiz ", street1="2 Broadway", city="Somers  Point", state="new jersey", zip="8244",
        country="us",
    )  # fmt: skip

    tidy = normalize_address(messy)

    assert tidy == Address(
        name="Ana Ruiz", street1="2 Broadway", city="Somers Point", state="NJ", zip="08244", country="US"
    )
    assert find_address_problem(tidy) is None


def test_nine_digits_become_a_zip_plus_four() -> None:
    assert normalize_address(replace(HOME, zip="559021234")).zip == "55902-1234"


def test_a_brazilian_postal_code_is_checked_against_its_state() -> None:
    paulista = Address(
        name="Ana", street1="Av. Paulista 1", city="São Paulo", state="SP", zip="01310-000", country="BR"
    )

    assert find_address_problem(paulista) is None
    assert find_address_problem(replace(paulista, zip="20040-000")) is not None


def test_military_posts_are_known_by_state_or_city() -> None:
    assert is_military(replace(HOME, city="APO", state="AE", zip="09012"))
    assert is_military(replace(HOME, city="fpo"))
    assert not is_military(HOME)


@pytest.mark.parametrize("street", ["PO Box 12", "P.O. Box 7", "Box# 63", "Box # 209", "Post Office Box 1"])
def test_post_office_boxes_are_seen(street: str) -> None:
    assert is_po_box(replace(HOME, street1=street))


@pytest.mark.parametrize("street", ["12 Boxwood Lane", "Boxer Street 4", "94-210 Leokane, Suite 105"])
def test_streets_that_only_sound_like_boxes_are_streets(street: str) -> None:
    assert not is_po_box(replace(HOME, street1=street))


@given(text=st.text(max_size=40), code=st.text(max_size=12), state=st.text(max_size=12))
def test_normalizing_twice_changes_nothing_more(text: str, code: str, state: str) -> None:
    once = normalize_address(Address(name=text, street1=text, city=text, state=state, zip=code))

    assert normalize_address(once) == once
    find_address_problem(once)
