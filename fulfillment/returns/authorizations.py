"""Return authorizations: asked for, decided by the rules, received."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError, NotFoundError
from fulfillment.core.ids import new_id
from fulfillment.core.states import RETURN as RETURN_EDGES
from fulfillment.core.states import ReturnState
from fulfillment.returns.kinds import ReturnReason
from fulfillment.returns.tables import ReturnAuthorization, ReturnLine, ReturnReceiptScan
from fulfillment.store.actors import Actor
from fulfillment.store.columns import table_of
from fulfillment.store.history import begin_history, move_state
from fulfillment.store.numbers import next_number

RETURN = table_of(ReturnAuthorization)
LINE = table_of(ReturnLine)
SCAN = table_of(ReturnReceiptScan)

WAITING = (ReturnState.REQUESTED, ReturnState.AUTHORIZED, ReturnState.IN_TRANSIT, ReturnState.RECEIVED)
"""States in which more of the announced units may still come."""


@dataclass(frozen=True)
class NewReturnLine:
    """Units of one order line that are to come back, at what the rules promise for them."""

    order_line_id: uuid.UUID
    sku: str
    units: int
    percent: int
    rules: tuple[str, ...]


@dataclass(frozen=True)
class NewReturn:
    """A return as it was asked for and judged."""

    order_id: uuid.UUID
    member_id: uuid.UUID | None
    reason: ReturnReason
    note: str
    warehouse_code: str
    jurisdiction: str
    freight_payer: str
    decision: dict[str, Any]
    returned_parcel_id: uuid.UUID | None
    lines: tuple[NewReturnLine, ...]


def write_return(session: Session, *, new: NewReturn, actor: Actor, now: datetime) -> tuple[uuid.UUID, str]:
    """The return stands requested; returns its id and number."""
    return_id, number = new_id(), next_number(session, "RMA")
    connection = session.connection()
    connection.execute(
        sa.insert(RETURN).values(
            id=return_id,
            number=number,
            order_id=new.order_id,
            member_id=new.member_id,
            state=ReturnState.REQUESTED,
            reason=new.reason,
            note=new.note,
            warehouse_code=new.warehouse_code,
            returned_parcel_id=new.returned_parcel_id,
            jurisdiction=new.jurisdiction,
            requested_at=now,
            freight_payer=new.freight_payer,
            decision=new.decision,
            requested_by=actor.key,
        )
    )
    connection.execute(
        sa.insert(LINE),
        [
            {
                "id": new_id(),
                "return_id": return_id,
                "order_line_id": line.order_line_id,
                "sku": line.sku,
                "qty_requested": line.units,
                "percent": line.percent,
                "rules": list(line.rules),
            }
            for line in new.lines
        ],
    )
    begin_history(
        session,
        table=RETURN,
        object_ids=[return_id],
        state=ReturnState.REQUESTED,
        actor=actor,
        reason=new.reason,
    )
    return return_id, number


def get_return(session: Session, *, return_id: uuid.UUID, lock: bool = False) -> sa.Row[Any]:
    """The return with this id.

    Raises:
        NotFoundError: there is none.
    """
    query = sa.select(RETURN).where(RETURN.c.id == return_id)
    if lock:
        query = query.with_for_update()
    row = session.connection().execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no return {return_id}.")
    return row


def find_return_by_number(session: Session, *, number: str) -> sa.Row[Any]:
    """The return people and slips call by this number.

    Raises:
        NotFoundError: there is none.
    """
    query = sa.select(RETURN).where(RETURN.c.number == number.strip().upper())
    row = session.connection().execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no return {number}; check the number on the slip.", number=number)
    return row


def list_return_lines(session: Session, *, return_id: uuid.UUID, lock: bool = False) -> Sequence[sa.Row[Any]]:
    """The lines of a return, oldest first."""
    query = sa.select(LINE).where(LINE.c.return_id == return_id).order_by(LINE.c.id)
    if lock:
        query = query.with_for_update()
    return session.connection().execute(query).all()


def units_in_returns(session: Session, *, order_id: uuid.UUID) -> dict[uuid.UUID, int]:
    """Units of each order line that may come back yet, or came back.

    Once a return waits for nothing more it counts what was received, so that units that were announced and
    never sent can be announced again.
    """
    waits = RETURN.c.state.in_(WAITING)
    units = sa.case((waits, LINE.c.qty_requested), else_=LINE.c.qty_received)
    query = (
        sa.select(LINE.c.order_line_id, sa.func.sum(units).label("units"))
        .join(RETURN, RETURN.c.id == LINE.c.return_id)
        .where(RETURN.c.order_id == order_id)
        .group_by(LINE.c.order_line_id)
    )
    return {row.order_line_id: int(row.units) for row in session.connection().execute(query)}


def move_return(
    session: Session, *, return_id: uuid.UUID, to: ReturnState, actor: Actor, reason: str, **values: object
) -> None:
    """The return is in its next state.

    Raises:
        NotAllowedEdgeError: no edge leads there from where it is.
    """
    move_state(
        session,
        table=RETURN,
        object_id=return_id,
        edges=RETURN_EDGES,
        to=to,
        actor=actor,
        reason=reason,
        values=values,
    )


def note_tracking(session: Session, *, return_id: uuid.UUID, tracking_number: str | None) -> None:
    """The parcel that brings the goods back has this number."""
    session.connection().execute(
        sa.update(RETURN).where(RETURN.c.id == return_id).values(tracking_number=tracking_number)
    )


def add_refunded(session: Session, *, units: Mapping[uuid.UUID, int]) -> None:
    """So many more units of each return line are refunded; the database refuses more than came."""
    for line_id, qty in sorted(units.items()):
        session.connection().execute(
            sa.update(LINE).where(LINE.c.id == line_id).values(qty_refunded=LINE.c.qty_refunded + qty)
        )


def list_overdue_returns(session: Session, *, now: datetime, grace: timedelta) -> list[uuid.UUID]:
    """Authorizations that have run out; one whose goods were posted in time has the grace besides."""
    query = sa.select(RETURN.c.id).where(
        sa.or_(
            sa.and_(RETURN.c.state == ReturnState.AUTHORIZED, RETURN.c.expires_at < now),
            sa.and_(RETURN.c.state == ReturnState.IN_TRANSIT, RETURN.c.expires_at < now - grace),
        )
    )
    return list(session.connection().execute(query.order_by(RETURN.c.id)).scalars())


def is_scan_known(session: Session, *, scan_id: uuid.UUID) -> bool:
    """Whether this scan was received before."""
    query = sa.select(sa.func.count()).where(SCAN.c.scan_id == scan_id)
    return bool(session.connection().execute(query).scalar_one())


def receive_units(
    session: Session,
    *,
    line: sa.Row[Any],
    scan_id: uuid.UUID,
    lot: str,
    qty: int,
    actor: Actor,
    now: datetime,
) -> bool:
    """So many units of the line came in; False if this scan was received before.

    Raises:
        InvalidInputError: less than one unit.
        ConflictError: more units than were announced, or the scan came before with other content.
    """
    if qty < 1:
        raise InvalidInputError(f"{qty} units cannot come back; scan at least one.")
    connection = session.connection()
    values = {
        "scan_id": scan_id,
        "return_line_id": line.id,
        "lot": lot,
        "qty": qty,
        "actor": actor.key,
        "scanned_at": now,
    }
    statement = insert(SCAN).values(**values).on_conflict_do_nothing(index_elements=["scan_id"])
    if connection.execute(statement.execution_options(preserve_rowcount=True)).rowcount == 0:
        before = connection.execute(sa.select(SCAN).where(SCAN.c.scan_id == scan_id)).one()
        if (before.return_line_id, before.lot, before.qty) != (line.id, lot, qty):
            raise ConflictError(f"Scan {scan_id} was received before with other content.")
        return False
    counted = connection.execute(
        sa.update(LINE)
        .where(LINE.c.id == line.id, LINE.c.qty_received + qty <= LINE.c.qty_requested)
        .values(qty_received=LINE.c.qty_received + qty)
    )
    if counted.rowcount != 1:
        left = line.qty_requested - line.qty_received
        raise ConflictError(
            f"{qty} units of {line.sku} were scanned, but only {left} more were announced. "
            "Set the others aside and ask customer service for another return.",
            sku=line.sku,
            left=left,
        )
    return True
