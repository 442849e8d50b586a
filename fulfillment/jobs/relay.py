"""Hears what committed transactions promised: LISTEN on the job channel, and be the only one who does."""

from types import TracebackType
from typing import Self
from uuid import UUID

import psycopg
from sqlalchemy.engine import URL

from fulfillment.store.engine import plain_url
from fulfillment.store.jobs import CHANNEL

LEADER_LOCK = 5_113_002_028
"""The advisory lock of the one relay that rings; it goes when its connection goes."""
CONNECT_TIMEOUT_S = 5
BATCH = 500

RelayLostError = psycopg.OperationalError


class Relay:
    """One connection that listens. Others stand by until this one's connection ends."""

    def __init__(self, url: str | URL) -> None:
        self.connection = psycopg.connect(
            plain_url(url),
            autocommit=True,
            connect_timeout=CONNECT_TIMEOUT_S,
            application_name="fulfillment-relay",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()

    def lead(self) -> bool:
        """Whether this relay is the one that rings from now on; then it listens."""
        row = self.connection.execute("SELECT pg_try_advisory_lock(%s)", (LEADER_LOCK,)).fetchone()
        assert row is not None
        if not row[0]:
            return False
        self.connection.execute(f"LISTEN {CHANNEL}")
        return True

    def hear(self, timeout_s: float) -> list[UUID]:
        """The jobs that committed since the last time; waits for the first of them no longer than this."""
        heard = [UUID(notice.payload) for notice in self.connection.notifies(timeout=timeout_s, stop_after=1)]
        if heard:
            rest = self.connection.notifies(timeout=0, stop_after=BATCH)
            heard += [UUID(notice.payload) for notice in rest]
        return heard
