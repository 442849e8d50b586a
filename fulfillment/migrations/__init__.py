"""One linear history of the schema, and what is made true again after each of its steps."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import URL, Connection

from fulfillment.migrations.guards import make_guards
from fulfillment.store.engine import driver_url

FOLDER = Path(__file__).parent
LOCK_KEY = 5_113_002_027
"""The advisory lock that lets one host migrate while the others wait."""
TURN_TIMEOUT = "5min"
LOCK_TIMEOUT = "10s"
STATEMENT_TIMEOUT = "15min"


def upgrade(url: str | URL, *, app_role: str, with_guards: bool = True) -> None:
    """The schema is at the head, and the application's role may do what it may do.

    All in one transaction: a step that fails leaves the schema as it was. Tables in use are waited for no
    longer than the lock time-out, so that a migration never queues the whole shop behind it. May be
    repeated, and may run on several hosts at once.
    """
    with _owner_connection(url) as connection:
        connection.execute(sa.text(f"SET LOCAL lock_timeout = '{TURN_TIMEOUT}'"))
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK_KEY)))
        connection.execute(sa.text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(sa.text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'"))
        command.upgrade(_config(connection), "head")
        # A draft begins from a schema that lacks tables of the models, and guards need them all.
        if with_guards:
            make_guards(connection, app_role=app_role)


def draft(url: str | URL, *, revision: str, message: str) -> Path:
    """A new revision file that takes the database at `url` to the models; read it before committing it."""
    with _owner_connection(url) as connection:
        script = command.revision(_config(connection), message=message, rev_id=revision, autogenerate=True)
    assert script is not None
    assert not isinstance(script, list)
    return Path(script.path)


@contextmanager
def _owner_connection(url: str | URL) -> Iterator[Connection]:
    """A connection in one transaction, as the role that owns the tables; nothing stays open after it."""
    engine = sa.create_engine(
        driver_url(url),
        poolclass=sa.pool.NullPool,
        connect_args={"application_name": "fulfillment-migrations"},
    )
    with engine.begin() as connection:
        yield connection


def _config(connection: Connection) -> Config:
    """Alembic's settings; there is no file, because nothing in them differs between installations."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config
