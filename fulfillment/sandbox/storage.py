"""Where a sandbox server keeps its state: one SQLite file, so that killing the process loses nothing it said.

The servers are peers of the product, not parts of it; they share no table with it.
"""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_SETTINGS = "CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT"


class StorageClosedError(Exception):
    """The server is stopping; the request that came too late changes nothing."""


class Storage:
    """A database of one process: transactions run one after the other, each a millisecond or less."""

    def __init__(self, path: Path, *, schema: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._depth = 0
        self._is_closed = False
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self._connection.row_factory = sqlite3.Row
        # Written to the operating system at each commit, to the disk at each checkpoint: survives kill -9.
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute(_SETTINGS)
        self._connection.executescript(schema)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing of what the block writes; a block inside a block belongs to the outer one."""
        with self._lock:
            if self._depth:
                yield self._connection
                return
            self._require_open()
            self._depth += 1
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            else:
                self._connection.execute("COMMIT")
            finally:
                self._depth -= 1

    def read(self, statement: str, *values: object) -> list[sqlite3.Row]:
        """The rows of one query."""
        with self._lock:
            self._require_open()
            return self._connection.execute(statement, values).fetchall()

    def read_setting(self, name: str, default: Any) -> Any:  # noqa: ANN401 - each setting has its own shape
        """A setting's value, or the default where it was never set."""
        rows = self.read("SELECT value FROM setting WHERE name = ?", name)
        return json.loads(rows[0]["value"]) if rows else default

    def keep_setting(self, name: str, value: Any) -> None:  # noqa: ANN401 - each setting has its own shape
        """The setting has this value from now on."""
        with self.transaction() as database:
            database.execute(
                "INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (name, json.dumps(value)),
            )

    def close(self) -> None:
        """The file is released."""
        with self._lock:
            self._is_closed = True
            self._connection.close()

    def _require_open(self) -> None:
        if self._is_closed:
            raise StorageClosedError
