"""Sentences shown once, on the next page."""

from typing import Literal

import flask


def flash(text: str, tone: Literal["good", "info", "warn", "bad"] = "good") -> None:
    """The next page shown to this browser says this. Name no person: it travels in a readable cookie."""
    flask.flash(text, tone)
