"""What the return rules answer, as a buyer can read it: no codes, and dates as her locale writes them."""

import re
from collections.abc import Iterable
from datetime import date

from fulfillment.web.words import day

ISO_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
CODE = re.compile(r"^[a-z0-9][a-z0-9_-]*: ")


def plain_reasons(reasons: Iterable[str]) -> list[str]:
    """Each reason once, as a sentence, without the code of the rule it comes from."""
    found: dict[str, None] = {}
    for reason in reasons:
        words = ISO_DAY.sub(_shown_day, CODE.sub("", reason)).strip()
        if words:
            found[words[0].upper() + words[1:].rstrip(".") + "."] = None
    return list(found)


def _shown_day(found: re.Match[str]) -> str:
    return day(date.fromisoformat(found[0]))
