"""A job that answers many changes at once: it runs when the window they fall into is over."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from fulfillment.store.clock import read_now
from fulfillment.store.jobs import enqueue

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
BURST: Final = timedelta(seconds=30)
"""Long enough that a delivery put away bin by bin makes one run, short enough that nobody waits for it."""


def enqueue_after_burst(
    session: Session, *, kind: str, payload: Mapping[str, Any], window: timedelta = BURST
) -> UUID:
    """One job of this kind runs once the present window is over, however many changes ask for it.

    Windows are counted from 1970 by the business clock. The next window's changes get a job of their own, so
    that no change is lost to a job that has begun; the payload is that of the first to ask.
    """
    over = EPOCH + ((read_now(session) - EPOCH) // window + 1) * window
    return enqueue(session, kind=kind, payload=payload, key=f"burst {over.isoformat()}", due_at=over)
