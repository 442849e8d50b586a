"""How far the units of a fulfillment order are: packed, unpacked, shipped, each by one conditional UPDATE."""

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError
from fulfillment.core.states import FULFILLMENT_ORDER as FULFILLMENT_ORDER_EDGES
from fulfillment.core.states import FulfillmentOrderState
from fulfillment.orders.tables import FulfillmentOrder, FulfillmentOrderLine
from fulfillment.store.actors import Actor
from fulfillment.store.columns import table_of
from fulfillment.store.history import move_states

PART = table_of(FulfillmentOrder)

_ADD_PACKED = sa.text("""
    UPDATE fulfillment_order_line l SET qty_packed = l.qty_packed + w.qty
    FROM unnest(CAST(:ids AS uuid[]), CAST(:qtys AS integer[])) AS w (id, qty)
    WHERE l.id = w.id AND l.qty_packed + w.qty BETWEEN l.qty_shipped AND l.qty_picked
    """)
_ADD_SHIPPED = sa.text("""
    UPDATE fulfillment_order_line l SET qty_shipped = l.qty_shipped + w.qty
    FROM unnest(CAST(:ids AS uuid[]), CAST(:qtys AS integer[])) AS w (id, qty)
    WHERE l.id = w.id AND l.qty_shipped + w.qty <= l.qty_packed
    """)


def lock_parts(session: Session, *, part_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, sa.Row[Any]]:
    """These fulfillment orders, which nobody changes until the transaction ends; locked in one order."""
    query = sa.select(PART).where(PART.c.id.in_(list(part_ids))).order_by(PART.c.id).with_for_update()
    return {row.id: row for row in session.connection().execute(query)}


def add_packed(session: Session, *, units: Mapping[uuid.UUID, int]) -> None:
    """So many more units of each line are in parcels; negative where a parcel was opened again.

    Raises:
        ConflictError: that would be more than is picked, or fewer than are shipped.
    """
    _add(session, _ADD_PACKED, units, "packed")


def add_shipped(session: Session, *, units: Mapping[uuid.UUID, int]) -> None:
    """So many more units of each line are with the carrier.

    Raises:
        ConflictError: that would be more than are packed.
    """
    _add(session, _ADD_SHIPPED, units, "shipped")


def move_part(
    session: Session,
    *,
    part_id: uuid.UUID,
    to: FulfillmentOrderState,
    actor: Actor,
    reason: str,
    shipped_at: datetime | None = None,
    delivered_at: datetime | None = None,
) -> bool:
    """Whether the fulfillment order moved; it stays where it is if no edge leads there."""
    moments = {"shipped_at": shipped_at, "delivered_at": delivered_at}
    moved = move_states(
        session,
        table=PART,
        object_ids=[part_id],
        edges=FULFILLMENT_ORDER_EDGES,
        to=to,
        actor=actor,
        reason=reason,
        values={name: moment for name, moment in moments.items() if moment is not None},
    )
    return bool(moved)


def count_unpacked(session: Session, *, part_id: uuid.UUID) -> tuple[int, int]:
    """Units of the fulfillment order that are still to be picked, and those picked and in no parcel."""
    line = table_of(FulfillmentOrderLine)
    query = sa.select(
        sa.func.coalesce(sa.func.sum(line.c.qty - line.c.qty_picked), 0),
        sa.func.coalesce(sa.func.sum(line.c.qty_picked - line.c.qty_packed), 0),
    ).where(line.c.fulfillment_order_id == part_id)
    to_pick, to_pack = session.connection().execute(query).one()
    return int(to_pick), int(to_pack)


def _add(session: Session, statement: sa.TextClause, units: Mapping[uuid.UUID, int], word: str) -> None:
    if not units:
        return
    values = {"ids": sorted(units), "qtys": [units[line_id] for line_id in sorted(units)]}
    if session.connection().execute(statement, values).rowcount != len(units):
        raise ConflictError(f"The units of this parcel cannot be {word} any more; somebody was faster.")
