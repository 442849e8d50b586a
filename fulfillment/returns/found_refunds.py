"""Refunds that were found at a provider: matched with our shares, or written down because they were paid."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.ids import new_id
from fulfillment.core.states import RefundPartState, RefundState
from fulfillment.returns.gateways.protocol import ProviderRefund
from fulfillment.returns.kinds import RefundCause
from fulfillment.returns.tables import Refund, RefundPart
from fulfillment.store.actors import Actor
from fulfillment.store.columns import table_of
from fulfillment.store.history import begin_history
from fulfillment.store.numbers import next_number

REFUND = table_of(Refund)
PART = table_of(RefundPart)


def find_part_by_key(session: Session, *, provider: str, key: str, provider_ref: str) -> sa.Row[Any] | None:
    """Our share behind a provider's refund, locked; by its key, else by the provider's own reference."""
    part_id = _id_of(key)
    is_it = sa.and_(PART.c.provider == provider, PART.c.provider_ref == provider_ref)
    if part_id is not None:
        is_it = sa.or_(PART.c.id == part_id, is_it)
    query = sa.select(PART).where(is_it).order_by(PART.c.id).limit(1).with_for_update()
    return session.connection().execute(query).one_or_none()


def list_paid_parts(session: Session, *, provider: str, since: datetime) -> Sequence[sa.Row[Any]]:
    """The shares of a provider that we sent since an instant and count as paid."""
    query = sa.select(PART).where(
        PART.c.provider == provider, PART.c.state == RefundPartState.PAID, PART.c.sent_at >= since
    )
    return session.connection().execute(query.order_by(PART.c.id)).all()


def write_found_refund(
    session: Session,
    *,
    tender: sa.Row[Any],
    provider: str,
    refund: ProviderRefund,
    actor: Actor,
    now: datetime,
) -> tuple[uuid.UUID, str]:
    """A refund that was paid stands paid, with one share; of which units it was nobody knows any more.

    Returns its id and number.
    """
    refund_id, number, part_id = new_id(), next_number(session, "RF"), _id_of(refund.key) or new_id()
    connection = session.connection()
    reason = f"found at {provider} as {refund.provider_ref}"
    connection.execute(
        sa.insert(REFUND).values(
            id=refund_id,
            number=number,
            order_id=tender.order_id,
            cause=RefundCause.FOUND,
            state=RefundState.PAID,
            reason=reason,
            goods_minor=refund.amount.minor,
            amount_minor=refund.amount.minor,
            currency=refund.amount.currency,
            proposed_by=actor.key,
            proposed_at=now,
            paid_at=now,
        )
    )
    connection.execute(
        sa.insert(PART).values(
            id=part_id,
            refund_id=refund_id,
            tender_id=tender.id,
            state=RefundPartState.PAID,
            amount_minor=refund.amount.minor,
            currency=refund.amount.currency,
            provider=provider,
            provider_ref=refund.provider_ref,
            settled_at=now,
        )
    )
    for table, object_id, state in (
        (REFUND, refund_id, RefundState.PAID),
        (PART, part_id, RefundPartState.PAID),
    ):
        begin_history(session, table=table, object_ids=[object_id], state=state, actor=actor, reason=reason)
    return refund_id, number


def _id_of(key: str) -> uuid.UUID | None:
    """The share's id that a key is; None for a key we never made."""
    try:
        return uuid.UUID(key)
    except ValueError:
        return None
