"""Scans as they were booked, for whoever checks what a device has sent."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.store.columns import table_of
from fulfillment.warehouse.tables import PickScan

SCAN = table_of(PickScan)


@dataclass(frozen=True)
class BookedScan:
    """One scan with the answer it got."""

    scan_id: uuid.UUID
    wave_id: uuid.UUID | None
    task_id: uuid.UUID | None
    device_id: str
    device_sequence: int
    code: str
    outcome: str
    answer: dict[str, Any]
    actor: str
    scanned_at: datetime
    received_at: datetime


def list_scans(
    session: Session, *, limit: int, wave_id: uuid.UUID | None, after: tuple[datetime, uuid.UUID] | None
) -> list[BookedScan]:
    """Scans in the order they came in; `after` is the last (arrival, id) seen."""
    query = (
        sa.select(
            SCAN.c.scan_id,
            SCAN.c.wave_id,
            SCAN.c.pick_task_id,
            SCAN.c.device_id,
            SCAN.c.device_sequence,
            SCAN.c.scanned,
            SCAN.c.outcome,
            SCAN.c.answer,
            SCAN.c.actor,
            SCAN.c.scanned_at,
            SCAN.c.received_at,
        )
        .order_by(SCAN.c.received_at, SCAN.c.scan_id)
        .limit(limit)
    )
    if wave_id is not None:
        query = query.where(SCAN.c.wave_id == wave_id)
    if after is not None:
        query = query.where(
            sa.tuple_(SCAN.c.received_at, SCAN.c.scan_id) > sa.tuple_(*map(sa.literal, after))
        )
    return [BookedScan(*row) for row in session.connection().execute(query)]
