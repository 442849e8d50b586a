"""The rules about returns are asked about an order's lines, with the facts they look at."""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.policy import CompanyPolicy
from fulfillment.distributors.tables import Member
from fulfillment.orders.tables import Order
from fulfillment.reads.returnable import ReturnableLine
from fulfillment.returns.kinds import Grade, ReturnReason
from fulfillment.returns.policy import LineFacts, ReturnEvent, Rule, Verdict, decide_line
from fulfillment.returns.rules_book import list_rules
from fulfillment.store.columns import table_of

MEMBER = table_of(Member)

EVENTS = {
    ReturnReason.LEAVING: ReturnEvent.TERMINATION,
    ReturnReason.COOLING_OFF: ReturnEvent.CANCELLATION,
}


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
    ) -> None:
        self.order = order
        self.reason = reason
        self.zone = ZoneInfo(policy.time_zone)
        self.requested_on = requested_at.astimezone(self.zone).date()
        self.rules: Sequence[Rule] = list_rules(session, policy=policy.return_policy)
        self.joined_on = _joined_on(session, order)

    def decide(self, line: ReturnableLine, *, grade: Grade | None = None) -> Verdict:
        """What the returner is due for the line, in the condition found if it was inspected."""
        accepted_at = self.order.accepted_at or self.order.ordered_at
        delivered_on = line.delivered_at.astimezone(self.zone).date() if line.delivered_at else None
        return decide_line(
            self.rules,
            facts=LineFacts(
                role=self.order.buyer_role,
                jurisdictions=frozenset({str(self.order.ship_to["country"]), jurisdiction_of(self.order)}),
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


def jurisdiction_of(order: Order) -> str:
    """The place whose law the buyer is under: where the goods were sent."""
    state = order.ship_to.get("state")
    country = str(order.ship_to["country"])
    return f"{country}-{state}" if state else country


def _joined_on(session: Session, order: Order) -> date | None:
    if order.member_id is None:
        return None
    query = sa.select(MEMBER.c.joined_on).where(MEMBER.c.id == order.member_id)
    found: date | None = session.connection().execute(query).scalar_one_or_none()
    return found
