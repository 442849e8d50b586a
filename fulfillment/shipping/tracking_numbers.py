"""Tracking numbers: what a scan of a carrier's label says, and check digits by carrier.

A check digit is weak evidence. UPS misses 13 % of single wrong digits, and 10 % of valid 12-digit article
numbers pass FedEx's check, so a scan is matched against known labels first, articles second, and forms last.
Waybills of UPS, FedEx's 32-digit ASTRA and SSCC-18 are left out: they are not on parcels of ours.
Rules: jkeen/tracking_number_data (MIT).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle

MAX_SCAN_LENGTH = 80
_BLANKS = re.compile(r"[\s\x1d\x1e\x04()-]+")
# A wedge scanner may type the symbology identifier of GS1-128 (]C1) or Code 128 (]C0) before the data.
_SYMBOLOGY = re.compile(r"^\][A-Za-z][0-9A-Za-z]")
_USPS_BODY = r"9[1-5](?:[0-9]{20}|[0-9]{24}|[0-9]{28})"
# 420 and a ZIP code of 5 or 9 digits stand before the number; only the check digit tells the two apart.
_USPS_ROUTED = tuple(re.compile(rf"420[0-9]{{{zip_length}}}({_USPS_BODY})") for zip_length in (5, 9))
_FEDEX_WEIGHTS = (3, 1, 7)
_FEDEX_LONG_WEIGHTS = (1, 7, 3)
_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


@dataclass(frozen=True, slots=True)
class TrackingNumber:
    """A number as its carrier writes it, and the carrier whose form and check digit it has."""

    carrier: str
    number: str


def clean_scan(text: str) -> str:
    """The characters of a scan without separators, brackets, symbology identifier and small letters."""
    return _BLANKS.sub("", _SYMBOLOGY.sub("", text.strip()[:MAX_SCAN_LENGTH])).upper()


def normalize_scan(text: str) -> str:
    """The tracking number inside a scan: out of a 420-ZIP-number of USPS or a 34-digit FedEx label.

    Anything else comes back cleaned but whole, so that it can be compared with any known number.
    """
    cleaned = clean_scan(text)
    for form in _USPS_ROUTED:
        routed = form.fullmatch(cleaned)
        if routed and passes_usps(routed[1]):
            return routed[1]
    if re.fullmatch(r"[0-9]{34}", cleaned) and passes_fedex_34(cleaned):
        return _number_in_fedex_34(cleaned)
    if re.fullmatch(r"96[0-9]{20}", cleaned) and passes_fedex_ground(cleaned[-15:]):
        return cleaned[-15:]
    return cleaned


def numbers_in(text: str) -> tuple[TrackingNumber, ...]:
    """What a scan may be by form and check digit, the most telling form first; more than one is common."""
    number = normalize_scan(text)
    return tuple(
        TrackingNumber(carrier, number)
        for carrier, form, passes in _FORMS
        if form.fullmatch(number) and passes(number)
    )


def passes_check(carrier: str, number: str) -> bool:
    """Whether a number has the form and the check digit of a carrier, such as "usps", "ups" or "fedex"."""
    return any(candidate.carrier == carrier for candidate in numbers_in(number))


def passes_usps(number: str) -> bool:
    """Whether the last digit completes a USPS number; 20-digit ones may be short of a leading 91."""
    if set(number[2:]) == {"0"}:
        return False
    if _mod10_from_right(number[:-1]) == int(number[-1]):
        return True
    return len(number) == 20 and _mod10_from_right("91" + number[:-1]) == int(number[-1])


def passes_ups(number: str) -> bool:
    """Whether the last digit completes a 1Z number; letters count as (ASCII - 63) mod 10."""
    digits = [int(sign) if sign.isdigit() else (ord(sign) - 63) % 10 for sign in number[2:-1]]
    total = sum(digit * weight for digit, weight in zip(digits, cycle((1, 2)), strict=False))
    return -total % 10 == int(number[-1])


def passes_fedex_express(number: str) -> bool:
    """Whether the last of 12 digits completes a FedEx Express number."""
    return _weighted_mod_11(number[:-1], _FEDEX_WEIGHTS) == int(number[-1])


def passes_fedex_ground(number: str) -> bool:
    """Whether the last of 15 digits completes a FedEx Ground number."""
    return _mod10_from_right(number[:-1]) == int(number[-1])


def passes_fedex_34(digits: str) -> bool:
    """Whether the number at the end of a 34-digit FedEx label is complete."""
    return _weighted_mod_11(digits[-14:-1], _FEDEX_LONG_WEIGHTS) == int(digits[-1])


def passes_s10(number: str) -> bool:
    """Whether the check digit of a postal number fits (UPU standard S10)."""
    total = sum(int(digit) * weight for digit, weight in zip(number[2:10], _S10_WEIGHTS, strict=True))
    expected = {10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11)
    return expected == int(number[10])


def _number_in_fedex_34(digits: str) -> str:
    return digits[-14:] if digits[20:22] != "00" else digits[-12:]


def _mod10_from_right(digits: str) -> int:
    total = sum(int(digit) * weight for digit, weight in zip(reversed(digits), cycle((3, 1)), strict=False))
    return -total % 10


def _weighted_mod_11(digits: str, weights: Sequence[int]) -> int:
    total = sum(int(digit) * weight for digit, weight in zip(digits, cycle(weights), strict=False))
    return total % 11 % 10


_FORMS: tuple[tuple[str, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("ups", re.compile(r"1Z[0-9A-Z]{15}[0-9]"), passes_ups),
    ("usps", re.compile(_USPS_BODY), passes_usps),
    ("usps", re.compile(r"[A-Z]{2}[0-9]{9}US"), passes_s10),
    # ISO 3166 keeps AA, QM-QZ, XA-XZ and ZZ free of countries.
    ("s10", re.compile(r"[A-Z]{2}[0-9]{9}(?!US|AA|Q[M-Z]|X|ZZ)[A-Z]{2}"), passes_s10),
    ("usps", re.compile(r"[0-9]{20}"), passes_usps),
    ("fedex", re.compile(r"[0-9]{15}"), passes_fedex_ground),
    ("fedex", re.compile(r"[0-9]{12}"), passes_fedex_express),
)
