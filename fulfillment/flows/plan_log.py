"""A running plan's line in the history: its signs of life, how far it is, and whether it was told to stop."""

import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

from fulfillment.core.errors import UnavailableError
from fulfillment.flows.planning_day import Day
from fulfillment.observability import get_logger
from fulfillment.orders.route_plans import begin_applying, note_progress
from fulfillment.routing.apart import Helpers, Planned, Planner, plan_apart
from fulfillment.routing.plan import Progress
from fulfillment.routing.starting import Start
from fulfillment.store.session import InTransaction

EVERY_S = 1.0
MOST_POINTS = 120
"""Of the way so far, for a chart; the older half is thinned when there are more."""

LOG = get_logger(__name__)

Teller = Callable[[dict[str, Any]], bool]
"""Writes progress down; false where the plan should not go on."""


class PlanLog:
    """Says about once a second how far the plan is, each time in a transaction of its own."""

    def __init__(
        self, tell: Teller, *, time_limit_s: float, should_stop: Callable[[], bool] | None = None
    ) -> None:
        self.tell = tell
        self.time_limit_s = time_limit_s
        self.asked_to_stop = should_stop or (lambda: False)
        self.progress: dict[str, Any] = {}
        self.history: list[tuple[float, int, int]] = []
        self.told = 0.0
        self.is_stopped = False

    def hear(self, progress: Progress) -> None:
        """The planner has come so far; `share` is how much of its time is over.

        `history` holds the way there: seconds, cost and bound.
        """
        share = min(1.0, progress.seconds / self.time_limit_s)
        if len(self.history) >= MOST_POINTS:
            self.history = [*self.history[: MOST_POINTS // 2 : 2], *self.history[MOST_POINTS // 2 :]]
        self.history.append((round(progress.seconds, 1), progress.cost_minor, progress.bound_minor))
        self.progress = {
            **asdict(progress),
            "seconds": round(progress.seconds, 1),
            "share": round(share, 3),
            "history": list(self.history),
        }
        self.beat()

    def beat(self) -> None:
        """The plan has shown that it lives, if the last time was a second ago."""
        if time.monotonic() - self.told < EVERY_S or self.is_stopped:
            return
        self.told = time.monotonic()
        try:
            self.is_stopped = not self.tell(self.progress)
        except UnavailableError as error:
            # The plan does not need the database until it is applied; the next beat asks again.
            LOG.warning("route_progress_not_written", reason=error.code)

    def should_stop(self) -> bool:
        """Somebody asked the plan to stop, here or through the database."""
        self.is_stopped = self.is_stopped or self.asked_to_stop()
        return self.is_stopped


def recorded(in_transaction: InTransaction, *, plan_id: uuid.UUID) -> Teller:
    """Progress is written to the plan's row."""

    def tell(progress: dict[str, Any]) -> bool:
        return in_transaction(partial(note_progress, plan_id=plan_id, progress=progress))

    return tell


def may_apply(in_transaction: InTransaction, *, plan_id: uuid.UUID, log: PlanLog) -> bool:
    """Whether the plan may be carried out; nobody can stop it afterwards."""
    if log.should_stop():
        return False
    return in_transaction(partial(begin_applying, plan_id=plan_id, progress=log.progress))


@dataclass(frozen=True)
class Spread:
    """How many blocks of a day all workers solve at once, and from how many contested orders on; 1: none."""

    size: int = 1
    least_orders: int = 8_000


@dataclass(frozen=True)
class Way:
    """How a plan is looked for: its seconds, its seed, the processes beside it, and who makes it."""

    time_limit_s: float
    seed: int = 0
    workers: int = 1
    planner: Planner = plan_apart
    should_stop: Callable[[], bool] | None = None
    spread: Spread = field(default_factory=Spread)

    def plan(self, day: Day, log: PlanLog, helpers: Helpers | None = None) -> Planned:
        """The best plan of the day that is found in the time, begun where the orders stand."""
        return self.planner(
            day.problem,
            time_limit_s=self.time_limit_s,
            seed=self.seed,
            workers=self.workers,
            start=Start(warehouse_of=day.places),
            on_progress=log.hear,
            should_stop=log.should_stop,
            helpers=helpers,
        )
