"""Real servers for tests: PostgreSQL and Valkey, embedded or named by the environment.

FULFILLMENT_TEST_DATABASE_URL names a PostgreSQL as a superuser, FULFILLMENT_TEST_REDIS_URL a Redis whose
database of that number may be flushed. Where they are not set, the embedded servers are started for the run.
"""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import hypothesis
import pytest
import redis
import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine, make_url
from sqlmodel import Session

from fulfillment.config import Settings, load_settings
from fulfillment.local.servers import start_postgres, start_valkey
from fulfillment.migrations import upgrade
from fulfillment.schema import METADATA, READ_ONLY
from fulfillment.store.engine import driver_url, make_engine
from fulfillment.store.session import InTransaction, transactions_on

# How long an example takes depends on what else the machine does.
hypothesis.settings.register_profile("repository", deadline=None)
hypothesis.settings.load_profile("repository")

APP_ROLE = "fulfillment_app"
APP_PASSWORD = "only-for-tests"


CUT_OTHERS = sa.text(
    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
RESTART_SEQUENCES = sa.text(
    "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) "
    "FROM pg_sequences WHERE last_value IS NOT NULL"
)


@dataclass(frozen=True)
class DatabaseServer:
    """A PostgreSQL server; `admin_url` is its superuser's way in."""

    admin_url: URL

    def url_for(self, database: str, *, is_owner: bool = False) -> URL:
        """The address of a database, as the application's role or as the owner of its tables."""
        url = self.admin_url.set(database=database)
        if is_owner:
            return url
        return url.set(username=APP_ROLE, password=APP_PASSWORD)

    def run(self, *statements: str) -> None:
        """Statements that no transaction may contain, such as CREATE DATABASE."""
        admin = sa.create_engine(self.admin_url, isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool)
        with admin.connect() as connection:
            for statement in statements:
                connection.execute(sa.text(statement))

    def empty(self, database: str) -> None:
        """Nobody is connected to the database any more, and its tables are as after the migration."""
        owner = sa.create_engine(self.url_for(database, is_owner=True), poolclass=sa.pool.NullPool)
        with owner.begin() as connection:
            connection.execute(CUT_OTHERS)
            # Neither foreign keys nor the guards of records stand in the way of the superuser then.
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
            tables = [table for name, table in METADATA.tables.items() if name not in READ_ONLY]
            filled = sa.union_all(
                *(sa.select(sa.literal(table.name)).select_from(table).limit(1) for table in tables)
            )
            for (name,) in connection.execute(filled).all():
                connection.execute(sa.delete(METADATA.tables[name]))
            connection.execute(RESTART_SEQUENCES)

    @contextmanager
    def database(self, *, template: str) -> Iterator[str]:
        """A fresh database made from a template, gone afterwards."""
        name = f"test_{uuid.uuid4().hex}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield name
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def database_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseServer]:
    """One PostgreSQL server for the whole run."""
    with ExitStack() as stack:
        given = os.environ.get("FULFILLMENT_TEST_DATABASE_URL")
        if given is None:
            embedded = stack.enter_context(
                start_postgres(tmp_path_factory.mktemp("postgres"), is_durable=False)
            )
            given = embedded.url_for("postgres")
        yield DatabaseServer(driver_url(make_url(given)))


@pytest.fixture(scope="session")
def template_database(database_server: DatabaseServer) -> Iterator[str]:
    """A database that was migrated once and is only ever copied."""
    with database_server.database(template="template1") as name:
        upgrade(database_server.url_for(name, is_owner=True), app_role=APP_ROLE)
        database_server.run(f"ALTER ROLE {APP_ROLE} PASSWORD '{APP_PASSWORD}'")
        yield name


@pytest.fixture(scope="session")
def reused_database(database_server: DatabaseServer, template_database: str) -> Iterator[str]:
    """The database that one test after another has to itself."""
    with database_server.database(template=template_database) as name:
        yield name


@pytest.fixture
def database_name(database_server: DatabaseServer, reused_database: str) -> Iterator[str]:
    """A migrated, empty database for this test alone; it is emptied afterwards, a tenth of making one."""
    yield reused_database
    database_server.empty(reused_database)


@pytest.fixture
def database_url(database_server: DatabaseServer, database_name: str) -> str:
    """The address of this test's database as the application's role, for processes the test starts."""
    return database_server.url_for(database_name).render_as_string(hide_password=False)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Connections to this test's own database as the application's role; commits are real."""
    engine = make_engine(database_url, pool_size=20, application_name="tests")
    yield engine
    engine.dispose()


@pytest.fixture
def owner_engine(database_server: DatabaseServer, database_name: str) -> Iterator[Engine]:
    """Connections to this test's own database as the owner of its tables."""
    engine = make_engine(
        database_server.url_for(database_name, is_owner=True), application_name="tests-owner"
    )
    yield engine
    engine.dispose()


@pytest.fixture
def in_transaction(engine: Engine) -> InTransaction:
    """`in_transaction` on this test's own database."""
    return transactions_on(engine)


@pytest.fixture(scope="session")
def shared_engine(database_server: DatabaseServer, template_database: str) -> Iterator[Engine]:
    """Connections to a database that stays empty, because what tests write there is rolled back."""
    with database_server.database(template=template_database) as name:
        engine = make_engine(database_server.url_for(name), application_name="tests-shared")
        yield engine
        engine.dispose()


@pytest.fixture
def session(shared_engine: Engine) -> Iterator[Session]:
    """A session whose transaction is rolled back after the test; the quick way to test an operation."""
    with shared_engine.connect() as connection:
        outer = connection.begin()
        with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
            yield session
        outer.rollback()


@pytest.fixture(scope="session")
def valkey_server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One Valkey or Redis for the whole run."""
    with ExitStack() as stack:
        given = os.environ.get("FULFILLMENT_TEST_REDIS_URL")
        if given is None:
            given = stack.enter_context(start_valkey(tmp_path_factory.mktemp("valkey"))).url
        yield given


@pytest.fixture
def valkey(valkey_server_url: str) -> Iterator["redis.Redis"]:
    """A connection to an emptied Valkey."""
    with redis.Redis.from_url(valkey_server_url) as connection:
        connection.flushdb()
        yield connection


@pytest.fixture
def valkey_url(valkey: "redis.Redis", valkey_server_url: str) -> str:
    """The address of an emptied Valkey."""
    return valkey_server_url


@pytest.fixture
def make_settings(database_url: str) -> Callable[..., Settings]:
    """Settings in test mode for this test's own database; what is given takes precedence."""

    def make(**given: object) -> Settings:
        return load_settings(**{"mode": "test", "database_url": database_url, **given})

    return make
