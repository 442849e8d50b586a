"""What the rules would say to a return before anybody asks for it; nothing is written."""

import uuid
from dataclasses import dataclass

from sqlmodel import Session

from fulfillment.core.policy import CompanyPolicy
from fulfillment.flows.judge_return import Judge
from fulfillment.orders.queries import get_order
from fulfillment.reads.returnable import ReturnableLine, list_returnable
from fulfillment.returns.kinds import ReturnReason
from fulfillment.returns.policy import Verdict
from fulfillment.store.clock import read_now


@dataclass(frozen=True)
class PreviewedLine:
    """A line of the order and what asking for it now would give, in the best condition."""

    line: ReturnableLine
    verdict: Verdict

    @property
    def is_open(self) -> bool:
        """Whether units of it can be asked for and the rules give anything for them."""
        return self.line.returnable > 0 and self.verdict.percent > 0


def preview_return(
    session: Session, *, order_id: uuid.UUID, reason: ReturnReason, policy: CompanyPolicy
) -> list[PreviewedLine]:
    """Every line that was sent, with the rules' answer for this reason today.

    Raises:
        NotFoundError: there is no such order.
    """
    order = get_order(session, order_id=order_id)
    judge = Judge(session, order=order, reason=reason, requested_at=read_now(session), policy=policy)
    return [
        PreviewedLine(line, judge.decide(line))
        for line in list_returnable(session, order_id=order_id)
        if line.shipped
    ]
