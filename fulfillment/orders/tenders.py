"""Tenders: what was captured, and what may still go back to them."""

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError
from fulfillment.orders.tables import Tender
from fulfillment.store.columns import table_of

TENDER = table_of(Tender)


def list_tenders(session: Session, *, order_id: uuid.UUID, lock: bool = False) -> Sequence[sa.Row[Any]]:
    """The tenders of an order in the order they were given."""
    query = sa.select(TENDER).where(TENDER.c.order_id == order_id).order_by(TENDER.c.tender_no)
    if lock:
        query = query.with_for_update()
    return session.connection().execute(query).all()


def set_aside(session: Session, *, tender_id: uuid.UUID, amount_minor: int) -> None:
    """The amount counts as refunded from the moment it is approved, so that no two refunds share it.

    Raises:
        ConflictError: the tender has less left.
    """
    statement = (
        sa.update(TENDER)
        .where(
            TENDER.c.id == tender_id,
            TENDER.c.refunded_minor + TENDER.c.disputed_minor + amount_minor <= TENDER.c.captured_minor,
        )
        .values(refunded_minor=TENDER.c.refunded_minor + amount_minor)
    )
    if session.connection().execute(statement).rowcount != 1:
        raise ConflictError("The tender has less left than is to be refunded; nothing was set aside.")


def give_back(session: Session, *, tender_id: uuid.UUID, amount_minor: int) -> None:
    """An amount set aside for a refund that surely was not paid counts as refunded no longer."""
    statement = (
        sa.update(TENDER)
        .where(TENDER.c.id == tender_id, TENDER.c.refunded_minor >= amount_minor)
        .values(refunded_minor=TENDER.c.refunded_minor - amount_minor)
    )
    changed = session.connection().execute(statement).rowcount
    assert changed == 1, "what is given back was set aside"


def note_dispute(session: Session, *, tender_id: uuid.UUID, amount_minor: int) -> None:
    """The card holder took this amount back through the bank; no refund may give it a second time.

    Raises:
        ConflictError: together with what was refunded it is more than was captured.
    """
    statement = (
        sa.update(TENDER)
        .where(
            TENDER.c.id == tender_id,
            TENDER.c.refunded_minor + TENDER.c.disputed_minor + amount_minor <= TENDER.c.captured_minor,
        )
        .values(disputed_minor=TENDER.c.disputed_minor + amount_minor)
    )
    if session.connection().execute(statement).rowcount != 1:
        raise ConflictError("Refunds and disputes together would exceed what the tender captured.")
