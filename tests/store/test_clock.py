"""The business clock."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.core.errors import InvalidInputError
from fulfillment.store.clock import advance_clock, read_now, set_clock
from fulfillment.store.session import in_transaction


def test_an_unset_clock_shows_the_database_time(session: Session) -> None:
    database_now = session.connection().execute(sa.select(sa.func.now())).scalar_one()

    assert read_now(session) == database_now
    assert read_now(session).utcoffset() == timedelta(0)


def test_a_set_clock_shows_that_time(session: Session) -> None:
    shown = set_clock(session, now=datetime(2031, 5, 1, 12, tzinfo=UTC))

    assert shown == datetime(2031, 5, 1, 12, tzinfo=UTC)
    assert read_now(session) == shown


def test_an_advanced_clock_is_ahead_by_the_sum(session: Session) -> None:
    before = read_now(session)

    advance_clock(session, by=timedelta(days=2))
    advance_clock(session, by=timedelta(hours=3))

    assert read_now(session) - before == timedelta(days=2, hours=3)


def test_the_clock_runs_on_in_later_transactions(engine: Engine) -> None:
    start = datetime(2031, 5, 1, tzinfo=UTC)
    in_transaction(engine, lambda session: set_clock(session, now=start))

    later = in_transaction(engine, read_now)

    assert start < later < start + timedelta(minutes=5)


def test_a_time_without_a_zone_is_refused(session: Session) -> None:
    with pytest.raises(InvalidInputError):
        set_clock(session, now=datetime(2031, 5, 1))


def test_time_does_not_go_back_by_advancing(session: Session) -> None:
    with pytest.raises(InvalidInputError):
        advance_clock(session, by=timedelta(seconds=-1))
