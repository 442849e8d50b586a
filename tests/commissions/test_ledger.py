import uuid
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.commissions.ledger import LineCredit, credit_lines, reverse_line_units
from fulfillment.commissions.periods import close_period, find_open_period
from fulfillment.commissions.tables import CommissionPeriod
from fulfillment.core.errors import ConflictError, NotFoundError
from fulfillment.store.columns import table_of
from tests.flows.goods_back import place, rows, set_up

NEW_YORK = "America/New_York"
MARCH = datetime(2026, 3, 15, 12, tzinfo=UTC)
APRIL = datetime(2026, 4, 15, 12, tzinfo=UTC)
PERIOD = table_of(CommissionPeriod)


@pytest.fixture
def line_id(session: Session) -> uuid.UUID:
    """A line of three units without volume of its own, to credit by hand."""
    set_up(session)
    order_id = place(session, ("PILLS", 3))
    return uuid.UUID(str(rows(session, "SELECT id FROM order_line WHERE order_id = :id", id=order_id)[0][0]))


def credit(session: Session, line_id: uuid.UUID, *, at: datetime = MARCH) -> None:
    order_id = rows(session, "SELECT order_id FROM order_line WHERE id = :id", id=line_id)[0][0]
    credit_lines(
        session,
        order_id=order_id,
        member_id=None,
        lines=[LineCredit(line_id, 3, {"BV": 1_000})],
        time_zone=NEW_YORK,
        now=at,
    )


def take_back(session: Session, line_id: uuid.UUID, units: int, cause: str, *, at: datetime = MARCH) -> int:
    return reverse_line_units(
        session,
        order_line_id=line_id,
        units=units,
        cause_kind="refund_line",
        cause_id=cause,
        time_zone=NEW_YORK,
        now=at,
    )


def events(session: Session) -> list[tuple[object, ...]]:
    return rows(
        session,
        "SELECT kind, unit_no, volumes->>'BV', period_code, original_period_code FROM volume_event "
        "ORDER BY number",
    )


def test_a_line_is_credited_once(session: Session, line_id: uuid.UUID) -> None:
    credit(session, line_id)
    credit(session, line_id)

    assert events(session) == [("credited", 0, "1000", "2026-03", "2026-03")]


def test_each_unit_is_reversed_once_and_a_repeated_cause_changes_nothing(
    session: Session, line_id: uuid.UUID
) -> None:
    credit(session, line_id)

    taken = [
        take_back(session, line_id, 2, "a"),
        take_back(session, line_id, 2, "a"),
        take_back(session, line_id, 1, "b"),
    ]

    assert taken == [2, 0, 1]
    assert [(row[1], row[2]) for row in events(session)] == [
        (0, "1000"),
        (1, "-333"),
        (2, "-334"),
        (3, "-333"),
    ]


def test_more_units_than_carry_volume_are_refused(session: Session, line_id: uuid.UUID) -> None:
    credit(session, line_id)
    take_back(session, line_id, 2, "a")

    with pytest.raises(ConflictError, match="Only 1 of 3 units"):
        take_back(session, line_id, 2, "b")


def test_a_line_without_volume_has_nothing_to_reverse(session: Session, line_id: uuid.UUID) -> None:
    assert take_back(session, line_id, 2, "a") == 0


def test_a_reversal_goes_to_the_month_of_the_refund_and_names_the_month_of_the_sale(
    session: Session, line_id: uuid.UUID
) -> None:
    credit(session, line_id)

    take_back(session, line_id, 1, "a", at=APRIL)

    assert events(session)[-1] == ("reversed", 1, "-333", "2026-04", "2026-03")


def test_what_comes_after_the_closing_goes_to_the_next_period(session: Session, line_id: uuid.UUID) -> None:
    credit(session, line_id)
    close_period(session, code="2026-03", now=APRIL)

    take_back(session, line_id, 1, "a", at=MARCH)

    assert events(session)[-1] == ("reversed", 1, "-333", "2026-04", "2026-03")


def test_a_period_is_closed_once_and_not_before_its_end(session: Session) -> None:
    find_open_period(session, at=MARCH, time_zone=NEW_YORK)

    with pytest.raises(ConflictError, match="still running"):
        close_period(session, code="2026-03", now=MARCH)
    close_period(session, code="2026-03", now=APRIL)
    with pytest.raises(ConflictError, match="closed already"):
        close_period(session, code="2026-03", now=APRIL)
    with pytest.raises(NotFoundError):
        close_period(session, code="2031-01", now=APRIL)


def test_a_month_begins_and_ends_by_the_companys_clock(session: Session) -> None:
    late_evening = datetime(2026, 4, 1, 3, 59, tzinfo=UTC)

    codes = [
        find_open_period(session, at=late_evening, time_zone=NEW_YORK),
        find_open_period(session, at=late_evening.replace(hour=4, minute=0), time_zone=NEW_YORK),
    ]

    assert codes == ["2026-03", "2026-04"]


def test_a_month_fills_only_what_the_companys_own_periods_leave(session: Session) -> None:
    session.connection().execute(
        sa.insert(PERIOD).values(
            code="2026-03",
            starts_at=datetime(2026, 2, 20, tzinfo=UTC),
            ends_at=datetime(2026, 3, 10, tzinfo=UTC),
        )
    )

    code = find_open_period(session, at=MARCH, time_zone=NEW_YORK)

    assert code == "2026-03-09"
    assert rows(session, "SELECT starts_at, ends_at FROM commission_period WHERE code = '2026-03-09'") == [
        (datetime(2026, 3, 10, tzinfo=UTC), datetime(2026, 4, 1, 4, tzinfo=UTC))
    ]
