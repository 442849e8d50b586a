"""Settings: one list, refused in words that say what to do."""

import secrets
from pathlib import Path

import pytest

from fulfillment.config import (
    Settings,
    SettingsError,
    describe_settings,
    load_settings,
    settings_page,
    variable_name,
)

GOOD_SECRET = "q7Rk2ZpX0vLw9TnB4mYc8HdJ1sGfU6aEo3"
GOOD = {
    "DATABASE_URL": "postgresql://fulfillment_app:Vx82kQpl0Zr@db.example.net/fulfillment",
    "REDIS_URL": "redis://redis.example.net:6379/0",
    "SHIPPO_API_TOKEN": "shippo_live_abc",
    "FULFILLMENT_SECRET_KEY": GOOD_SECRET,
    "FULFILLMENT_SHIPPO_WEBHOOK_TOKEN": GOOD_SECRET[::-1],
    "FULFILLMENT_PUBLIC_URL": "https://ship.example.net",
    "FULFILLMENT_TRUSTED_HOSTS": "ship.example.net, shop.example.net",
}


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(variable_name(name), raising=False)
    for name in ("FULFILLMENT_DATA", "FULFILLMENT_TEST_DATABASE_URL", "FULFILLMENT_TEST_REDIS_URL"):
        monkeypatch.delenv(name, raising=False)


def set_environment(monkeypatch: pytest.MonkeyPatch, **changes: str | None) -> None:
    for name, value in {**GOOD, **changes}.items():
        if value is not None:
            monkeypatch.setenv(name, value)


def problems(**given: object) -> list[str]:
    with pytest.raises(SettingsError) as refusal:
        load_settings(**given)
    return refusal.value.problems


def test_a_complete_production_environment_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch)

    settings = load_settings()

    assert settings.is_production
    assert not settings.is_clock_settable
    assert settings.trusted_hosts == ("ship.example.net", "shop.example.net")


def test_production_is_what_an_empty_environment_means_and_it_lists_all_that_is_missing() -> None:
    names = {problem.split(" ")[0] for problem in problems()}

    assert names == {
        "DATABASE_URL",
        "REDIS_URL",
        "SHIPPO_API_TOKEN",
        "FULFILLMENT_TRUSTED_HOSTS",
        "FULFILLMENT_SECRET_KEY",
        "FULFILLMENT_SHIPPO_WEBHOOK_TOKEN",
        "FULFILLMENT_PUBLIC_URL",
    }


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("FULFILLMENT_SECRET_KEY", "short", "is shorter than 32 characters"),
        ("FULFILLMENT_SECRET_KEY", "a" * 40, "can be guessed"),
        ("FULFILLMENT_SECRET_KEY", "changeme-changeme-changeme-0123456789", "can be guessed"),
        ("FULFILLMENT_SHIPPO_WEBHOOK_TOKEN", "12345678901234567890123456789012345"[:31], "is shorter than"),
        ("FULFILLMENT_DEBUG", "true", "FULFILLMENT_DEBUG is on"),
        ("FULFILLMENT_CRASH_AT", "before_commit", "FULFILLMENT_CRASH_AT is set"),
        ("FULFILLMENT_PUBLIC_URL", "http://ship.example.net", "does not begin with https://"),
        ("FULFILLMENT_SHIPPO_URL", "https://sandbox.example.net", "is a live token"),
        ("DATABASE_URL", "postgresql://app:postgres@db.example.net/f", "has a password that can be guessed"),
        ("DATABASE_URL", "postgresql://app@db.example.net/f", "has a password that can be guessed"),
        ("FULFILLMENT_SMTP_URL", "smtp://mail.example.net", "FULFILLMENT_MAIL_FROM is missing"),
        ("FULFILLMENT_PAYMENT_URL", "https://pay.example.net", "FULFILLMENT_PAYMENT_TOKEN is missing"),
        ("FULFILLMENT_SECERT_KEY", GOOD_SECRET, "FULFILLMENT_SECERT_KEY is not a setting"),
    ],
)
def test_production_refuses_what_is_unsafe(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, sentence: str
) -> None:
    set_environment(monkeypatch, **{variable: value})

    (problem,) = problems()

    assert sentence in problem


def test_no_problem_shows_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(
        monkeypatch,
        FULFILLMENT_SECRET_KEY="hunter2",
        DATABASE_URL="postgresql://app:postgres@db.example.net/f",
        FULFILLMENT_JOB_LEASE_S="letmein",
    )

    with pytest.raises(SettingsError) as refusal:
        load_settings()

    assert "hunter2" not in str(refusal.value)
    assert "letmein" not in str(refusal.value)
    assert "FULFILLMENT_JOB_LEASE_S" in str(refusal.value)


@pytest.mark.parametrize("mode", ["production", "development", "test"])
def test_a_live_token_is_never_sent_to_a_sandbox(monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    set_environment(monkeypatch, FULFILLMENT_MODE=mode, FULFILLMENT_SHIPPO_URL="http://127.0.0.1:9100")

    assert "SHIPPO_API_TOKEN is a live token" in "\n".join(problems())


def test_other_modes_need_nothing() -> None:
    settings = load_settings(mode="development")

    assert settings.is_clock_settable
    assert settings.database_url.get_secret_value() == ""


@pytest.mark.parametrize(
    ("name", "value"), [("sweep_every_s", 6), ("sweep_every_s", 0), ("job_lease_s", 26), ("mode", "staging")]
)
def test_a_value_outside_its_limits_is_refused_by_the_name_of_its_variable(name: str, value: object) -> None:
    (problem,) = problems(**{"mode": "test", name: value})

    assert problem.startswith(variable_name(name) + ":")


def test_every_setting_is_described() -> None:
    lines = list(describe_settings())

    assert [line.variable for line in lines if not line.description] == []
    assert {"DATABASE_URL", "REDIS_URL", "SHIPPO_API_TOKEN", "FULFILLMENT_MODE"} <= {
        line.variable for line in lines
    }


def test_the_documented_list_is_the_list() -> None:
    page = Path(__file__).parents[1] / "docs" / "settings.md"

    assert page.read_text() == settings_page(), "run: python -m fulfillment.config > docs/settings.md"


def test_a_random_secret_of_the_advised_make_is_strong_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    set_environment(monkeypatch, FULFILLMENT_SECRET_KEY=secrets.token_urlsafe(48))

    assert load_settings().is_production
