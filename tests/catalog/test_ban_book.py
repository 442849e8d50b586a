import pytest
from sqlmodel import Session

from fulfillment.catalog.ban_book import NewBan, add_ban, list_bans, read_ban_book, switch_ban
from fulfillment.catalog.kinds import HazardClass
from fulfillment.core.errors import InvalidInputError, NotFoundError
from fulfillment.core.ids import new_id
from tests.warehouse.halls import ANA, list_products


def test_the_same_rule_said_twice_is_one_rule_with_the_newer_reason(session: Session) -> None:
    first = add_ban(session, ban=NewBan("old law", country="CA"), actor=ANA)
    switch_ban(session, ban_id=first, is_active=False, actor=ANA)

    second = add_ban(session, ban=NewBan("new law", country="CA"), actor=ANA)

    assert second == first
    assert [(ban.country, ban.reason) for ban in read_ban_book(session).bans] == [("CA", "new law")]


def test_a_ban_that_is_off_stays_in_the_book_and_holds_nobody(session: Session) -> None:
    ban_id = add_ban(session, ban=NewBan("x", hazard_class=HazardClass.AEROSOL), actor=ANA)

    switch_ban(session, ban_id=ban_id, is_active=False, actor=ANA)

    assert read_ban_book(session).bans == ()
    assert [ban.id for ban in list_bans(session)] == [ban_id]


@pytest.mark.parametrize(
    ("ban", "words"),
    [
        (NewBan(" ", country="US"), "Say in 1 to 200 characters"),
        (NewBan("x"), "would stop everything"),
        (NewBan("x", sku="TEA", category="tea"), "not several"),
        (NewBan("x", state="HI"), "Name the country of state HI"),
        (NewBan("x", country="usa"), "'usa' is not a country code"),
    ],
)
def test_a_rule_that_says_too_little_or_too_much_is_refused(
    session: Session, ban: NewBan, words: str
) -> None:
    with pytest.raises(InvalidInputError, match=words):
        add_ban(session, ban=ban, actor=ANA)


def test_what_does_not_exist_is_named(session: Session) -> None:
    list_products(session, "TEA")

    with pytest.raises(NotFoundError, match="There is no product OIL"):
        add_ban(session, ban=NewBan("x", sku="OIL"), actor=ANA)
    with pytest.raises(NotFoundError, match="There is no ban"):
        switch_ban(session, ban_id=new_id(), is_active=True, actor=ANA)
