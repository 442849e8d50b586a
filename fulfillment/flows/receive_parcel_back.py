"""A parcel the carrier could not deliver is back: it becomes a return that nobody asked for."""

import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError
from fulfillment.core.ids import new_id
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import PARCEL, ParcelState, ReturnState
from fulfillment.flows.advance_part import advance_parts
from fulfillment.flows.judge_return import Judge, jurisdiction_of
from fulfillment.flows.request_return import Judged, decision_of
from fulfillment.orders.queries import get_order, list_lines
from fulfillment.orders.tables import Order
from fulfillment.reads.returnable import list_returnable
from fulfillment.reads.sent_units import list_unit_parts
from fulfillment.returns.authorizations import (
    NewReturn,
    NewReturnLine,
    list_return_lines,
    move_return,
    receive_units,
    write_return,
)
from fulfillment.returns.kinds import ReturnReason
from fulfillment.returns.lots import ByLot, take_by_lot
from fulfillment.returns.policy import FreightPayer
from fulfillment.shipping.parcels import get_parcel, list_parcel_lines
from fulfillment.shipping.tables import Parcel
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.history import move_state
from fulfillment.warehouse.kinds import NO_LOT, MovementReason
from fulfillment.warehouse.ledger import post_movements
from fulfillment.warehouse.movements import NewMovement, Units, receive_return, settle_return
from fulfillment.warehouse.places import places_of

ON_ITS_WAY = frozenset({ParcelState.SHIPPED, ParcelState.RETURNING, ParcelState.LOST})


@dataclass(frozen=True)
class ParcelBack:
    """The return a parcel became; `loose` are units of kits whose other parts were in other parcels."""

    return_id: uuid.UUID | None
    number: str | None
    loose: tuple[tuple[str, str, int], ...]


def receive_parcel_back(
    session: Session, *, parcel_id: uuid.UUID, actor: Actor, policy: CompanyPolicy
) -> ParcelBack:
    """The parcel is ours again, and its units wait for inspection as a return that arrived.

    Parts of a kit that is not whole in this parcel go to quarantine, where a person decides about them: a kit
    comes back whole.

    Raises:
        NotFoundError: there is no such parcel.
        ConflictError: the carrier does not have it.
    """
    head = get_parcel(session, parcel_id=parcel_id)
    order = get_order(session, order_id=head.order_id, lock=True)
    parcel = get_parcel(session, parcel_id=parcel_id, lock=True)
    if parcel.state not in ON_ITS_WAY:
        raise ConflictError(
            f"Parcel {parcel.number} is {parcel.state}; only one that is with the carrier comes back to us.",
            state=parcel.state,
        )
    for state in (ParcelState.RETURNING, ParcelState.RETURNED):
        if parcel.state != state:
            move_state(
                session,
                table=Parcel,
                object_id=parcel_id,
                edges=PARCEL,
                to=state,
                actor=actor,
                reason="it is back at our dock",
            )
    advance_parts(session, part_ids=[parcel.fulfillment_order_id], actor=actor, now=read_now(session))
    whole, loose = _sort_units(session, parcel)
    movements = _quarantine(parcel, loose)
    return_id = number = None
    if whole:
        return_id, number = _write_return(session, order, parcel, whole, actor=actor, policy=policy)
        movements.extend(_receive(session, return_id, parcel, whole, actor))
    post_movements(session, movements=movements, actor=actor, now=read_now(session))
    named = tuple((sku, lot, qty) for (sku, lot), qty in sorted(loose.items()))
    record(
        session,
        actor=actor,
        deed="parcel.came_back",
        object_kind="parcel",
        object_id=parcel_id,
        detail={"number": parcel.number, "return": number, "loose": named},
    )
    return ParcelBack(return_id, number, named)


