"""What happens by the clock: each periodic kind is promised once per period, whoever asks and how often."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlmodel import Session

from fulfillment.core import job_kinds
from fulfillment.flows.ask_route import runs_before_cutoffs
from fulfillment.store.clock import read_now
from fulfillment.store.jobs import NewJob, enqueue_many

EVERY: Final[Mapping[str, timedelta]] = {
    job_kinds.ROUTE_ORDERS: timedelta(minutes=5),
    job_kinds.WATCH_PROMISES: timedelta(minutes=15),
    job_kinds.FILL_BACKORDERS: timedelta(minutes=5),
    job_kinds.KEEP_BACK_FOR_AUTOSHIPS: timedelta(minutes=15),
    job_kinds.SETTLE_AUTOSHIPS: timedelta(minutes=15),
    job_kinds.POLL_TRACKING: timedelta(minutes=30),
    job_kinds.EXPIRE_LOTS: timedelta(hours=1),
    job_kinds.EXPIRE_RETURNS: timedelta(hours=6),
    job_kinds.RECONCILE: timedelta(hours=6),
    job_kinds.AUDIT: timedelta(days=1),
    job_kinds.FORGET_OLD_KEYS: timedelta(days=1),
}
"""How often each kind runs, by the business clock: advancing it brings the next period's jobs."""

CUTOFFS: Final = "cutoffs"
LOOK_AT_CUTOFFS: Final = timedelta(minutes=1)
"""How often it is asked whether some warehouse's cut-off is near."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def period_start(now: datetime, every: timedelta) -> datetime:
    """The beginning of the period that `now` lies in; periods are counted from 1970 in UTC."""
    return EPOCH + (now - EPOCH) // every * every


class Scheduler:
    """Promises each period's jobs; remembers what it promised, so that most looks cost one question."""

    def __init__(self, kinds: Collection[str], *, route_before_cutoff: timedelta = timedelta(0)) -> None:
        self.every = {kind: every for kind, every in EVERY.items() if kind in kinds}
        self.promised: dict[str, datetime] = {}
        self.route_before_cutoff = route_before_cutoff

    def schedule(self, session: Session) -> dict[str, datetime]:
        """The jobs of every period that has begun are promised; returns the periods to remember.

        The key (kind, period) is promised once for ever, so that a second scheduler, or this one after a
        restart, adds nothing.
        """
        now = read_now(session)
        starts = {kind: period_start(now, every) for kind, every in self.every.items()}
        if self.route_before_cutoff:
            starts[CUTOFFS] = period_start(now, LOOK_AT_CUTOFFS)
        fresh = {kind: start for kind, start in starts.items() if self.promised.get(kind) != start}
        jobs = [
            NewJob(kind, {"period": start.isoformat()}, key=start.isoformat(), is_once=True)
            for kind, start in sorted(fresh.items())
            if kind != CUTOFFS
        ]
        if CUTOFFS in fresh:
            jobs += runs_before_cutoffs(session, now=now, before=self.route_before_cutoff)
        enqueue_many(session, jobs=jobs)
        return fresh

    def remember(self, fresh: Mapping[str, datetime]) -> None:
        """These periods are promised; called after the commit, because before it they are not."""
        self.promised.update(fresh)
