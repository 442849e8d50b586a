"""Every word a person reads: one gettext catalogue, and numbers, money and time as her locale writes them.

The catalogue's source language is English, so an entry without a translation shows as it was written. The
`.po` files are read as they are; there is no compiled copy to forget. `fulfillment words` collects new
entries.
"""

import io
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, has_request_context

from fulfillment.core.money import minor_digits
from fulfillment.web.context import viewer_or_nobody

TRANSLATIONS = Path(__file__).parent / "translations"
DEFAULT_LOCALE = "en_US"
DEFAULT_TIME_ZONE = "America/New_York"
NOTHING = "\u2013"
GRAMS_PER_POUND = 453.59237
GRAMS_PER_OUNCE = GRAMS_PER_POUND / 16


@cache
def _catalogue(language: str) -> NullTranslations:
    source = TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"
    if not source.is_file():
        return NullTranslations()
    compiled = io.BytesIO()
    with source.open("rb") as text:
        write_mo(compiled, read_po(text, locale=language))
    compiled.seek(0)
    return Translations(compiled)


def locale_name() -> str:
    """The locale of whoever looks at the page."""
    found = viewer_or_nobody() if has_request_context() else None
    return found.locale if found else DEFAULT_LOCALE


def time_zone_name() -> str:
    """The time zone of whoever looks at the page."""
    found = viewer_or_nobody() if has_request_context() else None
    return found.time_zone if found else DEFAULT_TIME_ZONE


def _translations() -> NullTranslations:
    return _catalogue(Locale.parse(locale_name()).language)


def _(text: str, **values: object) -> str:
    """The sentence in the reader's language, with its %(names)s filled in."""
    found: str = _translations().gettext(text)
    return found % values if values else found


def ngettext(one: str, many: str, n: int, **values: object) -> str:
    """The sentence for this number of things; `%(num)s` is the number."""
    found: str = _translations().ngettext(one, many, n)
    return found % {"num": n, **values}


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for a word that is translated later
    """Marks a word for the catalogue where it is written before anybody is known to read it."""
    return text


def money(minor: int | None, currency: str) -> str:
    """An amount of minor units, such as $12.34; a dash if there is none."""
    if minor is None:
        return NOTHING
    amount = minor / 10 ** minor_digits(currency)
    return str(numbers.format_currency(amount, currency, locale=locale_name()))


def number(value: float | None) -> str:
    """A number with its separators; a dash if there is none."""
    return NOTHING if value is None else str(numbers.format_decimal(value, locale=locale_name()))


def percent(share: float | None) -> str:
    """A share of one as a percentage with one place."""
    return (
        NOTHING
        if share is None
        else str(numbers.format_percent(share, format="#,##0.0%", locale=locale_name()))
    )


def instant(value: datetime | None, length: str = "medium") -> str:
    """An instant as date and time in the reader's own zone; a dash if there is none."""
    if value is None:
        return NOTHING
    shown = dates.format_datetime(
        value,
        "MMM d, y, HH:mm" if length == "medium" else "MMM d, HH:mm",
        tzinfo=ZoneInfo(time_zone_name()),
        locale=locale_name(),
    )
    return str(shown)


def day(value: date | datetime | None) -> str:
    """A calendar day, such as Nov 22, 2026; of an instant the day it is for the reader."""
    if value is None:
        return NOTHING
    shown = value.astimezone(ZoneInfo(time_zone_name())).date() if isinstance(value, datetime) else value
    return str(dates.format_date(shown, "medium", locale=locale_name()))


def ago(value: datetime | None, now: datetime | None = None) -> str:
    """How long ago an instant was, in words."""
    if value is None:
        return NOTHING
    span = value - (now or datetime.now(UTC))
    return str(dates.format_timedelta(span, add_direction=True, locale=locale_name()))


def weight(grams: int | None) -> str:
    """A weight as a US warehouse says it: pounds and ounces."""
    if grams is None:
        return NOTHING
    pounds, ounces = divmod(grams / GRAMS_PER_OUNCE, 16)
    if pounds < 1:
        return _("%(ounces)s oz", ounces=number(round(ounces, 1)))
    return _("%(pounds)s lb %(ounces)s oz", pounds=number(pounds), ounces=number(round(ounces, 1)))


def install(app: Flask) -> None:
    """Templates say `_()`, `{% trans %}` and the filters above."""
    environment: Any = app.jinja_env
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(
        lambda text: _translations().gettext(text),
        lambda one, many, n: _translations().ngettext(one, many, n),
        newstyle=True,
    )
    environment.filters.update(
        money=money,
        number=number,
        percent=percent,
        instant=instant,
        day=day,
        ago=ago,
        weight=weight,
    )
