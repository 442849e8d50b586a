"""A return before its goods have come: posted, given up, run out, and taken up again."""

import uuid
from datetime import datetime, timedelta

from sqlmodel import Session

from fulfillment.core.errors import ConflictError, NotAllowedEdgeError
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import ReturnState
from fulfillment.orders.queries import get_order
from fulfillment.reads.returnable import list_returnable
from fulfillment.returns.authorizations import (
    get_return,
    list_overdue_returns,
    list_return_lines,
    move_return,
    note_tracking,
)
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now


def note_return_posted(
    session: Session, *, return_id: uuid.UUID, tracking_number: str | None, actor: Actor
) -> None:
    """The goods are on their way back; a number given later replaces the first.

    Raises:
        NotFoundError: there is no such return.
        NotAllowedEdgeError: it is not authorized, or its goods are here already.
    """
    found = get_return(session, return_id=return_id, lock=True)
    if found.state != ReturnState.IN_TRANSIT:
        move_return(
            session,
            return_id=return_id,
            to=ReturnState.IN_TRANSIT,
            actor=actor,
            reason="the goods are posted",
        )
    note_tracking(session, return_id=return_id, tracking_number=tracking_number)
    _record(session, "return.posted", return_id, actor, tracking_number=tracking_number)


def cancel_return(session: Session, *, return_id: uuid.UUID, note: str, actor: Actor) -> None:
    """The goods will not be sent back; they can be announced again.

    Raises:
        NotFoundError: there is no such return.
        NotAllowedEdgeError: the goods are on their way, or it has ended.
    """
    move_return(session, return_id=return_id, to=ReturnState.CANCELLED, actor=actor, reason=note)
    _record(session, "return.cancelled", return_id, actor, note=note)


def expire_returns(session: Session, *, actor: Actor, policy: CompanyPolicy) -> int:
    """Authorizations that have run out let go of their units; returns how many.

    Goods that were posted have once more the time of an authorization to arrive.
    """
    grace = timedelta(days=policy.return_authorization_days)
    expired = 0
    for return_id in list_overdue_returns(session, now=read_now(session), grace=grace):
        try:
            move_return(
                session,
                return_id=return_id,
                to=ReturnState.EXPIRED,
                actor=actor,
                reason="no goods came in time",
            )
        except NotAllowedEdgeError:
            # The goods came between the look and the deed.
            continue
        expired += 1
    return expired


def reopen_return(
    session: Session, *, return_id: uuid.UUID, note: str, actor: Actor, policy: CompanyPolicy
) -> datetime:
    """An expired return is authorized again, at what it promised; returns when it runs out.

    The rules are not asked again: the date of the request decides, and it has not changed.

    Raises:
        NotFoundError: there is no such return.
        NotAllowedEdgeError: it has not expired.
        ConflictError: its units were announced in another return meanwhile.
    """
    found = get_return(session, return_id=return_id, lock=True)
    get_order(session, order_id=found.order_id, lock=True)
    free = {line.order_line_id: line for line in list_returnable(session, order_id=found.order_id)}
    for line in list_return_lines(session, return_id=return_id):
        left = free[line.order_line_id].returnable
        if found.state == ReturnState.EXPIRED and line.qty_requested - line.qty_received > left:
            raise ConflictError(
                f"{line.qty_requested} units of {line.sku} were to come back with {found.number}, but only "
                f"{left} are not in another return by now. Ask for a new return.",
                sku=line.sku,
                returnable=left,
            )
    expires_at = read_now(session) + timedelta(days=policy.return_authorization_days)
    move_return(
        session,
        return_id=return_id,
        to=ReturnState.AUTHORIZED,
        actor=actor,
        reason=note,
        expires_at=expires_at,
    )
    _record(session, "return.reopened", return_id, actor, note=note)
    return expires_at


def _record(session: Session, deed: str, return_id: uuid.UUID, actor: Actor, **detail: object) -> None:
    record(
        session,
        actor=actor,
        deed=deed,
        object_kind="return_authorization",
        object_id=return_id,
        detail=detail,
    )
