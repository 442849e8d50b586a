"""Make and revoke API tokens."""

from uuid import UUID

import click

from fulfillment.accounts import tokens
from fulfillment.accounts.roles import SCOPES
from fulfillment.cli._runtime import COMMAND_LINE, command_runtime

NAME = "tokens"


@click.group(NAME, help=__doc__)
def command() -> None:
    """API tokens."""


@command.command("create")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, help="May be repeated; `tokens scopes` lists them.")
@click.option("--all-scopes", is_flag=True, help="Every scope a token may carry.")
@click.option("--days", default=90, show_default=True, help="How long it lives.")
@click.option("--member", "member_number", help="Narrow it to what is this member's.")
def create(
    name: str, scopes: tuple[str, ...], days: int, member_number: str | None, *, all_scopes: bool
) -> None:
    """Make a token and print it; it is shown only now."""
    wanted = sorted(scope.value for scope in SCOPES) if all_scopes else list(scopes)
    with command_runtime(NAME) as runtime:
        made = runtime.in_transaction(
            lambda session: tokens.create_token(
                session, actor=COMMAND_LINE, name=name, scopes=wanted, days=days, member_number=member_number
            )
        )
    click.echo(made.secret)


@command.command("revoke")
@click.argument("token_id", type=click.UUID)
def revoke(token_id: UUID) -> None:
    """Shut out whoever uses the token."""
    with command_runtime(NAME) as runtime:
        runtime.in_transaction(
            lambda session: tokens.revoke_token(session, actor=COMMAND_LINE, token_id=token_id)
        )
    click.echo(f"{token_id} lets nobody in any more.")


@command.command("list")
def list_tokens() -> None:
    """Print every token, without its secret."""
    with command_runtime(NAME) as runtime:
        listed = runtime.in_transaction(tokens.list_tokens)
    for token in listed:
        state = "revoked" if token.revoked_at else f"until {token.expires_at:%Y-%m-%d}"
        click.echo(f"{token.id} {token.hint}… {state}  {token.name}: {', '.join(token.scopes)}")


@command.command("scopes")
def list_scopes() -> None:
    """Print the scopes a token may carry."""
    for scope in sorted(SCOPES):
        click.echo(scope.value)
