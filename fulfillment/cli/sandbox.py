"""Run the sandbox courier or payment provider: servers that act like the real ones, with no account."""

from collections.abc import Callable
from pathlib import Path

import click

from fulfillment.core.errors import InvalidInputError
from fulfillment.sandbox.courier_app import LIVE_TOKEN
from fulfillment.sandbox.server import run_courier, run_payments

HIGHEST_PORT = 65_535


def _common(command: Callable[..., None]) -> Callable[..., None]:
    """The options that both servers share."""
    port = click.option(
        "--port",
        type=click.IntRange(0, HIGHEST_PORT),
        default=0,
        help="Port on the loopback address; 0 takes a free one and says which.",
    )
    state = click.option(
        "--state",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder with what was sold and paid; FULFILLMENT_HOME/sandbox if not given.",
    )
    home = click.option(
        "--home",
        envvar="FULFILLMENT_HOME",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path(".fulfillment"),
        hidden=True,
    )
    return port(state(home(command)))


@click.group("sandbox", help=__doc__)
def command() -> None:
    """The servers end on SIGINT or SIGTERM and keep their state."""


@command.command("courier")
@_common
@click.option(
    "--webhook-secret",
    envvar="FULFILLMENT_SHIPPO_WEBHOOK_SECRET",
    default="",
    help="Signs webhooks as Shippo does; without it they are unsigned.",
)
@click.option("--token", envvar="SHIPPO_API_TOKEN", default="", hidden=True)
def courier(port: int, state: Path | None, home: Path, webhook_secret: str, token: str) -> None:
    """Speak Shippo's API; every shippo_test_ token is welcome."""
    if token.startswith(LIVE_TOKEN):
        raise InvalidInputError(
            "SHIPPO_API_TOKEN is a live token; the sandbox courier does not start beside it. Unset it first."
        )
    run_courier(port=port, folder=state or home / "sandbox", webhook_secret=webhook_secret)


@command.command("payments")
@_common
@click.option(
    "--token",
    envvar="FULFILLMENT_PAYMENT_TOKEN",
    default="",
    help="The one token that gets in; without it any does.",
)
def payments(port: int, state: Path | None, home: Path, token: str) -> None:
    """Pay refunds back, once for each key."""
    run_payments(port=port, folder=state or home / "sandbox", token=token)
