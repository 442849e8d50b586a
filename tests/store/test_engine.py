"""Connections."""

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from fulfillment.store.engine import driver_url, plain_url


def test_addresses_of_hosts_get_the_driver_and_keep_their_secrets() -> None:
    assert driver_url("postgres://a:b@host/db").drivername == "postgresql+psycopg"
    assert plain_url("postgresql+psycopg://a:b%40@host/db") == "postgresql://a:b%40@host/db"


def test_a_connection_is_in_utc_and_waits_for_locks_with_a_limit(engine: Engine) -> None:
    with engine.connect() as connection:
        shown = {
            name: connection.execute(sa.text(f"SHOW {name}")).scalar_one()
            for name in ("timezone", "lock_timeout", "statement_timeout", "transaction_isolation")
        }

    assert shown == {
        "timezone": "UTC",
        "lock_timeout": "10s",
        "statement_timeout": "1min",
        "transaction_isolation": "read committed",
    }


def test_an_error_does_not_show_the_parameters_of_its_statement(engine: Engine) -> None:
    statement = sa.text("SELECT 1 / 0 WHERE cast(:name AS text) <> ''")

    with engine.connect() as connection, pytest.raises(sa.exc.DBAPIError) as failure:
        connection.execute(statement, {"name": "Ada Lovelace"})

    assert "division by zero" in str(failure.value)
    assert "Ada Lovelace" not in str(failure.value)
