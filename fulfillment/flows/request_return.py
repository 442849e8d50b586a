"""A buyer asks to send goods back; the rules answer at once, and the answer keeps its reasons."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import ReturnState
from fulfillment.flows.judge_return import Judge, jurisdiction_of
from fulfillment.notifications.messages import return_authorized
from fulfillment.notifications.outbox import queue_notice
from fulfillment.orders.queries import get_order, list_parts
from fulfillment.orders.tables import Order
from fulfillment.reads.recipients import find_recipient
from fulfillment.reads.returnable import ReturnableLine, list_returnable
from fulfillment.returns.authorizations import NewReturn, NewReturnLine, move_return, write_return
from fulfillment.returns.kinds import ReturnReason
from fulfillment.returns.policy import FreightPayer, Verdict
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now

Judged = tuple[ReturnableLine, int, Verdict]
"""A line, the units of it that are to come back, and what the rules say."""


@dataclass(frozen=True)
class WantedReturn:
    """Units of one order line to send back."""

    order_line_id: uuid.UUID
    units: int


@dataclass(frozen=True)
class ReturnAnswer:
    """The return with what was decided; a refused one says why, line by line."""

    return_id: uuid.UUID
    number: str
    state: ReturnState
    expires_at: datetime | None
    why_not: tuple[str, ...]


def request_return(
    session: Session,
    *,
    order_id: uuid.UUID,
    wanted: Sequence[WantedReturn],
    reason: ReturnReason,
    note: str,
    actor: Actor,
    policy: CompanyPolicy,
) -> ReturnAnswer:
    """The return is authorized if any rule gives anything for each of its lines, else refused with reasons.

    Raises:
        InvalidInputError: nothing is asked for, or a line stands twice or is not the order's.
        NotFoundError: there is no such order.
        ConflictError: more units are asked for than were shipped and are not in a return.
    """
    order = get_order(session, order_id=order_id, lock=True)
    now = read_now(session)
    lines = _check(wanted, {line.order_line_id: line for line in list_returnable(session, order_id=order_id)})
    judge = Judge(session, order=order, reason=reason, requested_at=now, policy=policy)
    judged = [(line, units, judge.decide(line)) for line, units in lines]
    new = _new_return(
        order, judged, reason=reason, note=note, code=_returns_to(session, order), policy=policy
    )
    return_id, number = write_return(session, new=new, actor=actor, now=now)
    why_not = tuple(
        f"{line.sku}: {'; '.join(verdict.why_not) or 'no rule covers it'}"
        for line, _, verdict in judged
        if verdict.percent == 0
    )
    record(
        session,
        actor=actor,
        deed="return.requested",
        object_kind="return_authorization",
        object_id=return_id,
        detail={"number": number, "reason": reason, "refused": list(why_not)},
    )
    if why_not:
        words = "; ".join(why_not)
        move_return(session, return_id=return_id, to=ReturnState.REFUSED, actor=actor, reason=words)
        return ReturnAnswer(return_id, number, ReturnState.REFUSED, None, why_not)
    expires_at = now + timedelta(days=policy.return_authorization_days)
    move_return(
        session,
        return_id=return_id,
        to=ReturnState.AUTHORIZED,
        actor=actor,
        reason="the rules allow it",
        authorized_at=now,
        expires_at=expires_at,
    )
    _tell(session, order=order, return_id=return_id, number=number, expires_at=expires_at)
    return ReturnAnswer(return_id, number, ReturnState.AUTHORIZED, expires_at, ())


def decision_of(judged: Sequence[Judged], *, policy: CompanyPolicy) -> dict[str, object]:
    """What the rules said about each line, as the return keeps it for good."""
    return {
        "policy": policy.return_policy,
        "lines": [
            {"sku": line.sku, "units": units, "percent": v.percent, "rules": v.rules, "why_not": v.why_not}
            for line, units, v in judged
        ],
    }


def _new_return(
    order: Order,
    judged: Sequence[Judged],
    *,
    reason: ReturnReason,
    note: str,
    code: str,
    policy: CompanyPolicy,
) -> NewReturn:
    pays = any(verdict.freight_payer is FreightPayer.COMPANY for _, _, verdict in judged)
    return NewReturn(
        order_id=order.id,
        member_id=order.member_id,
        reason=reason,
        note=note,
        warehouse_code=code,
        jurisdiction=jurisdiction_of(order),
        freight_payer=FreightPayer.COMPANY if pays else FreightPayer.RETURNER,
        decision=decision_of(judged, policy=policy),
        returned_parcel_id=None,
        lines=tuple(
            NewReturnLine(line.order_line_id, line.sku, units, verdict.percent, verdict.rules)
            for line, units, verdict in judged
        ),
    )


def _check(
    wanted: Sequence[WantedReturn], lines: dict[uuid.UUID, ReturnableLine]
) -> list[tuple[ReturnableLine, int]]:
    if not wanted:
        raise InvalidInputError("Name at least one line of the order to send back.")
    if len({item.order_line_id for item in wanted}) != len(wanted):
        raise InvalidInputError("A line stands twice in the return; name each once, with all its units.")
    checked = []
    for item in wanted:
        line = lines.get(item.order_line_id)
        if line is None:
            raise InvalidInputError(
                f"Line {item.order_line_id} cannot come back: it is not the order's, or part of a kit.",
                order_line_id=str(item.order_line_id),
            )
        if item.units < 1:
            raise InvalidInputError(f"{item.units} units of {line.sku} cannot come back; name at least one.")
        if item.units > line.returnable:
            raise ConflictError(
                f"{item.units} units of {line.sku} are to come back, but of {line.shipped} shipped "
                f"{line.in_returns} are in a return or refunded already; {line.returnable} can come back.",
                sku=line.sku,
                returnable=line.returnable,
            )
        checked.append((line, item.units))
    return checked


def _returns_to(session: Session, order: Order) -> str:
    """The warehouse that sent most of the order takes it back."""
    codes = [part.warehouse_code for part in list_parts(session, order_id=order.id) if part.warehouse_code]
    if not codes:
        raise ConflictError(f"Order {order.number} was never sent from a warehouse; cancel it instead.")
    return max(sorted(set(codes)), key=codes.count)


def _tell(session: Session, *, order: Order, return_id: uuid.UUID, number: str, expires_at: datetime) -> None:
    recipient = find_recipient(session, order=order)
    if recipient:
        notice = return_authorized(number=number, return_id=return_id, deadline=expires_at.date().isoformat())
        queue_notice(session, notice=notice, recipient=recipient, order_id=order.id)
