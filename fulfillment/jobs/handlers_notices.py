"""Jobs that tell people what happened."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from fulfillment.core import job_kinds
from fulfillment.flows.send_notice import send_notice
from fulfillment.jobs.context import Handler, JobContext


def send(context: JobContext) -> None:
    """The notice is with the mail server, or kept."""
    state = send_notice(
        context.in_transaction, context.runtime.mailer, notice_id=UUID(context.payload["notice_id"])
    )
    context.in_transaction(lambda session: context.finish(session, result={"state": state}))


HANDLERS: Final[Mapping[str, Handler]] = {job_kinds.SEND_NOTICE: send}
