"""The two background programs: the worker that tries jobs, and the bell that tells workers of them."""

import signal
import threading
import time
from collections.abc import Collection, Mapping
from datetime import timedelta

from fulfillment.core.errors import UnavailableError
from fulfillment.core.job_kinds import ROUTE_ORDERS
from fulfillment.jobs.context import Handler
from fulfillment.jobs.queues import Doorbell, DoorbellError, connect_doorbell, work
from fulfillment.jobs.registry import HANDLERS
from fulfillment.jobs.relay import Relay, RelayLostError
from fulfillment.jobs.runner import bind_worker
from fulfillment.jobs.scheduler import Scheduler
from fulfillment.jobs.sweeper import sweep
from fulfillment.observability import configure_logging, get_logger
from fulfillment.runtime import Runtime

STAND_BY_S = 1.0
LISTEN_S = 0.25
SCHEDULE_EVERY_S = 1.0

LOG = get_logger(__name__)


def run_worker(runtime: Runtime, *, handlers: Mapping[str, Handler] = HANDLERS) -> None:
    """Jobs are tried one after another until SIGTERM; the one at hand is finished first."""
    configure_logging(runtime.settings.log_level)
    bind_worker(runtime, handlers)
    LOG.info("worker_started")
    work(connect_doorbell(runtime.settings.redis_url.get_secret_value()))
    LOG.info("worker_stopped")


def run_bell(
    runtime: Runtime, *, kinds: Collection[str] = HANDLERS, stop: threading.Event | None = None
) -> None:
    """Workers hear of every job: at once by the relay, at the latest by the sweeper; until SIGTERM.

    Any number of hosts may run this. One of them leads, the others stand by for the loss of its connection.
    """
    configure_logging(runtime.settings.log_level)
    over = _until_signal() if stop is None else stop
    url = runtime.settings.database_url.get_secret_value()
    while not over.is_set():
        try:
            with Relay(url) as relay:
                if relay.lead():
                    LOG.info("bell_leads")
                    Bell(runtime, relay, kinds=kinds).ring_until(over)
        except (RelayLostError, UnavailableError) as error:
            LOG.warning("bell_without_database", reason=type(error).__name__)
        over.wait(STAND_BY_S)


class Bell:
    """The leading bell: relay, sweeper and scheduler in one loop, so that none can outrun the others."""

    def __init__(self, runtime: Runtime, relay: Relay, *, kinds: Collection[str]) -> None:
        self.runtime = runtime
        self.relay = relay
        self.doorbell = Doorbell(connect_doorbell(runtime.settings.redis_url.get_secret_value()))
        minutes = runtime.settings.route_before_cutoff_min if ROUTE_ORDERS in kinds else 0
        self.scheduler = Scheduler(kinds, route_before_cutoff=timedelta(minutes=minutes))
        self.next_sweep = 0.0
        self.next_schedule = 0.0

    def ring_until(self, over: threading.Event) -> None:
        """The bell is rung until told otherwise.

        Raises:
            RelayLostError, UnavailableError: the database went away; begin again with a new connection.
        """
        while not over.is_set():
            heard = self.relay.hear(LISTEN_S)
            try:
                self.doorbell.ring(heard)
                self._sweep_when_due()
            except DoorbellError as error:
                # What was not rung for is due, so the sweep after Redis's return rings for it.
                LOG.warning("doorbell_lost", reason=type(error).__name__)
                over.wait(STAND_BY_S)
            self._schedule_when_due()

    def _sweep_when_due(self) -> None:
        """The table has been swept within the last few seconds."""
        if time.monotonic() < self.next_sweep:
            return
        rung = sweep(self.runtime.in_transaction, self.doorbell)
        self.next_sweep = time.monotonic() + self.runtime.settings.sweep_every_s
        if rung:
            LOG.info("swept", rung=rung)

    def _schedule_when_due(self) -> None:
        """The jobs of the present periods are promised."""
        if time.monotonic() < self.next_schedule:
            return
        self.scheduler.remember(self.runtime.in_transaction(self.scheduler.schedule))
        self.next_schedule = time.monotonic() + SCHEDULE_EVERY_S


def _until_signal() -> threading.Event:
    """An event that SIGTERM and SIGINT set."""
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    return over
