"""The few words that stand on every paper, handed through the caller's translation."""

from collections.abc import Callable

Gettext = Callable[[str], str]
"""What turns an English sentence into the reader's language; Babel finds the calls by the name `gettext`."""


def as_written(text: str) -> str:
    """Return the English words themselves."""
    return text
