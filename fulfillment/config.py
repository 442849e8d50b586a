"""The settings: one list, read once from the environment, refused in words that say what to do.

Every setting is called FULFILLMENT_<NAME>, except the three that hosts already set by their own names:
DATABASE_URL, REDIS_URL and SHIPPO_API_TOKEN.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

PREFIX = "FULFILLMENT_"
MIN_SECRET_LENGTH = 32
MIN_DISTINCT_CHARACTERS = 10
LIVE_SHIPPO_TOKEN = "shippo_live_"  # noqa: S105 - the public prefix of live tokens, not a token
SHIPPO_API = "https://api.goshippo.com"
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0", ""})  # noqa: S104 - compared, never bound
LONGEST_SWEEP_S = 5
LONGEST_LEASE_S = 25

WEAK_WORDS = ("changeme", "change-me", "secret", "password", "passw0rd", "example", "default", "fulfillment")
WEAK_PASSWORDS = frozenset({"", *WEAK_WORDS, "admin", "postgres", "test", "123456", "12345678"})

Mode = Literal["production", "development", "test"]
Words = Annotated[tuple[str, ...], NoDecode]


class SettingsError(ValueError):
    """The environment does not make a usable set of settings; the message lists every problem."""

    def __init__(self, problems: list[str]) -> None:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"The settings cannot be used:\n{lines}")
        self.problems = problems


class Settings(BaseSettings):
    """Everything that differs between one installation and another; frozen once read."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True
    )

    mode: Mode = Field("production", description="production, development or test; only production is strict")
    debug: bool = Field(default=False, description="show tracebacks in the browser; refused in production")
    home: Path = Field(
        Path(".fulfillment"), description="folder where the embedded servers keep their data and passwords"
    )
    postgres_bin: str = Field(
        "",
        description="bin folder of the PostgreSQL the embedded server runs, or “embedded” for the installed "
        "wheel; empty: the system's, else the wheel",
    )
    valkey_server: str = Field(
        "",
        description="Valkey or Redis program of the embedded server, or “embedded” for the installed wheel; "
        "empty: the wheel, else the system's",
    )
    database_url: SecretStr = Field(
        SecretStr(""),
        validation_alias="DATABASE_URL",
        description="PostgreSQL 15 or newer, as the application's role: postgresql://user:password@host/name",
    )
    database_owner_url: SecretStr = Field(
        SecretStr(""),
        description="the same database as the role that owns the tables; used by migrations only. "
        "Empty: DATABASE_URL",
    )
    database_app_role: str = Field(
        "fulfillment_app",
        pattern=r"^[a-z_][a-z0-9_]{0,62}$",
        description="role the web and the workers connect as; migrations create it without a password if it "
        "is missing and grant it what it may do",
    )
    database_pool_size: int = Field(5, ge=1, le=100, description="connections per process; none beyond")
    redis_url: SecretStr = Field(
        SecretStr(""),
        validation_alias="REDIS_URL",
        description="Redis 7 or Valkey: redis://host:6379/0 or unix:///path/to/socket; it may lose all",
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="signs session cookies and form tokens; at least 32 random characters",
    )
    public_url: str = Field(
        "http://127.0.0.1:8000", description="address people use, for links in messages and on labels"
    )
    trusted_hosts: Words = Field((), description="host names the web answers to, separated by commas")
    trusted_proxies: int = Field(0, ge=0, le=5, description="proxies in front that set X-Forwarded-*")
    shippo_api_token: SecretStr = Field(
        SecretStr(""),
        validation_alias="SHIPPO_API_TOKEN",
        description="Shippo token; shippo_live_… buys real postage",
    )
    shippo_url: str = Field(
        SHIPPO_API, description="base address of the courier; the sandbox courier's in a demo"
    )
    shippo_webhook_token: SecretStr = Field(
        SecretStr(""), description="unguessable part of the address Shippo calls"
    )
    shippo_webhook_secret: SecretStr = Field(
        SecretStr(""), description="key of Shippo's HMAC signature; empty: signatures are not asked for"
    )
    label_hosts: Words = Field(
        (
            "deliver.goshippo.com",
            "shippo-delivery.s3.amazonaws.com",
            "shippo-delivery-east.s3.amazonaws.com",
        ),
        description="hosts label files may be fetched from, separated by commas",
    )
    payment_url: str = Field(
        "", description="base address of the payment provider; empty: the offline gateway"
    )
    payment_token: SecretStr = Field(SecretStr(""), description="token for the payment provider")
    smtp_url: SecretStr = Field(
        SecretStr(""), description="mail server, smtp://user:password@host:587; empty: mail is kept, not sent"
    )
    mail_from: str = Field("", description="sender of mail; needed with FULFILLMENT_SMTP_URL")
    job_lease_s: int = Field(
        15,
        ge=1,
        le=LONGEST_LEASE_S,
        description="seconds after its last sign of life until a job is given to another worker",
    )
    sweep_every_s: float = Field(
        2.0,
        gt=0,
        le=LONGEST_SWEEP_S,
        description="seconds between two looks for jobs that nobody was told of",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="least level logged")
    crash_at: str = Field(
        "", description="crash point at which the process kills itself; for tests, refused in production"
    )

    @field_validator("trusted_hosts", "label_hosts", mode="before")
    @classmethod
    def _split_words(cls, value: object) -> object:
        """A list written with commas, as environments can only hold text."""
        if isinstance(value, str):
            return tuple(word.strip() for word in value.split(",") if word.strip())
        return value

    @property
    def is_production(self) -> bool:
        """Whether real people and real postage are involved; only then is nothing settable for tests."""
        return self.mode == "production"

    @property
    def is_clock_settable(self) -> bool:
        """Whether the business clock may be moved."""
        return not self.is_production

    @property
    def is_sandbox_courier(self) -> bool:
        """Whether labels are bought from something that is not Shippo's own address."""
        return self.shippo_url.rstrip("/") != SHIPPO_API


@dataclass(frozen=True)
class SettingLine:
    """One line of the documented list of settings."""

    variable: str
    default: str
    description: str


def describe_settings() -> Iterator[SettingLine]:
    """Every setting there is, in the order of the class; secrets have no default to show."""
    for name, field in Settings.model_fields.items():
        default = field.get_default()
        shown = ",".join(default) if isinstance(default, tuple) else str(default)
        yield SettingLine(
            variable=variable_name(name),
            default="" if isinstance(default, SecretStr) else shown,
            description=field.description or "",
        )


def variable_name(name: str) -> str:
    """The environment variable of a setting."""
    alias = Settings.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else PREFIX + name.upper()


@cache
def crash_at() -> str:
    """The crash point named in the environment; read once, so that asking costs nothing on a hot path."""
    return os.environ.get(PREFIX + "CRASH_AT", "")  # noqa: TID251 - this is the module that reads it


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


def _unknown_variables() -> Iterator[str]:
    """Names that look like settings and are none: a misspelled secret must not pass as a missing one."""
    known = {variable_name(name) for name in Settings.model_fields}
    for variable in sorted(os.environ):  # noqa: TID251 - this is the module that reads it
        if variable.startswith(PREFIX) and variable not in known:
            yield f"{variable} is not a setting. Correct its name or unset it."
