"""The list of settings, each with its default and what it means."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from fulfillment.config.company import CompanySettings
from fulfillment.core.policy import CompanyPolicy

PREFIX = "FULFILLMENT_"
SHIPPO_API = "https://api.goshippo.com"
LONGEST_SWEEP_S = 5
LONGEST_LEASE_S = 25
LONGEST_ROUTE_S = 600
"""A job is given up after 900 seconds, and the plan has to be applied within them too."""

Mode = Literal["production", "development", "test"]
Words = Annotated[tuple[str, ...], NoDecode]


class Settings(CompanySettings):
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
        "wheel; empty: the wheel, else the system's",
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
    jobs_kept_days: int = Field(
        90,
        ge=2,
        le=3650,
        description="days after which jobs that are done are forgotten; dead ones stay for a person to see",
    )
    sweep_every_s: float = Field(
        2.0,
        gt=0,
        le=LONGEST_SWEEP_S,
        description="seconds between two looks for jobs that nobody was told of",
    )
    route_time_limit_s: float = Field(
        60.0,
        gt=0,
        le=LONGEST_ROUTE_S,
        description="seconds the planner looks for a better plan of the unreleased orders",
    )
    route_workers: int = Field(
        1, ge=1, le=64, description="processes beside the planner that solve parts of a large day on its host"
    )
    route_spread: int = Field(
        1, ge=1, le=256, description="blocks of a large day that all workers together solve at once; 1: none"
    )
    route_spread_from: int = Field(
        8_000,
        ge=2,
        le=12_000,
        description="contested orders from which the planner works in blocks, where it spreads them",
    )
    route_before_cutoff_min: int = Field(
        15,
        ge=0,
        le=240,
        description="minutes before a warehouse's cut-off at which all orders are routed anew",
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
    def is_live_courier(self) -> bool:
        """Whether postage is real: the token says so, and messages of the other mode are not ours."""
        return self.shippo_api_token.get_secret_value().startswith("shippo_live_")

    @property
    def is_sandbox_courier(self) -> bool:
        """Whether labels are bought from something that is not Shippo's own address."""
        return self.shippo_url.rstrip("/") != SHIPPO_API

    @property
    def policy(self) -> CompanyPolicy:
        """What the company decided, as operations and flows take it."""
        return CompanyPolicy(
            **self._company_figures(),
            notice_sender=self.mail_from or CompanyPolicy.notice_sender,
            public_url=self.public_url,
        )


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


def settings_page() -> str:
    """The list of settings as a page of the documentation."""
    rows = [
        f"| `{line.variable}` | {f'`{line.default}`' if line.default else ''} | {line.description} |\n"
        for line in describe_settings()
    ]
    return (
        "# Settings\n\nEvery setting comes from the environment. In production mode, which is what an empty "
        "environment means, the program refuses to start with a setting that is missing or unsafe, and lists "
        "all of them at once.\n\n| variable | default | meaning |\n|---|---|---|\n" + "".join(rows)
    )


def variable_name(name: str) -> str:
    """The environment variable of a setting."""
    alias = Settings.model_fields[name].validation_alias
    return alias if isinstance(alias, str) else PREFIX + name.upper()


@cache
def crash_at() -> str:
    """The crash point named in the environment; read once, so that asking costs nothing on a hot path."""
    return os.environ.get(PREFIX + "CRASH_AT", "")  # noqa: TID251 - this is the module that reads it
