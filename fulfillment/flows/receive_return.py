"""Goods come back: scanned against their return, and booked from the customer to the returns place."""

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError
from fulfillment.core.states import ReturnState
from fulfillment.orders.queries import get_order
from fulfillment.reads.returned_units import list_units_back
from fulfillment.reads.sent_units import SentUnits, list_sent_units, list_unit_parts
from fulfillment.returns.authorizations import (
    get_return,
    is_scan_known,
    list_return_lines,
    move_return,
    receive_units,
)
from fulfillment.returns.lots import ByLot, take_by_lot
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

    Where nobody can read the lot it may be left out; the units then count as those of the lots sent first.

    Raises:
        NotFoundError: there is no such return.
        InvalidInputError: the article is not part of the return, or not one unit came.
        ConflictError: the return takes no goods now, more units came than were announced, or more of this
            lot than were sent.
    """
    found = get_return(session, return_id=return_id, lock=True)
    line = _line_for(list_return_lines(session, return_id=return_id, lock=True), sku, found.number)
    is_repeat = is_scan_known(session, scan_id=scan_id)
    if not is_repeat and found.state not in OPEN_FOR_GOODS:
        raise ConflictError(
            f"Return {found.number} is {found.state.replace('_', ' ')} and takes no goods. "
            "Set them aside and ask customer service.",
            state=found.state,
        )
    now = read_now(session)
    receive_units(session, line=line, scan_id=scan_id, lot=lot, qty=qty, actor=actor, now=now)
    waiting = line.qty_requested - line.qty_received
    if is_repeat:
        return ReceivedReturn(line.id, line.sku, qty, waiting, is_repeat=True)
    # Two returns of one order line meet here, so that no unit of a lot comes back twice.
    get_order(session, order_id=found.order_id, lock=True)
    movements = _movements(session, line=line, scan_id=scan_id, lot=lot, qty=qty, code=found.warehouse_code)
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
        detail={"number": found.number, "sku": sku, "lot": lot, "qty": qty},
    )
    return ReceivedReturn(line.id, line.sku, qty, waiting - qty, is_repeat=False)


def _line_for(lines: Sequence[sa.Row[Any]], sku: str, number: str) -> sa.Row[Any]:
    for line in lines:
        if line.sku == sku:
            return line
    announced = ", ".join(sorted({line.sku for line in lines}))
    raise InvalidInputError(
        f"{sku} is not part of return {number}, which announced {announced}. Set it aside.", sku=sku
    )


def _movements(
    session: Session, *, line: sa.Row[Any], scan_id: uuid.UUID, lot: str, qty: int, code: str
) -> list[NewMovement]:
    """The units go customer → returns; whatever parcel they must have come in was delivered by now."""
    sent = list_sent_units(session, order_line_id=line.order_line_id)
    back = list_units_back(session, order_line_id=line.order_line_id)
    parts = list_unit_parts(session, order_line_id=line.order_line_id)
    coming = _coming_back(sent, back, parts=parts, sku=line.sku, lot=lot, qty=qty)
    movements = _deliveries(sent, back + coming)
    places = places_of(code)
    movements.extend(
        receive_return(
            Units(sku, units, unit_lot),
            posting_id=f"{scan_id}:{place}",
            subject=("return_line", str(line.id)),
            origin=places.customer,
            returns=places.returns,
        )
        for place, ((sku, unit_lot), units) in enumerate(sorted(coming.items()))
    )
    return movements


def _coming_back(
    sent: Sequence[SentUnits], back: ByLot, *, parts: Mapping[str, int], sku: str, lot: str, qty: int
) -> ByLot:
    """What the scan stands for; a kit is scanned as one and comes back as its parts."""
    there: ByLot = Counter()
    for units in sent:
        there[units.sku, units.lot] += units.qty
    there.subtract(back)
    is_itself = list(parts) == [sku]
    return take_by_lot(there, parts=parts, units=qty, lot=(lot or None) if is_itself else None)


def _deliveries(sent: Sequence[SentUnits], back: ByLot) -> list[NewMovement]:
    """The parcels that must have arrived for so many units to have come back, delivered ones first."""
    missing = Counter(back)
    movements = []
    for units in sent:
        if missing[units.sku, units.lot] > 0:
            missing[units.sku, units.lot] -= units.qty
            places = places_of(units.warehouse_code)
            movements.append(
                deliver(
                    Units(units.sku, units.qty, units.lot),
                    parcel_line_id=units.parcel_line_id,
                    shipped=places.shipped,
                    customer=places.customer,
                )
            )
    return movements
