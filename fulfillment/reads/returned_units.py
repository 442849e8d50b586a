"""What one unit of a return line is made of at the returns place: itself, or a kit's parts by lot."""

import uuid

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.returns.tables import ReturnLine
from fulfillment.store.columns import table_of
from fulfillment.warehouse.kinds import MovementReason
from fulfillment.warehouse.tables import Movement

LINE = table_of(ReturnLine)
MOVEMENT = table_of(Movement)


def list_units_at_returns(
    session: Session, *, return_line_id: uuid.UUID, lot: str, is_kit: bool
) -> list[tuple[str, str, int]]:
    """(SKU, lot, units in one unit of the line) of each article that came in for the line.

    A kit's parts in several lots are told apart only by how many of each came in for the line as a whole.
    """
    line = session.connection().execute(sa.select(LINE).where(LINE.c.id == return_line_id)).one()
    if not is_kit:
        return [(line.sku, lot, 1)]
    query = (
        sa.select(MOVEMENT.c.sku, MOVEMENT.c.lot, sa.func.sum(MOVEMENT.c.qty).label("qty"))
        .where(
            MOVEMENT.c.subject_kind == "return_line",
            MOVEMENT.c.subject_id == str(return_line_id),
            MOVEMENT.c.reason == MovementReason.RETURN_RECEIPT,
        )
        .group_by(MOVEMENT.c.sku, MOVEMENT.c.lot)
        .order_by(MOVEMENT.c.sku, MOVEMENT.c.lot)
    )
    rows = session.connection().execute(query)
    return [(row.sku, row.lot, int(row.qty) // max(1, line.qty_received)) for row in rows]
