"""The shares of a refund by tender: written once, moved state by state, under one provider key for ever."""

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import NotFoundError
from fulfillment.core.ids import new_id
from fulfillment.core.states import REFUND_PART as PART_EDGES
from fulfillment.core.states import RefundPartState
from fulfillment.returns.tables import RefundPart
from fulfillment.store.actors import Actor
from fulfillment.store.columns import table_of
from fulfillment.store.history import begin_history, move_state

PART = table_of(RefundPart)

OPEN = frozenset({RefundPartState.PENDING, RefundPartState.SENT, RefundPartState.UNKNOWN})
"""States in which it is not known yet whether the share is paid."""


def get_part(session: Session, *, part_id: uuid.UUID, lock: bool = False) -> sa.Row[Any]:
    """The share with this id.

    Raises:
        NotFoundError: there is none.
    """
    query = sa.select(PART).where(PART.c.id == part_id)
    if lock:
        query = query.with_for_update()
    row = session.connection().execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no share of a refund called {part_id}.")
    return row


def list_refund_parts(session: Session, *, refund_id: uuid.UUID, lock: bool = False) -> Sequence[sa.Row[Any]]:
    """The shares of a refund by tender."""
    query = sa.select(PART).where(PART.c.refund_id == refund_id).order_by(PART.c.id)
    if lock:
        query = query.with_for_update()
    return session.connection().execute(query).all()


def write_parts(
    session: Session, *, refund: sa.Row[Any], shares: Sequence[tuple[uuid.UUID, str, int]], actor: Actor
) -> list[uuid.UUID]:
    """The refund's shares stand pending: (tender id, provider, amount) each; returns their ids."""
    ids = [new_id() for _ in shares]
    session.connection().execute(
        sa.insert(PART),
        [
            {
                "id": part_id,
                "refund_id": refund.id,
                "tender_id": tender_id,
                "amount_minor": amount_minor,
                "currency": refund.currency,
                "provider": provider,
            }
            for part_id, (tender_id, provider, amount_minor) in zip(ids, shares, strict=True)
        ],
    )
    begin_history(
        session, table=PART, object_ids=ids, state=RefundPartState.PENDING, actor=actor, reason="approved"
    )
    return ids


def move_part(
    session: Session, *, part_id: uuid.UUID, to: RefundPartState, actor: Actor, reason: str, **values: object
) -> None:
    """The share is in its next state.

    Raises:
        NotAllowedEdgeError: no edge leads there from where it is.
    """
    move_state(
        session,
        table=PART,
        object_id=part_id,
        edges=PART_EDGES,
        to=to,
        actor=actor,
        reason=reason,
        values=values,
    )


def note_look_up(session: Session, *, part_id: uuid.UUID, error: str, needs_person: bool) -> None:
    """A share in doubt was asked about once more, in vain; `needs_person` where asking on is no use."""
    session.connection().execute(
        sa.update(PART)
        .where(PART.c.id == part_id, PART.c.state.in_(sorted(OPEN)))
        .values(lookups=PART.c.lookups + 1, error=error, needs_person=needs_person)
    )


def pay_otherwise(session: Session, *, part_id: uuid.UUID, provider: str) -> None:
    """The share, which surely was not paid, goes back by other means than it was given."""
    session.connection().execute(
        sa.update(PART)
        .where(PART.c.id == part_id, PART.c.state == RefundPartState.FAILED)
        .values(provider=provider)
    )
