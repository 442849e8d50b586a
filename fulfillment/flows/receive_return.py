"""Goods come back: scanned against their return, and booked from the customer to the returns place."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError
from fulfillment.core.states import ReturnState
from fulfillment.reads.sent_units import SentUnits, list_sent_units
from fulfillment.returns.authorizations import (
    get_return,
    list_return_lines,
    move_return,
    receive_units,
)
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.warehouse.ledger import post_movements
from fulfillment.warehouse.movements import NewMovement, Units, deliver, receive_return
from fulfillment.warehouse.places import places_of

OPEN_FOR_GOODS = (ReturnState.AUTHORIZED, ReturnState.IN_TRANSIT, ReturnState.RECEIVED)


@dataclass(frozen=True)
class ReceivedReturn:
    """What came in with one scan, and what the return still waits for."""

    return_line_id: uuid.UUID
    sku: str
    qty: int
    waiting: int
    is_repeat: bool


def receive_return_units(
    session: Session, *, return_id: uuid.UUID, scan_id: uuid.UUID, sku: str, lot: str, qty: int, actor: Actor
) -> ReceivedReturn:
    """So many units of the return came in and stand at the returns place; the same scan counts once.

    Raises:
        NotFoundError: there is no such return.
        InvalidInputError: the article is not part of the return, or this lot was never sent.
        ConflictError: the return takes no goods now, or more units came than were announced.
    """
    found = get_return(session, return_id=return_id, lock=True)
    if found.state not in OPEN_FOR_GOODS:
        raise ConflictError(
            f"Return {found.number} is {found.state.replace('_', ' ')} and takes no goods. "
            "Set them aside and ask customer service.",
            state=found.state,
        )
    line = _line_for(list_return_lines(session, return_id=return_id, lock=True), sku, found.number)
    now = read_now(session)
    is_new = receive_units(session, line=line, scan_id=scan_id, lot=lot, qty=qty, actor=actor, now=now)
    if is_new:
        sent = list_sent_units(session, order_line_id=line.order_line_id)
        movements = _movements(sent, line=line, scan_id=scan_id, lot=lot, qty=qty, code=found.warehouse_code)
        post_movements(session, movements=movements, actor=actor, now=now)
        if found.state != ReturnState.RECEIVED:
            move_return(
                session,
                return_id=return_id,
                to=ReturnState.RECEIVED,
                actor=actor,
                reason="the first units came in",
                received_at=now,
            )
        record(
            session,
            actor=actor,
            deed="return.received",
            object_kind="return_authorization",
            object_id=return_id,
            detail={"sku": sku, "lot": lot, "qty": qty},
        )
    waiting = line.qty_requested - line.qty_received - (qty if is_new else 0)
    return ReceivedReturn(line.id, line.sku, qty, waiting, is_repeat=not is_new)


def _line_for(lines: Sequence[sa.Row[Any]], sku: str, number: str) -> sa.Row[Any]:
    for line in lines:
        if line.sku == sku:
            return line
    announced = ", ".join(sorted({line.sku for line in lines}))
    raise InvalidInputError(
        f"{sku} is not part of return {number}, which announced {announced}. Set it aside.", sku=sku
    )


def _movements(
    sent: Sequence[SentUnits], *, line: sa.Row[Any], scan_id: uuid.UUID, lot: str, qty: int, code: str
) -> list[NewMovement]:
    """Every parcel the units may have come in is delivered by now; then the units go customer → returns.

    A kit is scanned as one and comes back as its parts, each in the lots it was sent in.
    """
    movements = [
        deliver(
            Units(units.sku, units.qty, units.lot),
            parcel_line_id=units.parcel_line_id,
            shipped=places_of(units.warehouse_code).shipped,
            customer=places_of(units.warehouse_code).customer,
        )
        for units in sent
    ]
    places = places_of(code)
    coming = _coming_back(sent, line=line, lot=lot, qty=qty)
    movements.extend(
        receive_return(
            units,
            posting_id=f"{scan_id}:{place}",
            subject=("return_line", str(line.id)),
            origin=places.customer,
            returns=places.returns,
        )
        for place, units in enumerate(coming)
    )
    return movements


def _coming_back(sent: Sequence[SentUnits], *, line: sa.Row[Any], lot: str, qty: int) -> list[Units]:
    parts: dict[str, int] = {}
    for units in sent:
        parts[units.sku] = units.units_each
    if list(parts) == [line.sku]:
        if lot not in {units.lot for units in sent}:
            raise InvalidInputError(
                f"Lot {lot or '(none)'} of {line.sku} was never sent with this order; read the unit again.",
                lot=lot,
                sent_lots=sorted({units.lot for units in sent}),
            )
        return [Units(line.sku, qty, lot)]
    coming: list[Units] = []
    for sku, each in parts.items():
        left = each * qty
        for units in (u for u in sent if u.sku == sku):
            taken = min(left, units.qty)
            if taken:
                coming.append(Units(sku, taken, units.lot))
                left -= taken
    return coming
