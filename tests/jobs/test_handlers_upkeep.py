"""What keeps the store small, tried once in this process."""

from collections.abc import Callable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from fulfillment.config import Settings
from fulfillment.core import job_kinds
from fulfillment.jobs.handlers_upkeep import HANDLERS
from fulfillment.jobs.runner import try_job
from fulfillment.runtime import runtime_on
from fulfillment.store.jobs import enqueue
from fulfillment.store.session import InTransaction

OLD, YOUNG = 91, 89


def add_ended(in_transaction: InTransaction, state: str, days_ago: int) -> UUID:
    job_id = in_transaction(lambda session: enqueue(session, kind=job_kinds.AUDIT, payload={}))
    ended = sa.text(
        "UPDATE job SET state = :state, ended_at = now() - make_interval(days => :days) WHERE id = :id"
    )
    in_transaction(
        lambda session: session.connection().execute(ended, {"state": state, "days": days_ago, "id": job_id})
    )
    return job_id


def test_jobs_long_done_are_forgotten_and_dead_or_waiting_ones_stay(
    engine: Engine, make_settings: Callable[..., Settings], in_transaction: InTransaction
) -> None:
    runtime = runtime_on(make_settings(jobs_kept_days=90), engine)
    add_ended(in_transaction, "done", OLD)
    young = add_ended(in_transaction, "done", YOUNG)
    dead = add_ended(in_transaction, "dead", OLD)
    waiting = in_transaction(lambda session: enqueue(session, kind=job_kinds.AUDIT, payload={}))
    upkeep = in_transaction(lambda session: enqueue(session, kind=job_kinds.FORGET_OLD_KEYS, payload={}))

    try_job(runtime, upkeep, handlers=HANDLERS)

    query = sa.text("SELECT id, result FROM job ORDER BY id")
    rows = in_transaction(lambda session: session.connection().execute(query).all())
    assert [row.id for row in rows] == [young, dead, waiting, upkeep]
    assert rows[-1].result["jobs"] == 1
