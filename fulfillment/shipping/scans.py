"""The carrier's scans and messages: kept as they came, matched to the purchase whose number they carry."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from fulfillment.core.errors import NotFoundError
from fulfillment.core.ids import new_id
from fulfillment.core.states import ParcelState
from fulfillment.shipping.custody_tables import CarrierWebhook, TrackingEvent
from fulfillment.shipping.tables import Parcel, Postage
from fulfillment.shipping.tracking import TrackingScan, TrackingStatus
from fulfillment.store.columns import table_of

EVENT = table_of(TrackingEvent)
WEBHOOK = table_of(CarrierWebhook)
POSTAGE = table_of(Postage)
PARCEL = table_of(Parcel)

REUSE_AFTER = timedelta(days=7)
"""Scans from longer than this before the purchase belong to an earlier parcel: carriers reuse numbers."""

TRACKED = (ParcelState.LABELED, ParcelState.SHIPPED, ParcelState.RETURNING, ParcelState.LOST)


def lock_number(session: Session, *, carrier: str, tracking_number: str) -> None:
    """Nobody else applies scans of this number, or adopts a purchase that has it, until the transaction ends.

    Without it a scan and the purchase it belongs to could commit side by side, each unseen by the other.
    """
    name = f"tracking {carrier} {tracking_number}"
    session.connection().execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(name, 0))))


def find_postage_of(
    session: Session, *, carrier: str, tracking_number: str, transaction_ref: str | None
) -> sa.Row[Any] | None:
    """The purchase that scans belong to: the one named, else the latest of this carrier with this number."""
    if transaction_ref is not None:
        query = sa.select(POSTAGE).where(POSTAGE.c.transaction_ref == transaction_ref)
        named = session.connection().execute(query).one_or_none()
        if named is not None:
            return named
    query = (
        sa.select(POSTAGE)
        .where(POSTAGE.c.carrier == carrier, POSTAGE.c.tracking_number == tracking_number)
        .order_by(POSTAGE.c.id.desc())
        .limit(1)
    )
    return session.connection().execute(query).one_or_none()


def write_scans(
    session: Session,
    *,
    carrier: str,
    tracking_number: str,
    parcel_id: uuid.UUID | None,
    scans: Sequence[TrackingScan],
    source: str,
    now: datetime,
) -> int:
    """Each scan is kept once, however often the carrier tells it; returns how many are new."""
    if not scans:
        return 0
    rows = [
        {
            "parcel_id": parcel_id,
            "carrier": carrier,
            "tracking_number": tracking_number,
            "event_key": scan.key,
            "status": scan.status.value,
            "substatus": scan.substatus,
            "details": scan.details,
            "place": scan.place,
            "happened_at": scan.happened_at,
            "received_at": now,
            "source": source,
        }
        for scan in scans
    ]
    statement = insert(EVENT).on_conflict_do_nothing(
        index_elements=["carrier", "tracking_number", "event_key"]
    )
    written = session.connection().execute(statement.values(rows).returning(EVENT.c.number))
    return len(written.all())


def list_scans(
    session: Session, *, carrier: str, tracking_number: str, since: datetime
) -> list[TrackingScan]:
    """Every scan of the number that was received since an instant, in the order they happened."""
    query = (
        sa.select(EVENT)
        .where(
            EVENT.c.carrier == carrier,
            EVENT.c.tracking_number == tracking_number,
            EVENT.c.received_at >= since - REUSE_AFTER,
        )
        .order_by(EVENT.c.happened_at, EVENT.c.event_key)
    )
    return [
        TrackingScan(
            row.event_key, TrackingStatus(row.status), row.happened_at, row.substatus, row.details, row.place
        )
        for row in session.connection().execute(query)
    ]


def list_silent_parcels(session: Session, *, before: datetime, limit: int) -> Sequence[uuid.UUID]:
    """Parcels on their way of which nothing was heard or asked since an instant, the longest silent first."""
    heard_at = sa.func.greatest(PARCEL.c.tracking_at, PARCEL.c.tracking_checked_at, PARCEL.c.packed_at)
    query = (
        sa.select(PARCEL.c.id)
        .where(PARCEL.c.state.in_(TRACKED), PARCEL.c.tracking_number.is_not(None), heard_at < before)
        .order_by(heard_at)
        .limit(limit)
    )
    return session.connection().execute(query).scalars().all()


def store_webhook(
    session: Session, *, body: bytes, sha256: str, is_signed: bool, now: datetime
) -> uuid.UUID | None:
    """The message is kept as it came; None if it had come before."""
    webhook_id = new_id()
    statement = (
        insert(WEBHOOK)
        .values(id=webhook_id, sha256=sha256, is_signed=is_signed, body=body, received_at=now)
        .on_conflict_do_nothing(index_elements=["sha256"])
        .returning(WEBHOOK.c.id)
    )
    return session.connection().execute(statement).scalar_one_or_none()


def get_webhook(session: Session, *, webhook_id: uuid.UUID) -> sa.Row[Any]:
    """The message, locked until the transaction ends.

    Raises:
        NotFoundError: there is none.
    """
    query = sa.select(WEBHOOK).where(WEBHOOK.c.id == webhook_id).with_for_update()
    row = session.connection().execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no carrier message {webhook_id}.")
    return row


def note_applied(session: Session, *, webhook_id: uuid.UUID, outcome: str, now: datetime) -> None:
    """What became of the message stands beside it."""
    session.connection().execute(
        sa.update(WEBHOOK).where(WEBHOOK.c.id == webhook_id).values(applied_at=now, outcome=outcome)
    )
