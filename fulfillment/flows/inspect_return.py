"""Returned units are inspected and go where they may; with the last of them the refund is proposed."""

import uuid
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import ReturnState
from fulfillment.flows.refund_order import UnitsToRefund, propose_order_refund
from fulfillment.flows.request_return import Judge
from fulfillment.orders.queries import get_order
from fulfillment.reads.returnable import list_returnable
from fulfillment.reads.returned_units import list_units_at_returns
from fulfillment.returns.authorizations import get_return, list_return_lines, move_return
from fulfillment.returns.inspections import list_inspections, write_inspection
from fulfillment.returns.kinds import Disposition, Grade
from fulfillment.returns.policy import Verdict, pay_by
from fulfillment.returns.rules_book import list_rules
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.warehouse.kinds import MovementReason
from fulfillment.warehouse.ledger import post_movements
from fulfillment.warehouse.movements import Units, settle_return
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
    """The units are graded and moved; once every received unit is, the return is decided.

    Restocked units go to the receiving dock, from where they are put away like any others.

    Raises:
        NotFoundError: there is no such return.
        InvalidInputError: goods of this grade may not go there.
        ConflictError: the return is not open for inspection, or fewer units wait for it.
    """
    found = get_return(session, return_id=return_id, lock=True)
    if found.state != ReturnState.RECEIVED:
        raise ConflictError(
            f"Return {found.number} is {found.state.replace('_', ' ')}; only received goods are inspected.",
            state=found.state,
        )
    line = _line(list_return_lines(session, return_id=return_id, lock=True), return_line_id, found.number)
    articles = {item.order_line_id: item for item in list_returnable(session, order_id=found.order_id)}
    now = read_now(session)
    inspection_id = write_inspection(
        session,
        line=line,
        lot=lot,
        qty=qty,
        grade=grade,
        disposition=disposition,
        is_supplement=articles[line.order_line_id].is_supplement,
        note=note,
        actor=actor,
        now=now,
    )
    places = places_of(found.warehouse_code)
    waiting = list_units_at_returns(
        session, return_line_id=line.id, lot=lot, is_kit=articles[line.order_line_id].kind == "kit"
    )
    movements = [
        settle_return(
            Units(sku, units_each * qty, unit_lot),
            posting_id=f"{inspection_id}:{place}",
            subject=("inspection", str(inspection_id)),
            reason=REASONS[disposition],
            origin=places.returns,
            target=_target(places, disposition),
        )
        for place, (sku, unit_lot, units_each) in enumerate(waiting)
    ]
    post_movements(session, movements=movements, actor=actor, now=now)
    record(
        session,
        actor=actor,
        deed="return.inspected",
        object_kind="return_authorization",
        object_id=return_id,
        detail={"sku": line.sku, "lot": lot, "qty": qty, "grade": grade, "disposition": disposition},
    )
    remaining = list_return_lines(session, return_id=return_id)
    if all(item.qty_inspected == item.qty_received for item in remaining):
        is_complete = all(item.qty_received == item.qty_requested for item in remaining)
        if is_complete:
            decide_return(session, return_id=return_id, actor=actor, policy=policy)
    return inspection_id


def decide_return(
    session: Session, *, return_id: uuid.UUID, actor: Actor, policy: CompanyPolicy
) -> uuid.UUID | None:
    """Everything that came is inspected: the return is decided and its refund proposed.

    Called by the last inspection, or by a person when the rest of the goods will not come. Returns the
    refund's id; None where nothing is due, and then the return is refused with the rules' reasons.

    Raises:
        ConflictError: nothing came, or some of it is not inspected yet.
    """
    found = get_return(session, return_id=return_id, lock=True)
    lines = list_return_lines(session, return_id=return_id)
    if not any(line.qty_received for line in lines) or any(
        line.qty_inspected < line.qty_received for line in lines
    ):
        raise ConflictError(
            f"Return {found.number} cannot be decided before all that came is inspected.", number=found.number
        )
    for state in ReturnState.INSPECTED, ReturnState.DECIDED:
        move_return(session, return_id=return_id, to=state, actor=actor, reason="all of it is inspected")
    units, verdicts = _due(session, found=found, policy=policy)
    now = read_now(session)
    zone = ZoneInfo(policy.time_zone)
    codes = [code for verdict in verdicts for code in verdict.rules]
    deadline = pay_by(
        list_rules(session, policy=policy.return_policy),
        codes=codes,
        noticed_on=found.requested_at.astimezone(zone).date(),
        received_on=found.received_at.astimezone(zone).date(),
        default_days=policy.refund_pay_within_working_days,
    )
    refund_id = None
    if units:
        refund_id = propose_order_refund(
            session,
            order_id=found.order_id,
            return_id=return_id,
            units=units,
            with_shipping=any(verdict.refunds_shipping for verdict in verdicts),
            reason=f"return {found.number}: {found.reason.replace('_', ' ')}",
            pay_by=deadline,
            actor=actor,
            policy=policy,
        )
    if refund_id is None:
        why = "; ".join(reason for verdict in verdicts for reason in verdict.why_not)
        move_return(
            session,
            return_id=return_id,
            to=ReturnState.REFUSED,
            actor=actor,
            reason=why or "nothing is due",
            decided_at=now,
        )
    return refund_id


def _due(
    session: Session, *, found: sa.Row[Any], policy: CompanyPolicy
) -> tuple[list[UnitsToRefund], list[Verdict]]:
    """What each group of inspected units is due, judged in the condition it was found in."""
    order = get_order(session, order_id=found.order_id, lock=True)
    judge = Judge(
        session,
        order=order,
        reason=found.reason,
        requested_at=found.requested_at,
        policy=policy,
        rules=list_rules(session, policy=policy.return_policy),
    )
    articles = {item.order_line_id: item for item in list_returnable(session, order_id=order.id)}
    totals: dict[tuple[uuid.UUID, uuid.UUID, int], tuple[int, Verdict]] = {}
    verdicts = []
    for inspection in list_inspections(session, return_id=found.id):
        verdict = judge.decide(articles[inspection.order_line_id], grade=Grade(inspection.grade))
        verdicts.append(verdict)
        key = (inspection.order_line_id, inspection.return_line_id, verdict.percent)
        units_before = totals[key][0] if key in totals else 0
        totals[key] = (units_before + inspection.qty, verdict)
    units = [
        UnitsToRefund(order_line_id, return_line_id, units, percent, verdict.rules)
        for (order_line_id, return_line_id, percent), (units, verdict) in totals.items()
        if percent > 0
    ]
    return units, verdicts


def _line(lines: Sequence[sa.Row[Any]], return_line_id: uuid.UUID, number: str) -> sa.Row[Any]:
    for line in lines:
        if line.id == return_line_id:
            return line
    raise ConflictError(f"Line {return_line_id} is not part of return {number}.")


def _target(places: Places, disposition: Disposition) -> uuid.UUID:
    targets = {
        Disposition.RESTOCK: places.receiving,
        Disposition.QUARANTINE: places.quarantine,
        Disposition.SCRAP: places.scrap,
    }
    return targets[disposition]