def _sort_units(session: Session, parcel: sa.Row[Any]) -> tuple[dict[uuid.UUID, ByLot], ByLot]:
    """The parcel's units by the order line they come back as, and those of kits that are not whole."""
    lines = {line.id: line for line in list_lines(session, order_id=parcel.order_id)}
    whole: dict[uuid.UUID, ByLot] = {}
    of_kits: dict[uuid.UUID, ByLot] = {}
    for held in list_parcel_lines(session, parcel_ids=[parcel.id]):
        line = lines[held.order_line_id]
        units = whole if line.kit_line_id is None else of_kits
        units.setdefault(line.kit_line_id or line.id, Counter())[held.sku, held.lot] += held.qty
    loose: ByLot = Counter()
    for kit_id, there in of_kits.items():
        parts = list_unit_parts(session, order_line_id=kit_id)
        kits = min(_count(there, sku) // each for sku, each in parts.items())
        taken = take_by_lot(there, parts=parts, units=kits, lot=None) if kits else Counter()
        loose += there - taken
        if kits:
            whole[kit_id] = taken
    return whole, loose


def _write_return(
    session: Session,
    order: Order,
    parcel: sa.Row[Any],
    whole: Mapping[uuid.UUID, ByLot],
    *,
    actor: Actor,
    policy: CompanyPolicy,
) -> tuple[uuid.UUID, str]:
    """The return nobody asked for stands received: what was not delivered is due in full."""
    now = read_now(session)
    judge = Judge(session, order=order, reason=ReturnReason.NOT_DELIVERED, requested_at=now, policy=policy)
    articles = {item.order_line_id: item for item in list_returnable(session, order_id=order.id)}
    judged: list[Judged] = []
    for line_id, held in whole.items():
        article = articles[line_id]
        each = sum(list_unit_parts(session, order_line_id=line_id).values())
        judged.append((article, held.total() // each, judge.decide(article)))
    new = NewReturn(
        order_id=order.id,
        member_id=order.member_id,
        reason=ReturnReason.NOT_DELIVERED,
        note=f"parcel {parcel.number} came back undelivered",
        warehouse_code=parcel.warehouse_code,
        jurisdiction=jurisdiction_of(order),
        freight_payer=FreightPayer.COMPANY,
        decision=decision_of(judged, policy=policy),
        returned_parcel_id=parcel.id,
        lines=tuple(
            NewReturnLine(line.order_line_id, line.sku, units, verdict.percent, verdict.rules)
            for line, units, verdict in judged
        ),
    )
    return_id, number = write_return(session, new=new, actor=actor, now=now)
    for state, instant in (ReturnState.AUTHORIZED, "authorized_at"), (ReturnState.RECEIVED, "received_at"):
        move_return(session, return_id=return_id, to=state, actor=actor, reason=new.note, **{instant: now})
    return return_id, number


def _receive(
    session: Session,
    return_id: uuid.UUID,
    parcel: sa.Row[Any],
    whole: Mapping[uuid.UUID, ByLot],
    actor: Actor,
) -> list[NewMovement]:
    """Every unit is counted in at once: the parcel is closed, and its contents are known."""
    places = places_of(parcel.warehouse_code)
    movements: list[NewMovement] = []
    for line in list_return_lines(session, return_id=return_id):
        held = whole[line.order_line_id]
        lots = {lot for _, lot in held}
        receive_units(
            session,
            line=line,
            scan_id=new_id(),
            lot=lots.pop() if len(lots) == 1 else NO_LOT,
            qty=line.qty_requested,
            actor=actor,
            now=read_now(session),
        )
        movements.extend(
            receive_return(
                Units(sku, qty, lot),
                posting_id=f"{line.id}:{place}",
                subject=("return_line", str(line.id)),
                origin=places.shipped,
                returns=places.returns,
            )
            for place, ((sku, lot), qty) in enumerate(sorted(held.items()))
        )
    return movements


def _quarantine(parcel: sa.Row[Any], loose: ByLot) -> list[NewMovement]:
    places = places_of(parcel.warehouse_code)
    return [
        settle_return(
            Units(sku, qty, lot),
            posting_id=f"parcel:{parcel.id}:{place}",
            subject=("parcel", str(parcel.id)),
            reason=MovementReason.QUARANTINE,
            origin=places.shipped,
            target=places.quarantine,
        )
        for place, ((sku, lot), qty) in enumerate(sorted(loose.items()))
    ]


def _count(there: ByLot, sku: str) -> int:
    return sum(qty for (found, _), qty in there.items() if found == sku)
