from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

import pytest
from flask import Flask

from fulfillment.core import states
from fulfillment.store.tables import JobState
from fulfillment.web import words
from fulfillment.web.state_words import look_of

STATES = [
    kind
    for kind in vars(states).values()
    if isinstance(kind, type) and issubclass(kind, StrEnum) and kind is not StrEnum
]


@pytest.mark.parametrize("kind", [*STATES, JobState])
def test_every_state_has_a_word_a_sign_and_a_color(kind: type[StrEnum]) -> None:
    for state in kind:
        look = look_of(state)
        assert look.word
        assert look.sign


def test_one_value_of_two_objects_may_be_called_differently() -> None:
    assert look_of(states.ParcelState.SHIPPED).word == "With the carrier"
    assert look_of(states.FulfillmentOrderState.SHIPPED).word == "Shipped"


def test_money_weights_and_numbers_are_written_as_the_reader_writes_them(app: Flask) -> None:
    with app.test_request_context():
        assert words.money(123456, "USD") == "$1,234.56"
        assert words.money(500, "JPY") == "¥500"
        assert words.money(-1, "USD") == "-$0.01"
        assert words.money(None, "USD") == words.NOTHING
        assert words.number(1234567) == "1,234,567"
        assert words.percent(0.1234) == "12.3%"
        assert words.weight(100) == "3.5 oz"
        assert words.weight(1000) == "2 lb 3.3 oz"


def test_instants_are_shown_in_the_readers_zone(app: Flask) -> None:
    moment = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)

    with app.test_request_context():
        assert words.instant(moment) == "Nov 21, 2026, 21:30"
        assert words.day(moment) == "Nov 21, 2026"
        assert words.day(date(2026, 11, 22)) == "Nov 22, 2026"
        assert words.ago(moment, moment + timedelta(hours=3)) == "3 hours ago"


def test_a_sentence_takes_its_values(app: Flask) -> None:
    with app.test_request_context():
        assert words._("For %(name)s", name="Ann") == "For Ann"
        assert words._("100 %") == "100 %"
        assert words.ngettext("%(num)s unit", "%(num)s units", 2) == "2 units"
