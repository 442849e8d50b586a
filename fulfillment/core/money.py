"""Money in whole minor units."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Self

from typing_extensions import override

from fulfillment.core.errors import InvalidInputError

MINOR_DIGITS = {"BHD": 3, "CLP": 0, "ISK": 0, "JPY": 0, "KRW": 0, "KWD": 3, "TND": 3, "VND": 0}
MAX_MINOR = 10**15


def minor_digits(currency: str) -> int:
    """The number of decimal places of a currency (ISO 4217)."""
    return MINOR_DIGITS.get(currency, 2)


@dataclass(frozen=True, order=False)
class Money:
    """An amount in minor units (cents) of one currency; it may be negative."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, text: str, currency: str) -> Self:
        """The money a decimal text such as "12.34" names.

        Raises:
            InvalidInputError: the text is not a plain decimal, is too large, or has more places than the
                currency.
        """
        try:
            amount = Decimal(text.strip())
            scaled = amount.scaleb(minor_digits(currency))
            whole = scaled == scaled.to_integral_value()
        except ArithmeticError as error:
            raise InvalidInputError(f"{text!r} is not an amount; write it like 12.34.") from error
        if not amount.is_finite() or not whole or abs(scaled) > MAX_MINOR:
            raise InvalidInputError(f"{text!r} is not an amount in {currency}; write it like 12.34.")
        return cls(int(scaled), currency)

    def __add__(self, other: "Money") -> "Money":
        assert self.currency == other.currency, "sums never mix currencies"
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        assert self.currency == other.currency, "sums never mix currencies"
        return Money(self.minor - other.minor, self.currency)

    @override
    def __str__(self) -> str:
        return f"{decimal_text(self.minor, self.currency)} {self.currency}"


def decimal_text(minor: int, currency: str) -> str:
    """The amount as a plain decimal such as "12.34", as carriers and gateways want it."""
    digits = minor_digits(currency)
    return f"{Decimal(minor).scaleb(-digits):.{digits}f}"


def round_half_up(numerator: int, denominator: int) -> int:
    """The integer nearest to a quotient of integers, halves away from zero."""
    return int((Decimal(numerator) / Decimal(denominator)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def cumulative_share(total: int, *, part_before: int, part: int, whole: int) -> int:
    """The share of `part` more units after `part_before`, so that all shares add up to the total.

    Successive shares are rounded cumulatively: what is due for all units so far, less what was given.
    """
    assert 0 <= part_before <= part_before + part <= whole, "shares lie inside the whole"
    return round_half_up(total * (part_before + part), whole) - round_half_up(total * part_before, whole)


def split_by_weight(total: int, weights: Sequence[int]) -> list[int]:
    """Parts of the total in proportion to the weights, by largest remainder; ties go to the earlier part."""
    whole = sum(weights)
    if whole == 0:
        weights, whole = [1] * len(weights), len(weights)
    parts = [total * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return parts
