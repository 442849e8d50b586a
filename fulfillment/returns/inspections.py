"""What an inspector found: recorded once, never changed."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError
from fulfillment.core.ids import new_id
from fulfillment.returns.grading import allowed_dispositions
from fulfillment.returns.kinds import Disposition, Grade
from fulfillment.returns.tables import Inspection, ReturnLine
from fulfillment.store.actors import Actor
from fulfillment.store.columns import table_of

INSPECTION = table_of(Inspection)
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


def list_inspections(session: Session, *, return_id: uuid.UUID) -> Sequence[sa.Row[Any]]:
    """What was found in a return's units, oldest first."""
    query = (
        sa.select(INSPECTION, LINE.c.order_line_id, LINE.c.sku)
        .join(LINE, LINE.c.id == INSPECTION.c.return_line_id)
        .where(LINE.c.return_id == return_id)
        .order_by(INSPECTION.c.id)
    )
    return session.connection().execute(query).all()
