"""The calendars that rules about returns count days in; the trigger day never counts, the last one does."""

import calendar
from collections.abc import Callable
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

import holidays


class Calendar(StrEnum):
    """Which days count. US business days skip only Sundays and federal holidays (16 CFR 429.0(f))."""

    CALENDAR_DAYS = "calendar_days"
    US_BUSINESS = "us_business"
    WORKING_DAYS = "working_days"


def add_days(start: date, days: int, *, by: Calendar) -> date:
    """The last of so many counting days after the start."""
    if by is Calendar.CALENDAR_DAYS:
        return start + timedelta(days=days)
    counts = _COUNTS[by]
    day = start
    for _ in range(days):
        day += timedelta(days=1)
        while not counts(day):
            day += timedelta(days=1)
    return day


def add_months(start: date, months: int) -> date:
    """The same day of the month so many months later, or that month's last day where it is shorter."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last))


def _is_us_business_day(day: date) -> bool:
    return day.weekday() != calendar.SUNDAY and day not in _federal_holidays(day.year)


def _is_working_day(day: date) -> bool:
    return day.weekday() < calendar.SATURDAY and day not in _federal_holidays(day.year)


@lru_cache(maxsize=64)
def _federal_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("US", years=year))


_COUNTS: dict[Calendar, Callable[[date], bool]] = {
    Calendar.US_BUSINESS: _is_us_business_day,
    Calendar.WORKING_DAYS: _is_working_day,
}
