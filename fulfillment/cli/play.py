"""Bring the made-up company up to now: play its last days through the running product."""

from functools import partial

import click

from fulfillment.accounts.roles import SCOPES
from fulfillment.accounts.tokens import NewToken, create_token, revoke_token
from fulfillment.cli._progress import showing_progress
from fulfillment.cli._runtime import command_runtime
from fulfillment.core.errors import ForbiddenError
from fulfillment.simulation.days.days import LastDays
from fulfillment.simulation.river.api import Api
from fulfillment.simulation.seeding import SEED_ACTOR
from fulfillment.store.session import InTransaction

NAMES = ("Customer service (played)", "Supervisor (played)")


@click.command("play", help=__doc__)
def command() -> None:
    """Every desk has work: for a company made by `fulfillment seed --days-to-play`, beside a running demo."""
    with command_runtime("play") as runtime:
        if runtime.settings.mode == "production":
            raise ForbiddenError("In production the days pass by themselves.")
        tokens = [_make_token(runtime.in_transaction, name) for name in NAMES]
        try:
            with showing_progress() as say:
                days = LastDays(
                    in_transaction=runtime.in_transaction,
                    policy=runtime.policy,
                    service=Api(runtime.settings.public_url, token=tokens[0].secret),
                    supervisor=Api(runtime.settings.public_url, token=tokens[1].secret),
                    courier_url=runtime.settings.shippo_url,
                    say=say,
                )
                has_played = days.play()
        finally:
            for token in tokens:
                _revoke(runtime.in_transaction, token)
    for problem in days.problems:
        click.echo(f"! {problem}")
    click.echo("The company is up to now." if has_played else "The company was up to now already.")


def _make_token(in_transaction: InTransaction, name: str) -> NewToken:
    scopes = sorted(scope.value for scope in SCOPES)
    return in_transaction(partial(create_token, actor=SEED_ACTOR, name=name, scopes=scopes, days=1))


def _revoke(in_transaction: InTransaction, token: NewToken) -> None:
    in_transaction(partial(revoke_token, actor=SEED_ACTOR, token_id=token.id))
