"""What a handler is given: the job, the runtime, and transactions that only its rightful worker commits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlmodel import Session

from fulfillment.runtime import Runtime
from fulfillment.store.actors import Actor
from fulfillment.store.job_claims import Claim, bury_job, defer_job, finish_job, require_claim

T = TypeVar("T")


@dataclass
class JobContext:
    """One attempt at one job.

    A handler ends its job in the transaction of its last effect, by `finish`, `defer` or `bury`. One that
    does none of these and returns is finished by the runner, in a transaction of its own: right only where
    running twice does no harm.
    """

    runtime: Runtime
    claim: Claim
    has_ended: bool = field(default=False, init=False)

    @property
    def payload(self) -> dict[str, Any]:
        """What the job was given when it was promised."""
        return self.claim.payload

    @property
    def actor(self) -> Actor:
        """This job as the one who did it, in audit and history."""
        return Actor(kind="job", id=str(self.claim.job_id), name=self.claim.kind)

    def in_transaction(self, work: Callable[[Session], T]) -> T:
        """The work is committed, once, by the worker that holds the job; flows get this one.

        Raises:
            FencedError: the job was given to another worker; nothing was written.
        """
        had_ended = self.has_ended

        def fenced(session: Session) -> T:
            # An attempt that was rolled back has ended nothing.
            self.has_ended = had_ended
            if not had_ended:
                require_claim(session, claim=self.claim)
            return work(session)

        return self.runtime.in_transaction(fenced)

    def finish(self, session: Session, *, result: Mapping[str, Any] | None = None) -> None:
        """The job is done if this transaction commits."""
        finish_job(session, claim=self.claim, result=result)
        self.has_ended = True

    def defer(self, session: Session, *, delay_s: float) -> None:
        """The job looks again later if this transaction commits; this look does not count as an attempt."""
        defer_job(session, claim=self.claim, delay_s=delay_s)
        self.has_ended = True

    def bury(self, session: Session, *, reason: str) -> None:
        """The job is dead if this transaction commits, because another attempt could not help."""
        bury_job(session, claim=self.claim, error=reason)
        self.has_ended = True


Handler = Callable[[JobContext], None]
