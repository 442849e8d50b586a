"""What an inspector found: recorded once, never changed."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError, NotFoundError
from fulfillment.core.ids import new_id
from fulfillment.returns.grading import allowed_dispositions
from fulfillment.returns.kinds import Disposition, Grade
from fulfillment.returns.tables import Inspection, QualityDecision, ReturnLine
from fulfillment.store.actors import Actor
from fulfillment.store.columns import table_of

INSPECTION = table_of(Inspection)
DECISION = table_of(QualityDecision)
LINE = table_of(ReturnLine)


def write_inspection(
    session: Session,
    *,
    line: sa.Row[Any],
    lot: str,
    qty: int,
    grade: Grade,
    disposition: Disposition,
    is_supplement: bool,
    note: str,
    actor: Actor,
    now: datetime,
) -> uuid.UUID:
    """So many received units of the line are inspected.

    Raises:
        InvalidInputError: goods of this grade may not go there; the message says where they may.
        ConflictError: fewer units wait for inspection.
    """
    allowed = allowed_dispositions(grade=grade, is_supplement=is_supplement)
    if disposition not in allowed:
        why = "A returned supplement" if is_supplement else f"Goods graded {grade}"
        raise InvalidInputError(
            f"{why} cannot go to {disposition}; choose {' or '.join(sorted(allowed))}.",
            allowed=sorted(allowed),
        )
    counted = session.connection().execute(
        sa.update(LINE)
        .where(LINE.c.id == line.id, LINE.c.qty_inspected + qty <= LINE.c.qty_received)
        .values(qty_inspected=LINE.c.qty_inspected + qty)
    )
    if qty < 1 or counted.rowcount != 1:
        waiting = line.qty_received - line.qty_inspected
        raise ConflictError(
            f"{qty} units of {line.sku} cannot be inspected; {waiting} wait for it.", waiting=waiting
        )
    inspection_id = new_id()
    session.connection().execute(
        sa.insert(INSPECTION).values(
            id=inspection_id,
            return_line_id=line.id,
            lot=lot,
            qty=qty,
            grade=grade,
            disposition=disposition,
            note=note,
            inspected_by=actor.key,
            inspected_at=now,
        )
    )
    return inspection_id


def write_quality_decision(
    session: Session,
    *,
    inspection_id: uuid.UUID | None,
    warehouse_code: str,
    sku: str,
    lot: str,
    qty: int,
    disposition: Disposition,
    reason: str,
    actor: Actor,
    now: datetime,
) -> uuid.UUID:
    """A qualified person's word stands for good."""
    decision_id = new_id()
    session.connection().execute(
        sa.insert(DECISION).values(
            id=decision_id,
            inspection_id=inspection_id,
            warehouse_code=warehouse_code,
            sku=sku,
            lot=lot,
            qty=qty,
            disposition=disposition,
            reason=reason,
            decided_by=actor.key,
            decided_at=now,
        )
    )
    return decision_id


def find_inspection(session: Session, *, inspection_id: uuid.UUID) -> sa.Row[Any]:
    """The inspection with this id, with its return.

    Raises:
        NotFoundError: there is none.
    """
    query = (
        sa.select(INSPECTION, LINE.c.return_id, LINE.c.sku)
        .join(LINE, LINE.c.id == INSPECTION.c.return_line_id)
        .where(INSPECTION.c.id == inspection_id)
    )
    row = session.connection().execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no inspection {inspection_id}.")
    return row


def list_inspections(session: Session, *, return_id: uuid.UUID) -> Sequence[sa.Row[Any]]:
    """What was found in a return's units, oldest first."""
    query = (
        sa.select(INSPECTION, LINE.c.order_line_id, LINE.c.sku)
        .join(LINE, LINE.c.id == INSPECTION.c.return_line_id)
        .where(LINE.c.return_id == return_id)
        .order_by(INSPECTION.c.id)
    )
    return session.connection().execute(query).all()
