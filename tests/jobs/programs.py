"""A worker or a bell as a process of its own, with handlers made for tests. Run by `processes`."""

import os
import signal
import sys
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from sqlmodel import Session

from fulfillment.config import load_settings
from fulfillment.jobs import handlers_routing
from fulfillment.jobs.context import Handler, JobContext
from fulfillment.jobs.processes import run_bell, run_worker
from fulfillment.runtime import make_runtime
from fulfillment.store.actors import SYSTEM
from fulfillment.store.audit_trail import record


def leave_mark(context: JobContext) -> None:
    """One audit line, in the transaction that ends the job."""

    def work(session: Session) -> None:
        mark(session, context)
        context.finish(session)

    context.in_transaction(work)


def mark(session: Session, context: JobContext) -> None:
    record(
        session,
        actor=SYSTEM,
        deed="mark",
        object_kind="job",
        object_id=context.claim.job_id,
        detail={"attempt": context.claim.attempts},
    )


def kill_own_process(_context: JobContext) -> None:
    """A poison job: whoever works on it dies."""
    os.kill(os.getpid(), signal.SIGKILL)


def dawdle(context: JobContext) -> None:
    """Works for the seconds it is told, then leaves its mark."""
    time.sleep(float(context.payload["seconds"]))
    leave_mark(context)


TEST_HANDLERS: Final[Mapping[str, Handler]] = {
    "mark": leave_mark,
    "poison": kill_own_process,
    "dawdle": dawdle,
    **handlers_routing.HANDLERS,
}
PERIOD: Final = timedelta(minutes=1)


def main() -> None:
    settings = load_settings()
    runtime = make_runtime(settings, application_name=f"test-{sys.argv[1]}")
    if sys.argv[1] == "worker":
        run_worker(runtime, handlers=TEST_HANDLERS)
    else:
        run_bell(runtime, kinds=())
    runtime.close()


if __name__ == "__main__":
    main()
