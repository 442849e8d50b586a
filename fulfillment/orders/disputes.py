"""Disputes: a card holder takes money back through the bank, and sometimes loses it again."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError, NotFoundError
from fulfillment.core.ids import new_id
from fulfillment.orders.kinds import DisputeState
from fulfillment.orders.tables import Dispute, Tender
from fulfillment.orders.tenders import add_disputed, find_tender, take_disputed_back
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.columns import table_of

DISPUTE = table_of(Dispute)
TENDER = table_of(Tender)
_DISPUTES = sa.select(DISPUTE, TENDER.c.order_id).join(TENDER, TENDER.c.id == DISPUTE.c.tender_id)


@dataclass(frozen=True)
class NotedDispute:
    """A dispute in our books; `excess_minor` was refunded before the bank took it as well."""

    dispute_id: uuid.UUID
    order_id: uuid.UUID
    counted_minor: int
    excess_minor: int
    is_repeat: bool


def open_dispute(
    session: Session,
    *,
    provider: str,
    payment_ref: str,
    dispute_ref: str,
    amount_minor: int,
    reason: str,
    actor: Actor,
    now: datetime,
) -> NotedDispute:
    """The amount can no longer be refunded; the same dispute told again changes nothing.

    Raises:
        NotFoundError: no tender was captured by this payment.
        InvalidInputError: the amount is not above zero, or more than was captured.
        ConflictError: a dispute of this name was told before with other content.
    """
    tender = find_tender(session, provider=provider, provider_ref=payment_ref)
    if not 0 < amount_minor <= tender.captured_minor:
        raise InvalidInputError(
            f"{amount_minor} minor units cannot be disputed; payment {payment_ref} captured "
            f"{tender.captured_minor}.",
            captured_minor=tender.captured_minor,
        )
    dispute_id = new_id()
    statement = insert(DISPUTE).values(
        id=dispute_id,
        tender_id=tender.id,
        provider_ref=dispute_ref,
        amount_minor=amount_minor,
        counted_minor=0,
        reason=reason,
        opened_at=now,
    )
    statement = statement.on_conflict_do_nothing(index_elements=["provider_ref"])
    if session.connection().execute(statement.execution_options(preserve_rowcount=True)).rowcount == 0:
        return _repeated(session, tender, dispute_ref, amount_minor)
    counted = add_disputed(session, tender_id=tender.id, amount_minor=amount_minor)
    session.connection().execute(
        sa.update(DISPUTE).where(DISPUTE.c.id == dispute_id).values(counted_minor=counted)
    )
    record(
        session,
        actor=actor,
        deed="dispute.opened",
        object_kind="dispute",
        object_id=dispute_id,
        detail={"dispute": dispute_ref, "amount_minor": amount_minor, "excess_minor": amount_minor - counted},
    )
    return NotedDispute(dispute_id, tender.order_id, counted, amount_minor - counted, is_repeat=False)


def close_dispute(
    session: Session, *, dispute_id: uuid.UUID, is_won: bool, actor: Actor, now: datetime
) -> None:
    """The bank has decided: a dispute the company won may be refunded again, a lost one stays taken.

    Raises:
        NotFoundError: there is no such dispute.
        ConflictError: it was closed before.
    """
    state = DisputeState.WON if is_won else DisputeState.LOST
    statement = (
        sa.update(DISPUTE)
        .where(DISPUTE.c.id == dispute_id, DISPUTE.c.state == DisputeState.OPEN)
        .values(state=state, closed_at=now)
        .returning(DISPUTE.c.tender_id, DISPUTE.c.counted_minor)
    )
    closed = session.connection().execute(statement).one_or_none()
    if closed is None:
        found = get_dispute(session, dispute_id=dispute_id)
        raise ConflictError(f"Dispute {found.provider_ref} is {found.state} already.", state=found.state)
    if is_won:
        take_disputed_back(session, tender_id=closed.tender_id, amount_minor=closed.counted_minor)
    record(
        session,
        actor=actor,
        deed="dispute.closed",
        object_kind="dispute",
        object_id=dispute_id,
        detail={"state": state},
    )


def get_dispute(session: Session, *, dispute_id: uuid.UUID) -> sa.Row[Any]:
    """The dispute with this id, with its order.

    Raises:
        NotFoundError: there is none.
    """
    row = session.connection().execute(_DISPUTES.where(DISPUTE.c.id == dispute_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no dispute {dispute_id}.")
    return row


def list_disputes(session: Session, *, after: uuid.UUID | None, limit: int) -> Sequence[sa.Row[Any]]:
    """Disputes with their orders, the newest first, after the one with this id."""
    query = _DISPUTES.order_by(DISPUTE.c.id.desc()).limit(limit)
    if after is not None:
        query = query.where(DISPUTE.c.id < after)
    return session.connection().execute(query).all()


def _repeated(session: Session, tender: sa.Row[Any], dispute_ref: str, amount_minor: int) -> NotedDispute:
    found = (
        session.connection().execute(sa.select(DISPUTE).where(DISPUTE.c.provider_ref == dispute_ref)).one()
    )
    if (found.tender_id, found.amount_minor) != (tender.id, amount_minor):
        raise ConflictError(f"Dispute {dispute_ref} was told before with other content.", dispute=dispute_ref)
    excess = found.amount_minor - found.counted_minor
    return NotedDispute(found.id, tender.order_id, found.counted_minor, excess, is_repeat=True)
