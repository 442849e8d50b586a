"""Tenders: what was captured, and what may still go back to them."""

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, NotFoundError
from fulfillment.orders.tables import Tender
from fulfillment.store.columns import table_of

TENDER = table_of(Tender)
ROOM = TENDER.c.captured_minor - TENDER.c.refunded_minor - TENDER.c.disputed_minor
"""What may still go back to a tender."""


def list_tenders(session: Session, *, order_id: uuid.UUID, lock: bool = False) -> Sequence[sa.Row[Any]]:
    """The tenders of an order in the order they were given."""
    query = sa.select(TENDER).where(TENDER.c.order_id == order_id).order_by(TENDER.c.tender_no)
    if lock:
        query = query.with_for_update()
    return session.connection().execute(query).all()


def find_tender(session: Session, *, provider: str, provider_ref: str) -> sa.Row[Any]:
    """The tender whose payment the provider knows by this reference.

    Raises:
        NotFoundError: there is none, or the reference is not one tender's own.
    """
    query = sa.select(TENDER).where(TENDER.c.provider == provider, TENDER.c.provider_ref == provider_ref)
    rows = session.connection().execute(query.limit(2)).all()
    if len(rows) != 1:
        raise NotFoundError(
            f"No payment {provider_ref} of {provider} was captured for an order.", provider_ref=provider_ref
        )
    return rows[0]


def room_for_refunds(session: Session, *, order_id: uuid.UUID) -> int:
    """What may still go back of an order's tenders together."""
    query = sa.select(sa.func.coalesce(sa.func.sum(ROOM), 0)).where(TENDER.c.order_id == order_id)
    return int(session.connection().execute(query).scalar_one())


def set_aside(session: Session, *, tender_id: uuid.UUID, amount_minor: int) -> None:
    """The amount counts as refunded from the moment it is approved, so that no two refunds share it.

    Raises:
        ConflictError: the tender has less left.
    """
    statement = (
        sa.update(TENDER)
        .where(TENDER.c.id == tender_id, amount_minor <= ROOM)
        .values(refunded_minor=TENDER.c.refunded_minor + amount_minor)
    )
    if session.connection().execute(statement).rowcount != 1:
        raise ConflictError(
            "The tender holds less than is to go back to it, because of other refunds or a dispute; "
            "nothing was set aside."
        )


def give_back(session: Session, *, tender_id: uuid.UUID, amount_minor: int) -> None:
    """An amount set aside for a refund that surely was not paid counts as refunded no longer."""
    statement = (
        sa.update(TENDER)
        .where(TENDER.c.id == tender_id, TENDER.c.refunded_minor >= amount_minor)
        .values(refunded_minor=TENDER.c.refunded_minor - amount_minor)
    )
    changed = session.connection().execute(statement).rowcount
    assert changed == 1, "what is given back was set aside"


def add_disputed(session: Session, *, tender_id: uuid.UUID, amount_minor: int) -> int:
    """As much of the amount as the tender has room for counts as disputed; returns how much that is.

    The bank's deed cannot be refused: what exceeds the room was refunded before, and is contested with that.
    """
    row = session.connection().execute(
        sa.select(ROOM.label("room")).where(TENDER.c.id == tender_id).with_for_update()
    )
    counted = min(amount_minor, int(row.scalar_one()))
    session.connection().execute(
        sa.update(TENDER)
        .where(TENDER.c.id == tender_id)
        .values(disputed_minor=TENDER.c.disputed_minor + counted)
    )
    return counted


def take_disputed_back(session: Session, *, tender_id: uuid.UUID, amount_minor: int) -> None:
    """An amount that counted as disputed came back to the company."""
    statement = (
        sa.update(TENDER)
        .where(TENDER.c.id == tender_id, TENDER.c.disputed_minor >= amount_minor)
        .values(disputed_minor=TENDER.c.disputed_minor - amount_minor)
    )
    changed = session.connection().execute(statement).rowcount
    assert changed == 1, "what comes back was disputed"
