"""Jobs of returns: refunds sent and settled, and authorizations that run out. Each only calls its flow."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sqlmodel import Session

from fulfillment.core import job_kinds
from fulfillment.flows.change_return import expire_returns
from fulfillment.flows.send_refund import SentRefund, send_refund
from fulfillment.jobs.context import Handler, JobContext


def send(context: JobContext) -> None:
    """The refund's shares are paid or refused; while one is in doubt the same job asks again.

    It ends where nobody needs to be asked, or where only a person can tell.
    """

    def end(session: Session, sent: SentRefund) -> None:
        if sent.look_again_s is None:
            context.finish(session, result={"state": sent.state})
        else:
            context.defer(session, delay_s=sent.look_again_s)

    send_refund(
        context.in_transaction,
        context.runtime.gateways,
        refund_id=UUID(context.payload["refund_id"]),
        actor=context.actor,
        policy=context.runtime.policy,
        at_end=end,
    )


def expire(context: JobContext) -> None:
    """Authorizations that have run out have let go of their units."""

    def work(session: Session) -> None:
        expired = expire_returns(session, actor=context.actor, policy=context.runtime.policy)
        context.finish(session, result={"expired": expired})

    context.in_transaction(work)


HANDLERS: Final[Mapping[str, Handler]] = {
    job_kinds.SEND_REFUND: send,
    job_kinds.EXPIRE_RETURNS: expire,
}
