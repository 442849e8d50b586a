"""What people and shops ask of an autoship run: that it be promised; a job does the work."""

import uuid

from sqlmodel import Session

from fulfillment.core import job_kinds
from fulfillment.core.states import AutoshipRunState
from fulfillment.orders.autoship_runs import WITH_PROMISES, get_run, require_state
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.jobs import enqueue


def ask_for_promise(session: Session, *, run_id: uuid.UUID, actor: Actor) -> uuid.UUID:
    """A job promises the run, or what was short of it; returns the job, the one under way if there is one.

    Raises:
        NotFoundError: there is no such run.
        ConflictError: it is closed or cancelled.
    """
    run = get_run(session, run_id=run_id, lock=True)
    require_state(run, AutoshipRunState.COLLECTING, *WITH_PROMISES, deed="planning")
    job_id = enqueue(
        session, kind=job_kinds.PROMISE_AUTOSHIP, payload={"run_id": str(run_id)}, key=str(run_id)
    )
    record(
        session,
        actor=actor,
        deed="autoship.promise_asked",
        object_kind="autoship_run",
        object_id=run_id,
        detail={"number": run.number, "job_id": str(job_id)},
    )
    return job_id
