"""Starting the sandbox servers: in the foreground for the command, or in a thread for tests."""

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fulfillment.core.places import find_place
from fulfillment.sandbox.courier import Courier
from fulfillment.sandbox.courier_app import make_courier_app
from fulfillment.sandbox.http import LOOPBACK, AppServer
from fulfillment.sandbox.payments import Payments
from fulfillment.sandbox.payments_app import make_payments_app
from fulfillment.sandbox.webhooks import RETRY_AFTER_S, Messenger


@dataclass(frozen=True)
class RunningCourier:
    """A courier that answers at an address; its state can be looked into from the same process."""

    url: str
    courier: Courier


@dataclass(frozen=True)
class RunningPayments:
    """A payment provider that answers at an address."""

    url: str
    payments: Payments


@contextmanager
def serve_courier(
    folder: Path,
    *,
    port: int = 0,
    host: str = LOOPBACK,
    webhook_secret: str = "",
    retry_after_s: Sequence[float] = RETRY_AFTER_S,
) -> Iterator[RunningCourier]:
    """A courier with its state in a folder, on a port of its own choosing if none is given."""
    courier = Courier(folder, webhook_secret=webhook_secret)
    server = AppServer(make_courier_app(courier), port=port, host=host)
    courier.base_url = server.url
    messenger = Messenger(courier, retry_after_s=retry_after_s)
    server.start()
    messenger.start()
    try:
        yield RunningCourier(server.url, courier)
    finally:
        messenger.stop()
        server.stop()
        courier.storage.close()


@contextmanager
def serve_payments(
    folder: Path, *, port: int = 0, host: str = LOOPBACK, token: str = ""
) -> Iterator[RunningPayments]:
    """A payment provider with its state in a folder; with a token it takes orders with that one only."""
    payments = Payments(folder)
    server = AppServer(make_payments_app(payments, token=token), port=port, host=host)
    server.start()
    try:
        yield RunningPayments(server.url, payments)
    finally:
        server.stop()
        payments.storage.close()


def run_courier(*, port: int, folder: Path, host: str = LOOPBACK, webhook_secret: str = "") -> None:
    """The courier serves until SIGINT or SIGTERM."""
    # The table of ZIPs takes a third of a second to load; the first quote shall not wait for it.
    threading.Thread(target=find_place, args=("10001",), name="places", daemon=True).start()
    with serve_courier(folder, port=port, host=host, webhook_secret=webhook_secret) as running:
        _serve_until_told(f"The sandbox courier listens on {running.url}")


def run_payments(*, port: int, folder: Path, host: str = LOOPBACK, token: str = "") -> None:
    """The payment provider serves until SIGINT or SIGTERM."""
    with serve_payments(folder, port=port, host=host, token=token) as running:
        _serve_until_told(f"The sandbox payment provider listens on {running.url}")


def _serve_until_told(sentence: str) -> None:
    is_over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: is_over.set())
    print(sentence, flush=True)  # noqa: T201 - the command's own word
    is_over.wait()
