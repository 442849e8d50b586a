"""Connections to PostgreSQL, each in UTC and each with limits on waiting."""

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine, make_url

CONNECT_TIMEOUT_S = 5
LOCK_TIMEOUT_MS = 10_000
STATEMENT_TIMEOUT_MS = 60_000
IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000
POOL_TIMEOUT_S = 10
DRIVER = "postgresql+psycopg"


def make_engine(
    url: str | URL,
    *,
    pool_size: int = 5,
    application_name: str = "fulfillment",
    statement_timeout_ms: int = STATEMENT_TIMEOUT_MS,
) -> Engine:
    """An engine whose pool never grows beyond its size.

    There is no test query at check-out: `in_transaction` repeats a command whose connection died before
    COMMIT, which costs nothing as long as the server lives.
    """
    return sa.create_engine(
        driver_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_S,
        # Parameters are names and addresses of people; they have no place in an error that is logged.
        hide_parameters=True,
        isolation_level="READ COMMITTED",
        connect_args={
            "application_name": application_name,
            "connect_timeout": CONNECT_TIMEOUT_S,
            "options": (
                f"-c timezone=UTC -c lock_timeout={LOCK_TIMEOUT_MS} "
                f"-c statement_timeout={statement_timeout_ms} "
                f"-c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_TIMEOUT_MS}"
            ),
        },
    )


def driver_url(url: str | URL) -> URL:
    """The address with psycopg 3 as its driver; the plain "postgresql://" that hosts hand out is enough."""
    parsed = make_url(url)
    if parsed.drivername in {"postgres", "postgresql"}:
        return parsed.set(drivername=DRIVER)
    return parsed


def plain_url(url: str | URL) -> str:
    """The address as libpq and psycopg's own `connect` want it, password included."""
    return driver_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
