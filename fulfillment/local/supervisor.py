"""Services started in order, started again when they crash, and stopped in the reverse order."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fulfillment.local.errors import LocalServerError
from fulfillment.local.programs import Service

LOOK_EVERY_S = 0.1
FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 10.0
GOOD_AFTER_S = 30.0
"""A service that ran this long before it crashed is started again without delay."""


@dataclass
class _Watched:
    """A service and the history of its crashes; instants are of the monotonic clock."""

    service: Service
    started_at: float
    crashes: int = 0
    due_at: float | None = None
    is_held: bool = False


class Supervisor:
    """Keeps services running. One thread calls `start`, `look` and `stop`; any may `hold` and `release`.

    It must be one thread that lives as long as the services, because the kernel ends a child with the thread
    that started it.
    """

    def __init__(self, *, report: Callable[[str], None]) -> None:
        self._watched: dict[str, _Watched] = {}
        self._report = report

    def start(self, services: Sequence[Service]) -> None:
        """All of them are ready. They get ready side by side, because each spends its time importing.

        Raises:
            LocalServerError: one of them did not get ready.
        """
        for service in services:
            # Known before it exists, so that an interruption in between still stops it.
            self._watched[service.name] = _Watched(service, started_at=time.monotonic())
            service.launch()
        for service in services:
            service.await_ready()

    def look(self) -> None:
        """Whatever has crashed runs again, or is due to after a growing delay."""
        for watched in self._watched.values():
            if watched.is_held or watched.service.is_running():
                continue
            now = time.monotonic()
            if watched.due_at is None:
                self._plan_restart(watched, now=now)
            elif now >= watched.due_at:
                self._restart(watched, now=now)

    def stop(self) -> None:
        """All have ended, the last started first."""
        for watched in reversed(self._watched.values()):
            watched.is_held = True
            watched.service.stop()

    def names(self) -> list[str]:
        """The services, in the order they were started."""
        return list(self._watched)

    def is_running(self, name: str) -> bool:
        """Whether the process of this service is alive."""
        return self._watched[name].service.is_running()

    def service(self, name: str) -> Service:
        """The service of this name."""
        return self._watched[name].service

    def hold(self, name: str) -> None:
        """The service has died and stays so until it is released."""
        self._watched[name].is_held = True
        self._watched[name].service.kill()

    def release(self, name: str) -> None:
        """The next look starts the service again."""
        watched = self._watched[name]
        watched.due_at = time.monotonic()
        watched.is_held = False

    def _plan_restart(self, watched: _Watched, *, now: float) -> None:
        """When it will be started again."""
        if now - watched.started_at > GOOD_AFTER_S:
            watched.crashes = 0
        delay_s = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2**watched.crashes) if watched.crashes else 0.0
        watched.crashes += 1
        watched.due_at = now + delay_s
        when = f"in {delay_s:.1f} s" if delay_s else "now"
        self._report(f"The {watched.service.name} has ended unexpectedly; starting it again {when}.")

    def _restart(self, watched: _Watched, *, now: float) -> None:
        """It exists again, or the next attempt is planned."""
        watched.due_at = None
        watched.started_at = now
        try:
            watched.service.launch()
        except LocalServerError as error:
            self._report(str(error))
