"""What a password and a PIN must be, and how both are kept."""

import hashlib
import unicodedata

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from fulfillment.core.errors import InvalidInputError

MIN_PASSWORD_LENGTH = 12
MAX_PASSWORD_LENGTH = 200
MIN_DIFFERENT_CHARACTERS = 5
PIN_DIGITS = 6
COMMON_WORDS = (
    "password",
    "qwerty",
    "letmein",
    "welcome",
    "123456789",
    "iloveyou",
    "fulfillment",
    "warehouse",
)

# The parameters OWASP's password storage sheet names first for argon2id: 19 MiB, two passes, one lane.
_HASHER = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))
# Checked when nobody has the address given, so that the answer takes as long as for somebody.
_NOBODY = _HASHER.hash("nobody at all has this password")


def check_password(password: str, *, email: str) -> None:
    """The password may be used by this person.

    Length is what makes a password strong, so the rules ask for length and refuse only the obvious.

    Raises:
        InvalidInputError: it is too short, too long, one character repeated, or easily guessed.
    """
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        raise InvalidInputError(
            f"The password has {len(password)} characters; it needs {MIN_PASSWORD_LENGTH} to "
            f"{MAX_PASSWORD_LENGTH}.",
            field="password",
        )
    plain = password.casefold()
    if len(set(plain)) < MIN_DIFFERENT_CHARACTERS:
        raise InvalidInputError(
            "The password repeats very few characters; use a longer phrase.", field="password"
        )
    guessable = [*COMMON_WORDS, email.partition("@")[0].casefold()]
    if any(len(word) > 3 and word in plain and len(plain) - len(word) <= 6 for word in guessable):
        raise InvalidInputError(
            "The password is easily guessed; use a phrase of several words.", field="password"
        )


def check_pin(pin: str) -> None:
    """The PIN may guard a badge.

    Raises:
        InvalidInputError: it is not six digits, or is one digit repeated or a run such as 123456.
    """
    if len(pin) != PIN_DIGITS or not (pin.isascii() and pin.isdigit()):
        raise InvalidInputError(f"The PIN must be {PIN_DIGITS} digits.", field="pin")
    if len(set(pin)) == 1 or pin in "0123456789" or pin in "9876543210":
        raise InvalidInputError("The PIN is easily guessed; avoid runs and one digit repeated.", field="pin")


def hash_secret(chosen: str) -> str:
    """The argon2id hash of what a person chose, the same on every keyboard (NFKC)."""
    return _HASHER.hash(unicodedata.normalize("NFKC", chosen))


def is_secret(chosen: str, hashed: str | None) -> bool:
    """Whether this is what was hashed; with no hash it takes as long and is never so."""
    right = _HASHER.verify(unicodedata.normalize("NFKC", chosen), hashed or _NOBODY)
    return right and hashed is not None


def fingerprint(secret: str) -> str:
    """The SHA-256 by which a secret of ours is looked up; it has too many bits to need argon2."""
    return hashlib.sha256(secret.encode()).hexdigest()
