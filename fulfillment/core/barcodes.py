"""What a barcode can carry: GS1 numbers with their check digit, and text that Code 128 can print.

A code is checked when the article, bin or badge is made, because a printer cannot ask: a symbol that drops
what it cannot encode gives two articles the same bars.
"""

from fulfillment.core.errors import InvalidInputError

GTIN_LENGTHS = (8, 12, 13, 14)
SSCC_LENGTH = 18
SSCC_COMPANY_PREFIX_LENGTHS = range(7, 11)
CODE_128_MAX_LENGTH = 48
"""GS1's own limit for one Code 128 symbol (GS1 General Specifications, section 5.4); longer ones do not fit
a hand-held scanner's window."""


def gs1_check_digit(digits: str) -> int:
    """Return the digit that completes `digits`.

    The weights are 3, 1, 3 … from the right (GS1 General Specifications, section 7.9).

    Raises:
        InvalidInputError: `digits` is empty or holds anything but 0-9.
    """
    if not _is_digits(digits):
        raise InvalidInputError(
            f"“{digits}” is not a number; a check digit needs the digits 0 to 9 only.", value=digits
        )
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return -total % 10


def parse_gtin(text: str) -> str:
    """Return the GTIN-8, -12, -13 or -14 in `text`, without the blanks and hyphens between its groups.

    Raises:
        InvalidInputError: it has a letter, another length, or its check digit does not fit.
    """
    digits = text.replace(" ", "").replace("-", "")
    if not _is_digits(digits):
        raise InvalidInputError(f"GTIN “{text}” must consist of digits; correct or remove it.", value=text)
    if len(digits) not in GTIN_LENGTHS:
        raise InvalidInputError(
            f"GTIN “{text}” has {len(digits)} digits; a GTIN has 8, 12, 13 or 14.",
            value=text,
            digits=len(digits),
        )
    _require_check_digit("GTIN", digits)
    return digits


def is_gtin(text: str) -> bool:
    """Say whether `text`, exactly as it stands, is a GTIN whose check digit fits."""
    if not _is_digits(text) or len(text) not in GTIN_LENGTHS:
        return False
    return gs1_check_digit(text[:-1]) == int(text[-1])


def to_gtin_14(gtin: str) -> str:
    """Return `gtin` in the 14 digits in which two GTINs are the same article exactly if they are equal.

    Raises:
        InvalidInputError: `gtin` is no GTIN.
    """
    return parse_gtin(gtin).zfill(14)


def require_code_128(text: str, *, what: str) -> str:
    """Return `text` unchanged when Code 128 can carry it and a scanner gives it back as it is.

    `what` names the thing in the sentence of refusal, such as "SKU" or "Bin code". Blanks at either end are
    refused because scanners and forms trim them.

    Raises:
        InvalidInputError: it is empty, too long, begins or ends with a blank, or has a character outside
            printable ASCII.
    """
    if not text:
        raise InvalidInputError(f"{what} is empty; give it at least one character.", value=text)
    if len(text) > CODE_128_MAX_LENGTH:
        raise InvalidInputError(
            f"{what} “{text[:CODE_128_MAX_LENGTH]}…” has {len(text)} characters; a barcode carries at most"
            f" {CODE_128_MAX_LENGTH}.",
            value=text[:CODE_128_MAX_LENGTH],
            length=len(text),
            limit=CODE_128_MAX_LENGTH,
        )
    unprintable = unprintable_in_code_128(text)
    if unprintable:
        named = ", ".join(_character_name(character) for character in unprintable)
        raise InvalidInputError(
            f"{what} “{text}” holds {named}, which a Code 128 barcode cannot carry; use A-Z, a-z, 0-9 and the"
            " signs on a US keyboard.",
            value=text,
            characters=[f"U+{ord(character):04X}" for character in unprintable],
        )
    if text != text.strip():
        raise InvalidInputError(f"{what} “{text}” begins or ends with a blank; remove it.", value=text)
    return text


def can_carry_in_code_128(text: str) -> bool:
    """Say whether `require_code_128` would accept `text`."""
    return 0 < len(text) <= CODE_128_MAX_LENGTH and text == text.strip() and not unprintable_in_code_128(text)


def unprintable_in_code_128(text: str) -> list[str]:
    """List each character of `text` outside printable ASCII once, in the order of appearance."""
    return list(dict.fromkeys(character for character in text if not " " <= character <= "~"))


def make_sscc(*, extension: int, company_prefix: str, serial: int) -> str:
    """Return the 18-digit serial shipping container code of a logistic unit, check digit included.

    Raises:
        InvalidInputError: the extension is not one digit, the prefix is no GS1 company prefix of 7 to 10
            digits, or the serial number does not fit in what is left of 17 digits.
    """
    if not 0 <= extension <= 9:
        raise InvalidInputError(f"SSCC extension {extension} must be one digit, 0 to 9.", extension=extension)
    if not _is_digits(company_prefix) or len(company_prefix) not in SSCC_COMPANY_PREFIX_LENGTHS:
        raise InvalidInputError(
            f"GS1 company prefix “{company_prefix}” must have 7 to 10 digits.", company_prefix=company_prefix
        )
    serial_length = SSCC_LENGTH - 2 - len(company_prefix)
    if not 0 <= serial < 10**serial_length:
        raise InvalidInputError(
            f"SSCC serial {serial} does not fit in {serial_length} digits after prefix {company_prefix}.",
            serial=serial,
        )
    digits = f"{extension}{company_prefix}{serial:0{serial_length}d}"
    return f"{digits}{gs1_check_digit(digits)}"


def parse_sscc(text: str) -> str:
    """Return the 18-digit SSCC in `text`, without blanks and a leading application identifier `(00)`.

    Raises:
        InvalidInputError: it is not 18 digits or its check digit does not fit.
    """
    digits = text.replace(" ", "").removeprefix("(00)")
    if not _is_digits(digits) or len(digits) != SSCC_LENGTH:
        raise InvalidInputError(f"SSCC “{text}” must have {SSCC_LENGTH} digits.", value=text)
    _require_check_digit("SSCC", digits)
    return digits


def _require_check_digit(what: str, digits: str) -> None:
    expected = gs1_check_digit(digits[:-1])
    if expected != int(digits[-1]):
        raise InvalidInputError(
            f"{what} {digits} ends in {digits[-1]}, but its check digit is {expected}; check the typing.",
            value=digits,
            expected=expected,
        )


def _is_digits(text: str) -> bool:
    # str.isdigit alone also accepts ² and ٣, which int() or a scanner then reads differently.
    return text.isascii() and text.isdigit()


def _character_name(character: str) -> str:
    return f"“{character}”" if character.isprintable() else f"U+{ord(character):04X}"
