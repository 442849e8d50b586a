"""Changes to order lines after acceptance."""

import uuid
from collections.abc import Mapping

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError
from fulfillment.orders.tables import OrderLine
from fulfillment.store.columns import table_of

LINE = table_of(OrderLine)


def cancel_line_units(session: Session, *, units: Mapping[uuid.UUID, int]) -> None:
    """So many units of each line are cancelled, for good.

    Raises:
        ConflictError: a line has fewer units that are not cancelled.
    """
    for line_id, qty in sorted(units.items()):
        statement = (
            sa.update(LINE)
            .where(LINE.c.id == line_id, LINE.c.qty_cancelled + qty <= LINE.c.qty)
            .values(qty_cancelled=LINE.c.qty_cancelled + qty)
        )
        if session.connection().execute(statement).rowcount != 1:
            raise ConflictError(f"Line {line_id} has fewer than {qty} units left to cancel.")
