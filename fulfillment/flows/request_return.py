"""A buyer asks to send goods back; the rules answer at once, and the answer keeps its reasons."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import ReturnState
from fulfillment.distributors.tables import Member
from fulfillment.notifications.messages import return_authorized
from fulfillment.notifications.outbox import queue_notice
from fulfillment.orders.queries import get_order, list_parts
from fulfillment.orders.tables import Order
from fulfillment.reads.recipients import find_recipient
from fulfillment.reads.returnable import ReturnableLine, list_returnable
from fulfillment.returns.authorizations import NewReturn, NewReturnLine, move_return, write_return
from fulfillment.returns.kinds import Grade, ReturnReason
from fulfillment.returns.policy import (
    FreightPayer,
    LineFacts,
    ReturnEvent,
    Rule,
    Verdict,
    decide_line,
)
from fulfillment.returns.rules_book import list_rules
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.columns import table_of

MEMBER = table_of(Member)

EVENTS = {
    ReturnReason.LEAVING: ReturnEvent.TERMINATION,
    ReturnReason.COOLING_OFF: ReturnEvent.CANCELLATION,
}


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
    rules = list_rules(session, policy=policy.return_policy)
    judge = Judge(session, order=order, reason=reason, requested_at=now, policy=policy, rules=rules)
    verdicts = [judge.decide(line) for line, _ in lines]
    pays = any(verdict.freight_payer is FreightPayer.COMPANY for verdict in verdicts)
    return_id, number = write_return(
        session,
        new=NewReturn(
            order_id=order_id,
            member_id=order.member_id,
            reason=reason,
            note=note,
            warehouse_code=_returns_to(session, order),
            jurisdiction=_jurisdiction(order),
            freight_payer=FreightPayer.COMPANY if pays else FreightPayer.RETURNER,
            decision={
                "policy": policy.return_policy,
                "lines": [
                    {"sku": line.sku, "percent": v.percent, "rules": v.rules, "why_not": v.why_not}
                    for (line, _), v in zip(lines, verdicts, strict=True)
                ],
            },
            lines=tuple(
                NewReturnLine(line.order_line_id, line.sku, units, verdict.percent, verdict.rules)
                for (line, units), verdict in zip(lines, verdicts, strict=True)
            ),
        ),
        actor=actor,
        now=now,
    )
    why_not = tuple(
        f"{line.sku}: {'; '.join(verdict.why_not) or 'no rule covers it'}"
        for (line, _), verdict in zip(lines, verdicts, strict=True)
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
        move_return(
            session, return_id=return_id, to=ReturnState.REFUSED, actor=actor, reason="; ".join(why_not)
        )
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


class Judge:
    """Applies the rules to the lines of one order, for one return."""

    def __init__(
        self,
        session: Session,
        *,
        order: Order,
        reason: ReturnReason,
        requested_at: datetime,
        policy: CompanyPolicy,
        rules: Sequence[Rule],
    ) -> None:
        self.order = order
        self.reason = reason
        self.zone = ZoneInfo(policy.time_zone)
        self.requested_on = requested_at.astimezone(self.zone).date()
        self.rules = rules
        self.joined_on = _joined_on(session, order)

    def decide(self, line: ReturnableLine, *, grade: Grade | None = None) -> Verdict:
        """What the returner is due for the line, in the condition found if it was inspected."""
        accepted_at = self.order.accepted_at or self.order.ordered_at
        delivered_on = line.delivered_at.astimezone(self.zone).date() if line.delivered_at else None
        return decide_line(
            self.rules,
            facts=LineFacts(
                role=self.order.buyer_role,
                jurisdictions=_jurisdictions(self.order),
                event=EVENTS.get(self.reason, ReturnEvent.RETURN),
                reason=self.reason,
                requested_on=self.requested_on,
                purchased_on=accepted_at.astimezone(self.zone).date(),
                delivered_on=delivered_on,
                joined_on=self.joined_on,
                order_total_minor=self.order.total_minor,
                sale_location=self.order.details.get("sale_location", "remote"),
                product_kind=line.kind,
                disclosures=frozenset(line.disclosures),
                grade=grade,
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
                f"{line.in_returns} are in a return already; {line.returnable} can come back.",
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


def _jurisdiction(order: Order) -> str:
    state = order.ship_to.get("state")
    country = str(order.ship_to["country"])
    return f"{country}-{state}" if state else country


def _jurisdictions(order: Order) -> frozenset[str]:
    return frozenset({str(order.ship_to["country"]), _jurisdiction(order)})


def _joined_on(session: Session, order: Order) -> date | None:
    if order.member_id is None:
        return None
    query = sa.select(MEMBER.c.joined_on).where(MEMBER.c.id == order.member_id)
    found: date | None = session.connection().execute(query).scalar_one_or_none()
    return found


def _tell(session: Session, *, order: Order, return_id: uuid.UUID, number: str, expires_at: datetime) -> None:
    recipient = find_recipient(session, order=order)
    if recipient:
        notice = return_authorized(number=number, return_id=return_id, deadline=expires_at.date().isoformat())
        queue_notice(session, notice=notice, recipient=recipient, order_id=order.id)
