"""Numbers people say aloud."""

from sqlalchemy.engine import Engine

from fulfillment.store.numbers import next_number, next_numbers
from fulfillment.store.session import in_transaction


def test_numbers_count_up_and_never_repeat(engine: Engine) -> None:
    first = in_transaction(engine, lambda session: next_number(session, "O"))
    more = in_transaction(engine, lambda session: next_numbers(session, "O", count=3))

    assert [first, *more] == ["O-100001", "O-100002", "O-100003", "O-100004"]
