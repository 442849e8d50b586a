from datetime import date

import pytest
from sqlmodel import Session

from fulfillment.core.errors import InvalidInputError, NotFoundError
from fulfillment.returns.policy import ReturnEvent
from fulfillment.returns.rules_book import (
    list_packs,
    list_rules,
    load_pack,
    load_packs,
    packs_shipped,
    read_pack,
    switch_pack,
)

PACK = """
[[rule]]
code = "two-places"
jurisdictions = ["DE", "FR"]
percent = 100
window_days = 14
valid_from = 2026-01-01
source = "A test"
"""


def test_every_pack_that_ships_can_be_read_and_every_rule_names_its_source(session: Session) -> None:
    load_packs(session)

    packs = {pack.name: (pack.policy, pack.active == pack.rules) for pack in list_packs(session)}
    assert packs == {
        "ds_default_v1": ("ds_default_v1", True),
        "full_resignation_v1": ("ds_default_v1", False),
        "graduated_v1": ("ds_default_v1", False),
        "overlay": ("overlay", True),
    }
    assert list(packs) == list(packs_shipped())


def test_loading_a_pack_twice_changes_nothing(session: Session) -> None:
    first, second = load_pack(session, name="overlay"), load_pack(session, name="overlay")

    assert (first.changed, second.changed) == (first.rules, 0)


def test_a_pack_that_is_switched_on_stays_on_when_it_is_loaded_again(session: Session) -> None:
    load_packs(session)
    before = {rule.code for rule in list_rules(session, policy="ds_default_v1")}

    switch_pack(session, name="full_resignation_v1", is_active=True)
    load_packs(session)

    after = list_rules(session, policy="ds_default_v1")
    (added,) = [rule for rule in after if rule.code not in before]
    assert (added.code, added.event, added.percent) == (
        "full-resignation-12-months",
        ReturnEvent.TERMINATION,
        100,
    )


def test_a_rule_of_two_places_makes_two_rows() -> None:
    rows = read_pack("test", PACK)

    assert [(row["code"], row["jurisdiction"], row["valid_from"]) for row in rows] == [
        ("two-places/DE", "DE", date(2026, 1, 1)),
        ("two-places/FR", "FR", date(2026, 1, 1)),
    ]


def test_a_rule_that_cannot_be_read_is_named() -> None:
    with pytest.raises(InvalidInputError, match="Rule two-places/DE of pack test: 'percent'"):
        read_pack("test", PACK.replace("percent = 100\n", ""))


def test_an_unknown_pack_is_neither_loaded_nor_switched(session: Session) -> None:
    with pytest.raises(NotFoundError, match="no pack of return rules called nothing"):
        load_pack(session, name="nothing")
    with pytest.raises(NotFoundError, match="no pack of return rules called nothing"):
        switch_pack(session, name="nothing", is_active=True)
