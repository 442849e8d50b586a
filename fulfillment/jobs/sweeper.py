"""The net under the bell: rings again for every job that is due and that nobody was told of."""

from uuid import UUID

from sqlmodel import Session

from fulfillment.jobs.queues import Doorbell
from fulfillment.observability import get_logger
from fulfillment.store.job_claims import bury_exhausted_jobs
from fulfillment.store.jobs import due_jobs
from fulfillment.store.session import InTransaction

SWEEP_LIMIT = 2000
"""Jobs looked at per sweep; a longer queue keeps every worker busy until the next."""

LOG = get_logger(__name__)


def sweep(in_transaction: InTransaction, doorbell: Doorbell) -> int:
    """Somebody has been told of every due job; returns for how many the bell was rung again.

    Due are jobs that wait, also those whose ring Redis lost, and jobs whose worker died: their lease ran
    out. Those whose last attempt died with its process are dead from now on.
    """

    def look(session: Session) -> tuple[list[UUID], list[UUID]]:
        return bury_exhausted_jobs(session), due_jobs(session, limit=SWEEP_LIMIT)

    buried, due = in_transaction(look)
    for job_id in buried:
        LOG.error("job_buried", job_id=str(job_id))
    if not due:
        return 0
    waiting = doorbell.waiting()
    return doorbell.ring(job_id for job_id in due if job_id not in waiting)
