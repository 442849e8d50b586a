from datetime import UTC, datetime, time

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.reads.cutoffs import list_next_cutoffs, next_cutoff
from tests.flows.test_route_orders import build_halls


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-20T18:59", "2026-11-20T19:00"),  # 14:00 in New York, standard time
        ("2026-11-20T19:00", "2026-11-20T19:00"),
        ("2026-11-20T19:01", "2026-11-21T19:00"),
        ("2026-10-31T18:30", "2026-11-01T19:00"),  # clocks go back on 1 November
        ("2026-03-07T19:30", "2026-03-08T18:00"),  # and forward on 8 March
    ],
)
def test_a_cut_off_is_at_its_local_time_on_every_day_of_the_year(now: str, expected: str) -> None:
    assert next_cutoff("America/New_York", time(14), now=at(now)) == at(expected)


def test_a_time_that_the_clocks_skip_is_still_an_instant() -> None:
    found = next_cutoff("America/New_York", time(2, 30), now=at("2026-03-08T06:00"))

    assert found == at("2026-03-08T07:30")


def test_open_warehouses_stand_under_their_next_instant(session: Session) -> None:
    build_halls(session)
    connection = session.connection()
    connection.execute(sa.text("UPDATE warehouse SET cutoff_at = '15:00' WHERE code = 'BOS'"))

    both = list_next_cutoffs(session, now=at("2026-11-20T12:00"))
    connection.execute(sa.text("UPDATE warehouse SET is_active = false WHERE code = 'CHI'"))

    assert both == {at("2026-11-20T19:00"): ["CHI"], at("2026-11-20T20:00"): ["BOS"]}
    assert list_next_cutoffs(session, now=at("2026-11-20T12:00")) == {at("2026-11-20T20:00"): ["BOS"]}
