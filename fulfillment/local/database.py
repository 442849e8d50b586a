"""The database and its two roles inside the embedded PostgreSQL."""

import psycopg
from psycopg import sql

from fulfillment.local.home import APP_ROLE, DATABASE, OWNER_ROLE
from fulfillment.local.postgres import SOCKET_PORT, SUPERUSER, PostgresServer


def prepare_database(server: PostgresServer, *, name: str = DATABASE) -> bool:
    """The database exists and belongs to the owner's role; the application's role exists. Repeats safely.

    Answers whether the database is new. The roles need no passwords: only the folder's owner reaches the
    socket.
    """
    with psycopg.connect(
        host=str(server.sockets), port=SOCKET_PORT, user=SUPERUSER, dbname="postgres", autocommit=True
    ) as connection:
        for role in (OWNER_ROLE, APP_ROLE):
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
            if known is None:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
        if found is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(name), sql.Identifier(OWNER_ROLE)
                )
            )
        return found is None
