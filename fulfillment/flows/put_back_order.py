"""A cancelled order's picked units are carried back to their bins and can be promised again."""

import uuid

from sqlmodel import Session

from fulfillment.core.errors import ConflictError, NotFoundError
from fulfillment.core.job_kinds import FILL_BACKORDERS
from fulfillment.core.states import FulfillmentOrderState
from fulfillment.flows.ask_route import ask_route
from fulfillment.orders.queries import list_parts
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.jobs import enqueue
from fulfillment.warehouse.putting_back import UnitsToPutBack, put_back_units


def put_back_order(
    session: Session, *, fulfillment_order_id: uuid.UUID, actor: Actor
) -> list[UnitsToPutBack]:
    """The units are in their bins again; returns what went where, nothing the second time.

    Raises:
        NotFoundError: there is no such fulfillment order.
        ConflictError: it is not cancelled, so its units are still wanted.
    """
    parts = list_parts(session, part_ids=[fulfillment_order_id], lock=True)
    if not parts:
        raise NotFoundError(f"There is no fulfillment order {fulfillment_order_id}.")
    if parts[0].state is not FulfillmentOrderState.CANCELLED:
        raise ConflictError(
            f"{parts[0].number} is {parts[0].state}; only a cancelled order's units are put back."
        )
    units = put_back_units(
        session, fulfillment_order_id=fulfillment_order_id, actor=actor, now=read_now(session)
    )
    if units:
        enqueue(session, kind=FILL_BACKORDERS, payload={}, key="asked")
        ask_route(session, trigger="stock_found")
        record(
            session,
            actor=actor,
            deed="fulfillment_order.put_back",
            object_kind="fulfillment_order",
            object_id=fulfillment_order_id,
            detail={"units": [[row.bin_code, row.sku, row.lot, row.qty] for row in units]},
        )
    return units
