"""What the database itself refuses: forbidden edges, rewritten history, and more than a role may do.

Made anew after every migration, because each of these follows from the tables and state tables there are.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection
from sqlalchemy.exc import ProgrammingError

from fulfillment.core.errors import InvalidInputError
from fulfillment.schema import APPEND_ONLY, METADATA, READ_ONLY, STATEFUL, allowed_edges

EDGE_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_forbidden_edge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM allowed_edge
        WHERE object_kind = TG_TABLE_NAME AND from_state = OLD.state AND to_state = NEW.state
    ) THEN
        RAISE EXCEPTION '% cannot go from % to %', TG_TABLE_NAME, OLD.state, NEW.state
            USING ERRCODE = 'check_violation', TABLE = TG_TABLE_NAME, CONSTRAINT = 'allowed_edge';
    END IF;
    RETURN NEW;
END $$
"""
APPEND_ONLY_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % refused: its rows are a record and are never changed', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege', TABLE = TG_TABLE_NAME, CONSTRAINT = 'append_only';
END $$
"""


def make_guards(connection: Connection, *, app_role: str) -> None:
    """Edges and records are guarded by triggers, and the application's role has just the rights it needs."""
    _fill_allowed_edges(connection)
    connection.execute(sa.text(EDGE_FUNCTION))
    connection.execute(sa.text(APPEND_ONLY_FUNCTION))
    for table in sorted(STATEFUL):
        _make_trigger(
            connection,
            table,
            "refuse_forbidden_edge",
            when="BEFORE UPDATE OF state",
            each="ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)",
        )
    for table in sorted(APPEND_ONLY):
        # Per statement: it also fires where no row matches, and once for a thousand.
        _make_trigger(
            connection,
            table,
            "refuse_rewriting",
            when="BEFORE UPDATE OR DELETE OR TRUNCATE",
            each="STATEMENT",
        )
    _make_role(connection, app_role)
    _grant(connection, app_role)


def rights_on(table: str) -> str:
    """What the application's role may do with a table."""
    if table in READ_ONLY:
        return "SELECT"
    if table in APPEND_ONLY:
        return "SELECT, INSERT"
    return "SELECT, INSERT, UPDATE, DELETE"


def _fill_allowed_edges(connection: Connection) -> None:
    """The table holds the edges of the code, no more and no fewer; unchanged rows are not touched."""
    table = METADATA.tables["allowed_edge"]
    edges = allowed_edges()
    connection.execute(insert(table).on_conflict_do_nothing(), edges)
    kept = [tuple(edge.values()) for edge in edges]
    key = sa.tuple_(table.c.object_kind, table.c.from_state, table.c.to_state)
    connection.execute(sa.delete(table).where(key.not_in(kept)))


def _make_trigger(connection: Connection, table: str, function: str, *, when: str, each: str) -> None:
    """The trigger is on the table, once, in its present form."""
    connection.execute(
        sa.text(
            f"CREATE OR REPLACE TRIGGER {function} {when} ON {_quoted(connection, table)} "
            f"FOR EACH {each} EXECUTE FUNCTION {function}()"
        )
    )


def _make_role(connection: Connection, app_role: str) -> None:
    """The role exists. A new one may log in but has no password: only trusted sockets let it in as it is.

    Raises:
        InvalidInputError: it is missing and whoever migrates may not make roles.
    """
    known = connection.execute(
        sa.text("SELECT FROM pg_roles WHERE rolname = :name"), {"name": app_role}
    ).one_or_none()
    if known is not None:
        return
    try:
        with connection.begin_nested():
            connection.execute(sa.text(f"CREATE ROLE {_quoted(connection, app_role)} LOGIN"))
    except ProgrammingError as error:
        raise InvalidInputError(
            f"The database role {app_role} is missing and this user may not create it. Ask an administrator "
            f"to run CREATE ROLE {app_role} LOGIN PASSWORD '...'; then migrate again.",
            role=app_role,
        ) from error


def _grant(connection: Connection, app_role: str) -> None:
    """The role has exactly the rights of `rights_on`, whatever it had before."""
    role = _quoted(connection, app_role)
    is_owner = connection.execute(sa.text("SELECT current_user = :name"), {"name": app_role}).scalar_one()
    if is_owner:
        # An owner cannot be kept from its own tables by rights; the triggers are what guards them then.
        return
    statements = [
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
        f"GRANT SELECT ON alembic_version TO {role}",
        *(f"GRANT {rights_on(name)} ON {_quoted(connection, name)} TO {role}" for name in METADATA.tables),
    ]
    for statement in statements:
        connection.execute(sa.text(statement))


def _quoted(connection: Connection, name: str) -> str:
    """A name as it may stand in a statement."""
    return connection.dialect.identifier_preparer.quote(name)
