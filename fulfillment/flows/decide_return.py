"""What came back is judged as it was found: its refund is proposed, or it is refused with reasons."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import ReturnState
from fulfillment.flows.judge_return import Judge
from fulfillment.flows.refund_order import RefundRequest, UnitsToRefund, propose_order_refund
from fulfillment.orders.queries import get_order
from fulfillment.reads.returnable import list_returnable
from fulfillment.returns.authorizations import get_return, list_return_lines, move_return
from fulfillment.returns.inspections import list_inspections
from fulfillment.returns.kinds import Grade, RefundCause
from fulfillment.returns.policy import Verdict, pay_by
from fulfillment.returns.refunds import GIVES_NOTHING, list_return_refunds
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now


@dataclass(frozen=True)
class _Finding:
    """Units of a line that were found in one condition, and what they are due."""

    order_line_id: uuid.UUID
    return_line_id: uuid.UUID
    sku: str
    units: int
    grade: Grade
    verdict: Verdict


def decide_return(
    session: Session,
    *,
    return_id: uuid.UUID,
    actor: Actor,
    policy: CompanyPolicy,
    note: str = "all of it is inspected",
) -> uuid.UUID | None:
    """Everything that came is inspected: the return is decided and its refund proposed.

    Called by the last inspection, or by a person when the rest of the goods will not come; what did not come
    can be announced again. Returns the refund's id; None where nothing is due, and then it is refused.

    Raises:
        NotFoundError: there is no such return.
        NotAllowedEdgeError: it was decided before.
        ConflictError: nothing came, or some of it is not inspected yet.
    """
    found = get_return(session, return_id=return_id, lock=True)
    lines = list_return_lines(session, return_id=return_id)
    waiting = sum(line.qty_received - line.qty_inspected for line in lines)
    if waiting or not any(line.qty_received for line in lines):
        raise ConflictError(
            f"Return {found.number} cannot be decided: "
            + (f"{waiting} units wait for inspection." if waiting else "nothing of it has come."),
            waiting=waiting,
        )
    move_return(session, return_id=return_id, to=ReturnState.INSPECTED, actor=actor, reason=note)
    judge = _make_judge(session, found, policy)
    findings = _find(session, found, judge)
    now = read_now(session)
    zone = ZoneInfo(policy.time_zone)
    deadline = pay_by(
        judge.rules,
        codes=[code for finding in findings for code in finding.verdict.rules],
        noticed_on=found.requested_at.astimezone(zone).date(),
        received_on=found.received_at.astimezone(zone).date(),
        default_days=policy.refund_pay_within_working_days,
    )
    move_return(
        session,
        return_id=return_id,
        to=ReturnState.DECIDED,
        actor=actor,
        reason=note,
        decided_at=now,
        pay_by=deadline,
        decision={**found.decision, "findings": [_as_json(finding) for finding in findings]},
    )
    return _propose(session, get_return(session, return_id=return_id), findings, actor, policy)


def propose_return_refund(
    session: Session, *, return_id: uuid.UUID, actor: Actor, policy: CompanyPolicy
) -> uuid.UUID | None:
    """The refund of a decided return is proposed anew, because the one before was rejected.

    Raises:
        NotFoundError: there is no such return.
        ConflictError: it is not decided, or a refund of it is under way.
    """
    found = _require_undone(session, return_id)
    findings = _find(session, found, _make_judge(session, found, policy))
    return _propose(session, found, findings, actor, policy)


def refuse_return(session: Session, *, return_id: uuid.UUID, note: str, actor: Actor) -> None:
    """A decided return gives nothing after all; its refund, if there was one, was rejected before.

    Raises:
        NotFoundError: there is no such return.
        ConflictError: it is not decided, or a refund of it is under way.
    """
    _require_undone(session, return_id)
    move_return(session, return_id=return_id, to=ReturnState.REFUSED, actor=actor, reason=note)
    record(
        session,
        actor=actor,
        deed="return.refused",
        object_kind="return_authorization",
        object_id=return_id,
        detail={"note": note},
    )


def _require_undone(session: Session, return_id: uuid.UUID) -> sa.Row[Any]:
    found = get_return(session, return_id=return_id, lock=True)
    refunds = list_return_refunds(session, return_id=return_id)
    is_live = any(refund.state not in GIVES_NOTHING for refund in refunds)
    if found.state != ReturnState.DECIDED or is_live:
        raise ConflictError(
            f"Return {found.number} is {found.state.replace('_', ' ')}; only a decided one whose refund was "
            "rejected is taken up again. Reject its refund first.",
            state=found.state,
        )
    return found


def _make_judge(session: Session, found: sa.Row[Any], policy: CompanyPolicy) -> Judge:
    order = get_order(session, order_id=found.order_id, lock=True)
    return Judge(session, order=order, reason=found.reason, requested_at=found.requested_at, policy=policy)


def _find(session: Session, found: sa.Row[Any], judge: Judge) -> list[_Finding]:
    """What each inspection's units are due, judged in the condition they were found in."""
    articles = {item.order_line_id: item for item in list_returnable(session, order_id=found.order_id)}
    return [
        _Finding(
            order_line_id=row.order_line_id,
            return_line_id=row.return_line_id,
            sku=row.sku,
            units=row.qty,
            grade=Grade(row.grade),
            verdict=judge.decide(articles[row.order_line_id], grade=Grade(row.grade)),
        )
        for row in list_inspections(session, return_id=found.id)
    ]


def _propose(
    session: Session, found: sa.Row[Any], findings: Sequence[_Finding], actor: Actor, policy: CompanyPolicy
) -> uuid.UUID | None:
    """The refund is proposed, or the return refused because nothing is due."""
    units = _units_due(findings)
    refund_id = None
    if units:
        request = RefundRequest(
            order_id=found.order_id,
            cause=RefundCause.RETURN,
            units=units,
            reason=f"return {found.number}: {found.reason.replace('_', ' ')}",
            with_shipping=any(finding.verdict.refunds_shipping for finding in findings),
            return_id=found.id,
            pay_by=found.pay_by,
        )
        refund_id = propose_order_refund(session, request=request, actor=actor, policy=policy)
    if refund_id is None:
        reasons = dict.fromkeys(why for finding in findings for why in finding.verdict.why_not)
        why = "nothing is left of what was paid" if units else "; ".join(reasons) or "no rule covers it"
        move_return(session, return_id=found.id, to=ReturnState.REFUSED, actor=actor, reason=why)
    return refund_id


def _units_due(findings: Sequence[_Finding]) -> list[UnitsToRefund]:
    """One entry per line and percentage, because a refund's lines are as many."""
    merged: dict[tuple[uuid.UUID, int], UnitsToRefund] = {}
    for finding in findings:
        percent = finding.verdict.percent
        if percent == 0:
            continue
        before = merged.get((finding.return_line_id, percent))
        merged[finding.return_line_id, percent] = UnitsToRefund(
            finding.order_line_id,
            finding.return_line_id,
            finding.units + (before.units if before else 0),
            percent,
            finding.verdict.rules,
        )
    return list(merged.values())


def _as_json(finding: _Finding) -> dict[str, object]:
    verdict = finding.verdict
    return {
        "sku": finding.sku,
        "units": finding.units,
        "grade": finding.grade,
        "percent": verdict.percent,
        "rules": list(verdict.rules),
        "why_not": list(verdict.why_not),
    }
