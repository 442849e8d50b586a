"""The sign of life: as long as the work goes on, its lease is extended."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Engine
from sqlmodel import Session

from fulfillment.core.errors import FulfillmentError
from fulfillment.observability import get_logger
from fulfillment.store.job_claims import Claim, FencedError, extend_lease
from fulfillment.store.session import in_transaction

BEATS_PER_LEASE = 3
LOG = get_logger(__name__)


@contextmanager
def kept_lease(engine: Engine, *, claim: Claim, lease_s: float) -> Iterator[None]:
    """The job stays ours while the block runs, for as long as this process lives and is not stopped."""
    is_over = threading.Event()

    def beat() -> None:
        while not is_over.wait(lease_s / BEATS_PER_LEASE):
            if not _extend(engine, claim=claim, lease_s=lease_s):
                return

    heart = threading.Thread(target=beat, name=f"lease-{claim.job_id}", daemon=True)
    heart.start()
    try:
        yield
    finally:
        is_over.set()
        heart.join()


def _extend(engine: Engine, *, claim: Claim, lease_s: float) -> bool:
    """Whether another beat makes sense. A database that is away for a moment is asked again at the next."""

    def work(session: Session) -> None:
        extend_lease(session, claim=claim, lease_s=lease_s)

    try:
        in_transaction(engine, work)
    except FencedError:
        LOG.warning("lease_lost", job_id=str(claim.job_id), kind=claim.kind)
        return False
    except FulfillmentError as error:
        LOG.warning("lease_not_extended", job_id=str(claim.job_id), kind=claim.kind, reason=error.code)
    return True
