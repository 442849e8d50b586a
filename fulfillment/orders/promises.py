"""Fulfillment orders: the parts of an order as they are promised, moved, backordered and cancelled."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from fulfillment.core.ids import new_id
from fulfillment.core.states import FULFILLMENT_ORDER as FULFILLMENT_ORDER_EDGES
from fulfillment.core.states import FulfillmentOrderState
from fulfillment.orders.queries import OpenPart
from fulfillment.orders.tables import FulfillmentOrder, FulfillmentOrderLine
from fulfillment.store.actors import Actor
from fulfillment.store.bulk import copy_rows
from fulfillment.store.columns import table_of
from fulfillment.store.history import begin_history, move_state, move_states
from fulfillment.store.numbers import next_numbers

FULFILLMENT_ORDER = table_of(FulfillmentOrder)
FULFILLMENT_LINE = table_of(FulfillmentOrderLine)


@dataclass(frozen=True)
class PartUnits:
    """Units of one order line."""

    order_line_id: uuid.UUID
    sku: str
    qty: int


@dataclass(frozen=True)
class NewPart:
    """One warehouse's part of an order, or with no warehouse what waits for stock.

    A part without reasons, at the warehouse where one stands already, stands for that one's reasons.
    """

    warehouse_code: str | None
    units: tuple[PartUnits, ...]
    cost_minor: int = 0
    reasons: Mapping[str, Any] = field(default_factory=dict)
    plan_id: uuid.UUID | None = None


@dataclass(frozen=True)
class WrittenPart:
    """A fulfillment order as it was written."""

    fulfillment_order_id: uuid.UUID
    number: str
    state: FulfillmentOrderState
    warehouse_code: str | None


def write_parts(
    session: Session,
    *,
    order_id: uuid.UUID,
    parts: Sequence[NewPart],
    actor: Actor,
    reason: str,
    now: datetime,
) -> list[WrittenPart]:
    """A fulfillment order stands for each part; the caller has reserved what the promised ones hold."""
    numbers = next_numbers(session, "FO", count=len(parts))
    written = [
        WrittenPart(
            new_id(),
            number,
            FulfillmentOrderState.PROMISED if part.warehouse_code else FulfillmentOrderState.BACKORDERED,
            part.warehouse_code,
        )
        for part, number in zip(parts, numbers, strict=True)
    ]
    heads = [_head_row(order_id, part, row, now) for part, row in zip(parts, written, strict=True)]
    lines = [
        line
        for part, row in zip(parts, written, strict=True)
        for line in _line_rows(row.fulfillment_order_id, part)
    ]
    connection = session.connection()
    connection.execute(sa.insert(FULFILLMENT_ORDER), heads)
    connection.execute(sa.insert(FULFILLMENT_LINE), lines)
    for state in FulfillmentOrderState.PROMISED, FulfillmentOrderState.BACKORDERED:
        ids = [row.fulfillment_order_id for row in written if row.state is state]
        if ids:
            begin_history(
                session, table=FULFILLMENT_ORDER, object_ids=ids, state=state, actor=actor, reason=reason
            )
    return written


def write_parts_of_many(
    session: Session,
    *,
    parts: Sequence[tuple[uuid.UUID, NewPart]],
    actor: Actor,
    reason: str,
    now: datetime,
) -> None:
    """A promised fulfillment order stands for each (order id, part): the way for hundreds at once."""
    if not parts:
        return
    numbers = next_numbers(session, "FO", count=len(parts))
    heads: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for (order_id, part), number in zip(parts, numbers, strict=True):
        assert part.warehouse_code is not None, "what is promised stands at a warehouse"
        row = WrittenPart(new_id(), number, FulfillmentOrderState.PROMISED, part.warehouse_code)
        heads.append(_head_row(order_id, part, row, now))
        lines.extend(
            {**line, "qty_picked": 0, "qty_packed": 0, "qty_shipped": 0}
            for line in _line_rows(row.fulfillment_order_id, part)
        )
    for table, rows in ((FULFILLMENT_ORDER, heads), (FULFILLMENT_LINE, lines)):
        copy_rows(session, table=table, columns=list(rows[0]), rows=(list(row.values()) for row in rows))
    begin_history(
        session,
        table=FULFILLMENT_ORDER,
        object_ids=[head["id"] for head in heads],
        state=FulfillmentOrderState.PROMISED,
        actor=actor,
        reason=reason,
    )


def _line_rows(fulfillment_order_id: uuid.UUID, part: NewPart) -> list[dict[str, Any]]:
    return [
        {
            "id": new_id(),
            "fulfillment_order_id": fulfillment_order_id,
            "order_line_id": units.order_line_id,
            "sku": units.sku,
            "qty": units.qty,
        }
        for units in part.units
    ]


def _head_row(order_id: uuid.UUID, part: NewPart, row: WrittenPart, now: datetime) -> dict[str, Any]:
    return {
        "id": row.fulfillment_order_id,
        "number": row.number,
        "order_id": order_id,
        "warehouse_code": part.warehouse_code,
        "state": row.state,
        "cost_minor": part.cost_minor,
        "reasons": dict(part.reasons),
        "plan_id": part.plan_id,
        "promised_at": now if part.warehouse_code else None,
    }


def rewrite_parts(
    session: Session,
    *,
    order_id: uuid.UUID,
    unreleased: Sequence[OpenPart],
    parts: Sequence[NewPart],
    actor: Actor,
    reason: str,
    now: datetime,
) -> None:
    """The order's unreleased fulfillment orders stand for these parts instead of what they stood for.

    A fulfillment order keeps its number for the part at its own warehouse, else for any part; what is left
    over is cancelled, what is lacking is written anew. The caller has locked them and moved what is reserved.
    """
    pairs, spare, lacking = _pair_up(unreleased, parts)
    connection = session.connection()
    touched = [old.id for old, _ in pairs] + [old.id for old in spare]
    # Lines are emptied and not deleted, because pick tasks of an earlier wave may point at them.
    connection.execute(
        sa.update(FULFILLMENT_LINE).where(FULFILLMENT_LINE.c.fulfillment_order_id.in_(touched)).values(qty=0)
    )
    for old, part in pairs:
        _move_part(session, old=old, part=part, actor=actor, reason=reason, now=now)
    if pairs:
        refill = insert(FULFILLMENT_LINE)
        refill = refill.on_conflict_do_update(
            index_elements=["fulfillment_order_id", "order_line_id"], set_={"qty": refill.excluded.qty}
        )
        connection.execute(refill, [row for old, part in pairs for row in _line_rows(old.id, part)])
    move_states(
        session,
        table=FULFILLMENT_ORDER,
        object_ids=[old.id for old in spare],
        edges=FULFILLMENT_ORDER_EDGES,
        to=FulfillmentOrderState.CANCELLED,
        actor=actor,
        reason=reason,
    )
    if lacking:
        write_parts(session, order_id=order_id, parts=lacking, actor=actor, reason=reason, now=now)


def _pair_up(
    unreleased: Sequence[OpenPart], parts: Sequence[NewPart]
) -> tuple[list[tuple[OpenPart, NewPart]], list[OpenPart], list[NewPart]]:
    spare, lacking = list(unreleased), list(parts)
    pairs: list[tuple[OpenPart, NewPart]] = []
    for is_same_place in (True, False):
        for part in list(lacking):
            old = next(
                (o for o in spare if not is_same_place or o.warehouse_code == part.warehouse_code), None
            )
            if old is not None:
                pairs.append((old, part))
                spare.remove(old)
                lacking.remove(part)
    return pairs, spare, lacking


def _move_part(
    session: Session, *, old: OpenPart, part: NewPart, actor: Actor, reason: str, now: datetime
) -> None:
    if not part.reasons and part.warehouse_code == old.warehouse_code:
        return
    state = FulfillmentOrderState.PROMISED if part.warehouse_code else FulfillmentOrderState.BACKORDERED
    values = {
        "warehouse_code": part.warehouse_code,
        "cost_minor": part.cost_minor,
        "reasons": dict(part.reasons),
        "plan_id": part.plan_id,
        "promised_at": now if part.warehouse_code else None,
    }
    if state is old.state:
        session.connection().execute(
            sa.update(FULFILLMENT_ORDER).where(FULFILLMENT_ORDER.c.id == old.id).values(values)
        )
        return
    move_state(
        session,
        table=FULFILLMENT_ORDER,
        object_id=old.id,
        edges=FULFILLMENT_ORDER_EDGES,
        to=state,
        actor=actor,
        reason=reason,
        values=values,
    )
