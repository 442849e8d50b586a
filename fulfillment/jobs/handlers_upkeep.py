"""Jobs that keep the store itself small."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core import job_kinds
from fulfillment.jobs.context import Handler, JobContext
from fulfillment.store.idempotency import forget_old_keys

KEYS_KEPT: Final = timedelta(days=30)
"""Far longer than any client goes on repeating a request."""


def forget_keys(context: JobContext) -> None:
    """Idempotency keys nobody can repeat any more are gone."""

    def work(session: Session) -> None:
        now = session.connection().execute(sa.select(sa.func.now())).scalar_one()
        context.finish(session, result={"forgotten": forget_old_keys(session, before=now - KEYS_KEPT)})

    context.in_transaction(work)


HANDLERS: Final[Mapping[str, Handler]] = {job_kinds.FORGET_OLD_KEYS: forget_keys}
