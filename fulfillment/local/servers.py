"""The embedded servers for as long as a block runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fulfillment.local.folders import locked, make_private
from fulfillment.local.postgres import PostgresServer
from fulfillment.local.valkey import ValkeyServer


@contextmanager
def start_postgres(
    directory: Path,
    *,
    is_durable: bool = True,
    max_connections: int = 60,
    loopback_port: int | None = None,
) -> Iterator[PostgresServer]:
    """PostgreSQL runs on `directory` inside the block and has stopped after it.

    Raises:
        HomeInUseError: another process runs it.
        LocalServerError: it cannot run here; the message says why and what to do.
    """
    with locked(make_private(directory)):
        server = PostgresServer(
            directory,
            is_durable=is_durable,
            max_connections=max_connections,
            loopback_port=loopback_port,
        )
        try:
            server.start()
            yield server
        finally:
            server.stop()


@contextmanager
def start_valkey(directory: Path) -> Iterator[ValkeyServer]:
    """Valkey runs on `directory` inside the block and has stopped after it.

    Raises:
        HomeInUseError: another process runs it.
        LocalServerError: it cannot run here; the message says why and what to do.
    """
    with locked(make_private(directory)):
        server = ValkeyServer(directory)
        try:
            server.start()
            yield server
        finally:
            server.stop()
