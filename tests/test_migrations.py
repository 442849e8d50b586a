"""The migrated schema is the schema of the models, guarded by the database itself."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from fulfillment.core.states import WaveState
from fulfillment.migrations import upgrade
from fulfillment.schema import APPEND_ONLY, METADATA, READ_ONLY, STATEFUL, allowed_edges
from tests.conftest import APP_ROLE, DatabaseServer

INSUFFICIENT_PRIVILEGE = "42501"
CHECK_VIOLATION = "23514"

# Everything that makes a schema, as the catalog itself words it, one line per thing.
CATALOG = {
    "columns": """
        SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' '
            || coalesce(character_maximum_length::text, '') || ' ' || coalesce(column_default, '') || ' '
            || coalesce(identity_generation, '')
        FROM information_schema.columns WHERE table_schema = 'public'
    """,
    "constraints": """
        SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
    """,
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "sequences": """
        SELECT sequencename || ' ' || data_type || ' ' || start_value || ' ' || increment_by
        FROM pg_sequences WHERE schemaname = 'public'
    """,
}


def describe(engine: Engine, part: str) -> set[str]:
    with engine.connect() as connection:
        lines = connection.execute(sa.text(CATALOG[part])).scalars()
        return {line for line in lines if "alembic_version" not in line}


@pytest.fixture(scope="module")
def schemas(database_server: DatabaseServer, template_database: str) -> Iterator[tuple[Engine, Engine]]:
    """A database made by the migrations and one made straight from the models."""
    with (
        database_server.database(template=template_database) as migrated,
        database_server.database(template="template1") as modeled,
    ):
        engines = [
            sa.create_engine(database_server.url_for(name, is_owner=True), poolclass=sa.pool.NullPool)
            for name in (migrated, modeled)
        ]
        METADATA.create_all(engines[1])
        yield engines[0], engines[1]


@pytest.mark.parametrize("part", CATALOG)
def test_the_migrated_schema_equals_the_models(schemas: tuple[Engine, Engine], part: str) -> None:
    migrated, modeled = schemas

    assert describe(migrated, part) == describe(modeled, part)


def test_migrating_again_changes_nothing(schemas: tuple[Engine, Engine]) -> None:
    migrated, _ = schemas
    before = {part: describe(migrated, part) for part in CATALOG}

    upgrade(migrated.url, app_role=APP_ROLE)

    assert {part: describe(migrated, part) for part in CATALOG} == before


def test_two_hosts_may_migrate_an_empty_database_at_once(database_server: DatabaseServer) -> None:
    with database_server.database(template="template1") as name:
        url = database_server.url_for(name, is_owner=True)
        with ThreadPoolExecutor(2) as pool:
            turns = [pool.submit(upgrade, url, app_role=APP_ROLE) for _ in range(2)]
            for turn in turns:
                turn.result()

        engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
        with engine.connect() as connection:
            assert connection.execute(sa.text("SELECT count(*) FROM alembic_version")).scalar_one() == 1


def refusal_of(engine: Engine, statement: str) -> str | None:
    """The code of the error with which the database refuses a statement."""
    with engine.connect() as connection, pytest.raises(DBAPIError) as refusal:
        connection.execute(sa.text(statement))
    code: str | None = getattr(refusal.value.orig, "sqlstate", None)
    return code


def plain_column(table: str) -> str:
    """A column that anybody with the right could set."""
    return next(column.name for column in METADATA.tables[table].columns if column.identity is None)


@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
@pytest.mark.parametrize("deed", ["UPDATE {} SET {} = DEFAULT", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_application_cannot_rewrite_a_record(engine: Engine, table: str, deed: str) -> None:
    column = plain_column(table)

    assert refusal_of(engine, deed.format(table, column)) == INSUFFICIENT_PRIVILEGE


@pytest.mark.parametrize("table", sorted(APPEND_ONLY))
@pytest.mark.parametrize("deed", ["UPDATE {} SET {} = DEFAULT", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_not_even_the_owner_rewrites_a_record_by_mistake(owner_engine: Engine, table: str, deed: str) -> None:
    column = plain_column(table)

    assert refusal_of(owner_engine, deed.format(table, column)) == INSUFFICIENT_PRIVILEGE


@pytest.mark.parametrize("table", sorted(READ_ONLY))
@pytest.mark.parametrize("deed", ["INSERT INTO {} DEFAULT VALUES", "DELETE FROM {}"])
def test_the_application_cannot_change_what_only_migrations_write(
    engine: Engine, table: str, deed: str
) -> None:
    assert refusal_of(engine, deed.format(table)) == INSUFFICIENT_PRIVILEGE


def test_the_application_makes_and_drops_no_tables(engine: Engine) -> None:
    assert refusal_of(engine, "CREATE TABLE mine (id int)") == INSUFFICIENT_PRIVILEGE
    assert refusal_of(engine, "DROP TABLE job") == INSUFFICIENT_PRIVILEGE


def test_every_append_only_and_stateful_table_exists() -> None:
    assert set(METADATA.tables) >= APPEND_ONLY | STATEFUL | READ_ONLY


def test_the_allowed_edges_in_the_database_are_those_of_the_code(engine: Engine) -> None:
    table = METADATA.tables["allowed_edge"]

    with engine.connect() as connection:
        found = connection.execute(sa.select(table)).mappings().all()

    assert sorted(tuple(row.values()) for row in found) == sorted(
        tuple(edge.values()) for edge in allowed_edges()
    )


@pytest.mark.parametrize("table", sorted(STATEFUL))
def test_a_stateful_table_has_its_trigger(engine: Engine, table: str) -> None:
    found = sa.text(
        "SELECT count(*) FROM pg_trigger "
        "WHERE tgrelid = cast(:name AS regclass) AND tgname = 'refuse_forbidden_edge' AND tgenabled = 'O'"
    )

    with engine.connect() as connection:
        assert connection.execute(found, {"name": table}).scalar_one() == 1


def test_the_database_refuses_a_forbidden_edge(engine: Engine) -> None:
    warehouses, waves = METADATA.tables["warehouse"], METADATA.tables["wave"]
    with engine.begin() as connection:
        connection.execute(
            sa.insert(warehouses).values(
                code="LAX",
                name="Los Angeles",
                address={},
                country="US",
                latitude=0,
                longitude=0,
                time_zone="UTC",
                currency="USD",
                daily_parcel_capacity=1,
            )
        )
        connection.execute(
            sa.insert(waves).values(
                number="W-1",
                warehouse_code="LAX",
                state=WaveState.CANCELLED,
                released_at=sa.func.now(),
                released_by="Ada",
            )
        )

    assert refusal_of(engine, "UPDATE wave SET state = 'picking'") == CHECK_VIOLATION
