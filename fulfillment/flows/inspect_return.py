"""Returned units are inspected and go where they may; with the last of them the return is decided."""

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError, NotFoundError
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import ReturnState
from fulfillment.flows.decide_return import decide_return
from fulfillment.reads.returnable import ReturnableLine, list_returnable
from fulfillment.reads.returned_units import list_units_waiting
from fulfillment.reads.sent_units import list_unit_parts
from fulfillment.returns.authorizations import get_return, list_return_lines
from fulfillment.returns.inspections import write_inspection
from fulfillment.returns.kinds import Disposition, Grade
from fulfillment.returns.lots import ByLot, take_by_lot
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.warehouse.kinds import MovementReason
from fulfillment.warehouse.ledger import post_movements
from fulfillment.warehouse.movements import NewMovement, Units, settle_return
from fulfillment.warehouse.places import Places, places_of

REASONS = {
    Disposition.RESTOCK: MovementReason.RESTOCK,
    Disposition.QUARANTINE: MovementReason.QUARANTINE,
    Disposition.SCRAP: MovementReason.SCRAP,
}


def inspect_return_units(
    session: Session,
    *,
    return_line_id: uuid.UUID,
    return_id: uuid.UUID,
    lot: str,
    qty: int,
    grade: Grade,
    disposition: Disposition,
    note: str,
    actor: Actor,
    policy: CompanyPolicy,
) -> uuid.UUID:
    """The units are graded and moved; once all that was announced is, the return is decided.

    Restocked units go to the receiving dock, from where they are put away like any others. Returns the
    inspection's id.

    Raises:
        NotFoundError: there is no such return, or the line is not part of it.
        InvalidInputError: goods of this grade may not go there, or it is not said of which lot they are.
        ConflictError: the return is not open for inspection, or fewer units of the lot wait for it.
    """
    found = get_return(session, return_id=return_id, lock=True)
    if found.state != ReturnState.RECEIVED:
        raise ConflictError(
            f"Return {found.number} is {found.state.replace('_', ' ')}; only received goods are inspected.",
            state=found.state,
        )
    line = _line(list_return_lines(session, return_id=return_id, lock=True), return_line_id, found.number)
    article = _article(session, found.order_id, line.order_line_id)
    now = read_now(session)
    inspection_id = write_inspection(
        session,
        line=line,
        lot=lot,
        qty=qty,
        grade=grade,
        disposition=disposition,
        is_supplement=article.is_supplement,
        note=note,
        actor=actor,
        now=now,
    )
    taken = _take(session, line=line, lot=lot, qty=qty)
    movements = _movements(taken, inspection_id, disposition, places_of(found.warehouse_code))
    post_movements(session, movements=movements, actor=actor, now=now)
    record(
        session,
        actor=actor,
        deed="return.inspected",
        object_kind="return_authorization",
        object_id=return_id,
        detail={"sku": line.sku, "lot": lot, "qty": qty, "grade": grade, "disposition": disposition},
    )
    lines = list_return_lines(session, return_id=return_id)
    if all(each.qty_inspected == each.qty_requested for each in lines):
        decide_return(session, return_id=return_id, actor=actor, policy=policy)
    return inspection_id


def _article(session: Session, order_id: uuid.UUID, order_line_id: uuid.UUID) -> ReturnableLine:
    articles = {item.order_line_id: item for item in list_returnable(session, order_id=order_id)}
    return articles[order_line_id]


def _take(session: Session, *, line: sa.Row[Any], lot: str, qty: int) -> ByLot:
    """The units of each article and lot that the inspector has before her."""
    waiting = list_units_waiting(session, return_line_id=line.id)
    parts = list_unit_parts(session, order_line_id=line.order_line_id)
    is_itself = list(parts) == [line.sku]
    lots = sorted(found for _, found in waiting)
    if is_itself and not lot and len(lots) > 1 and qty < waiting.total():
        raise InvalidInputError(
            f"Units of the lots {', '.join(lots)} of {line.sku} wait for inspection; say of which these are.",
            lots=lots,
        )
    return take_by_lot(waiting, parts=parts, units=qty, lot=(lot or None) if is_itself else None)


def _movements(
    taken: ByLot, inspection_id: uuid.UUID, disposition: Disposition, places: Places
) -> list[NewMovement]:
    return [
        settle_return(
            Units(sku, units, lot),
            posting_id=f"{inspection_id}:{place}",
            subject=("inspection", str(inspection_id)),
            reason=REASONS[disposition],
            origin=places.returns,
            target=_target(places, disposition),
        )
        for place, ((sku, lot), units) in enumerate(sorted(taken.items()))
    ]


def _line(lines: Sequence[sa.Row[Any]], return_line_id: uuid.UUID, number: str) -> sa.Row[Any]:
    for line in lines:
        if line.id == return_line_id:
            return line
    raise NotFoundError(f"Line {return_line_id} is not part of return {number}.")


def _target(places: Places, disposition: Disposition) -> uuid.UUID:
    targets = {
        Disposition.RESTOCK: places.receiving,
        Disposition.QUARANTINE: places.quarantine,
        Disposition.SCRAP: places.scrap,
    }
    return targets[disposition]
