"""Jobs that keep the store itself small."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core import job_kinds
from fulfillment.jobs.context import Handler, JobContext
from fulfillment.orders.route_plans import forget_old_plans
from fulfillment.store.clock import read_now
from fulfillment.store.idempotency import forget_old_keys
from fulfillment.store.jobs import forget_done_jobs

KEYS_KEPT: Final = timedelta(days=30)
"""Far longer than any client goes on repeating a request."""

MOVES_KEPT: Final = timedelta(days=14)
"""What every plan moved and why is asked about while its orders are on the way; its figures stay."""


def forget_keys(context: JobContext) -> None:
    """Keys nobody can repeat any more are gone, and so are the moves of old plans and jobs long done."""

    def work(session: Session) -> None:
        now = session.connection().execute(sa.select(sa.func.now())).scalar_one()
        forgotten = forget_old_keys(session, before=now - KEYS_KEPT)
        moves = forget_old_plans(session, before=read_now(session) - MOVES_KEPT)
        kept = timedelta(days=context.runtime.settings.jobs_kept_days)
        jobs = forget_done_jobs(session, before=now - kept)
        context.finish(session, result={"forgotten": forgotten, "route_moves": moves, "jobs": jobs})

    context.in_transaction(work)


HANDLERS: Final[Mapping[str, Handler]] = {job_kinds.FORGET_OLD_KEYS: forget_keys}
