"""Reading the settings, and refusing those that are malformed or, in production, missing or unsafe."""

import os
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationError

from fulfillment.config.settings import PREFIX, Settings, crash_at, variable_name

MIN_SECRET_LENGTH = 32
MIN_DISTINCT_CHARACTERS = 10
LIVE_SHIPPO_TOKEN = "shippo_live_"  # noqa: S105 - the public prefix of live tokens, not a token
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0", ""})  # noqa: S104 - compared, never bound
WEAK_WORDS = ("changeme", "change-me", "secret", "password", "passw0rd", "example", "default", "fulfillment")
WEAK_PASSWORDS = frozenset({"", *WEAK_WORDS, "admin", "postgres", "test", "123456", "12345678"})


class SettingsError(ValueError):
    """The environment does not make a usable set of settings; the message lists every problem."""

    def __init__(self, problems: list[str]) -> None:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"The settings cannot be used:\n{lines}")
        self.problems = problems


def load_settings(**given: Any) -> Settings:  # noqa: ANN401 - each setting has its own type
    """The settings from the environment, with those given taking precedence.

    Raises:
        SettingsError: a setting is malformed or, in production, missing, unknown or unsafe. The message
            lists every problem and what to do, and never shows a value.
    """
    try:
        settings = Settings(**given)
    except ValidationError as error:
        raise SettingsError([_sentence(problem) for problem in error.errors()]) from None
    problems = list(_contradictions(settings))
    if settings.is_production:
        problems += _missing_in_production(settings)
        problems += _unsafe_in_production(settings)
        problems += _unknown_variables()
    if problems:
        raise SettingsError(problems)
    return settings


def _sentence(problem: Mapping[str, Any]) -> str:
    """What is wrong with one setting, by the name of its variable and without its value."""
    name = str(problem["loc"][0]) if problem["loc"] else "the settings"
    if name in Settings.model_fields:
        name = variable_name(name)
    return f"{name}: {problem['msg']}."


def _contradictions(settings: Settings) -> Iterator[str]:
    """What cannot be right in any mode."""
    token = settings.shippo_api_token.get_secret_value()
    if token.startswith(LIVE_SHIPPO_TOKEN) and settings.is_sandbox_courier:
        yield (
            "SHIPPO_API_TOKEN is a live token, but FULFILLMENT_SHIPPO_URL is not Shippo's own address. Unset "
            "the address to buy real postage, or use the sandbox courier's token with it."
        )
    if settings.smtp_url.get_secret_value() and not settings.mail_from:
        yield "FULFILLMENT_MAIL_FROM is missing. Set it to the address your mail is sent from."
    if settings.payment_url and not settings.payment_token.get_secret_value():
        yield "FULFILLMENT_PAYMENT_TOKEN is missing. Set it to the token of the payment provider."


def _missing_in_production(settings: Settings) -> Iterator[str]:
    """What production cannot do without."""
    needed = {
        "database_url": "Point it at PostgreSQL 15 or newer.",
        "redis_url": "Point it at Redis 7 or Valkey.",
        "shippo_api_token": "Take it from Shippo's settings page, under API.",
        "trusted_hosts": "List the host names people use, separated by commas.",
    }
    for name, deed in needed.items():
        value = getattr(settings, name)
        if not (value.get_secret_value() if isinstance(value, SecretStr) else value):
            yield f"{variable_name(name)} is missing. {deed}"
    for name in ("secret_key", "shippo_webhook_token"):
        weakness = _weakness(getattr(settings, name).get_secret_value())
        if weakness:
            yield (
                f"{variable_name(name)} {weakness}. Make one with: "
                "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )


def _weakness(secret: str) -> str:
    """Why a secret could be guessed, or nothing."""
    if not secret:
        return "is missing"
    if len(secret) < MIN_SECRET_LENGTH:
        return f"is shorter than {MIN_SECRET_LENGTH} characters"
    if len(set(secret)) < MIN_DISTINCT_CHARACTERS or any(word in secret.lower() for word in WEAK_WORDS):
        return "can be guessed"
    return ""


def _unsafe_in_production(settings: Settings) -> Iterator[str]:
    """What is there for developing and testing only."""
    if settings.debug:
        yield "FULFILLMENT_DEBUG is on. Unset it; tracebacks show secrets to strangers."
    if settings.crash_at or crash_at():
        yield "FULFILLMENT_CRASH_AT is set. Unset it; it makes the process kill itself."
    for name in ("public_url", "shippo_url", "payment_url"):
        address = urlsplit(getattr(settings, name))
        is_local = name != "public_url" and (address.hostname or "") in LOCAL_HOSTS
        if address.scheme != "https" and not is_local:
            yield f"{variable_name(name)} does not begin with https://. Give the encrypted address."
    database = urlsplit(settings.database_url.get_secret_value())
    if (database.hostname or "") not in LOCAL_HOSTS and (database.password or "") in WEAK_PASSWORDS:
        yield "DATABASE_URL has a password that can be guessed. Give the role a random one."


READ_BY_TESTS = frozenset(
    {
        "FULFILLMENT_DATA",
        "FULFILLMENT_SHIPPO_SPEC",
        "FULFILLMENT_TEST_DATABASE_URL",
        "FULFILLMENT_TEST_REDIS_URL",
    }
)
"""Variables of this prefix that only the tests read."""


def _unknown_variables() -> Iterator[str]:
    """Names that look like settings and are none: a misspelled secret must not pass as a missing one."""
    known = {variable_name(name) for name in Settings.model_fields} | READ_BY_TESTS
    for variable in sorted(os.environ):  # noqa: TID251 - this is the module that reads it
        if variable.startswith(PREFIX) and variable not in known:
            yield f"{variable} is not a setting. Correct its name or unset it."
