"""Notices: one row for each message to one person about one event."""

import uuid
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import SQLModel

from fulfillment.store.columns import (
    created_at_column,
    enum_column,
    id_column,
    text_column,
    utc_column,
    uuid_column,
)


class NoticeState(StrEnum):
    """Kept means that no mail server is set up: the notice can be read, nobody was written to."""

    PENDING = "pending"
    SENT = "sent"
    KEPT = "kept"
    FAILED = "failed"


class Notice(SQLModel, table=True):
    """A message to one recipient by one channel about one event, sent at most once on record."""

    __tablename__ = "notice"
    __table_args__ = (sa.UniqueConstraint("event_key", "recipient", "channel"), sa.Index(None, "order_id"))

    id: uuid.UUID = id_column()
    kind: str = text_column()
    event_key: str = text_column()
    channel: str = text_column(default="email")
    recipient: str = text_column()
    order_id: uuid.UUID | None = uuid_column("customer_order.id", default=None)
    subject: str = text_column()
    body: str = text_column()
    state: NoticeState = enum_column(NoticeState, default=NoticeState.PENDING)
    message_id: str = text_column(unique=True)
    sent_at: datetime | None = utc_column(default=None)
    error: str | None = text_column(default=None)
    created_at: datetime = created_at_column()
