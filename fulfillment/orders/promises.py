"""Fulfillment orders: the parts of an order as they are promised, moved, backordered and cancelled."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.ids import new_id
from fulfillment.core.states import FulfillmentOrderState
from fulfillment.orders.tables import FulfillmentOrder, FulfillmentOrderLine
from fulfillment.store.actors import Actor
from fulfillment.store.columns import table_of
from fulfillment.store.history import begin_history
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
    """One warehouse's part of an order, or with no warehouse what waits for stock."""

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
        {
            "id": new_id(),
            "fulfillment_order_id": row.fulfillment_order_id,
            "order_line_id": units.order_line_id,
            "sku": units.sku,
            "qty": units.qty,
        }
        for part, row in zip(parts, written, strict=True)
        for units in part.units
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
