"""Make users, reset their passwords, disable and enable them."""

import click
from sqlmodel import Session

from fulfillment.accounts import links, queries, users
from fulfillment.accounts.roles import Role
from fulfillment.cli._runtime import COMMAND_LINE, command_runtime
from fulfillment.config import Settings

NAME = "users"

role_option = click.option("--role", type=click.Choice([role.value for role in Role]), required=True)


def _link(settings: Settings, secret: str) -> str:
    return f"{settings.public_url.rstrip('/')}/link/{secret}"


@click.group(NAME, help=__doc__)
def command() -> None:
    """Users from invitation to the day they leave."""


@command.command("create")
@click.argument("email")
@click.option("--name", required=True, help="As colleagues know them.")
@role_option
@click.option("--member", "member_number", help="Member number, for a distributor.")
@click.option("--warehouse", "warehouse_code", help="Warehouse code, for a warehouse user.")
@click.password_option(help="Asked for if it is not given; at least 12 characters.")
def create(
    *, email: str, name: str, role: str, member_number: str | None, warehouse_code: str | None, password: str
) -> None:
    """Make a user who can sign in at once."""
    with command_runtime(NAME) as runtime:
        runtime.in_transaction(
            lambda session: users.create_user(
                session,
                actor=COMMAND_LINE,
                email=email,
                name=name,
                role=Role(role),
                password=password,
                member_number=member_number,
                warehouse_code=warehouse_code,
            )
        )
    click.echo(f"{email} can sign in as {role}.")


@command.command("invite")
@click.argument("email")
@click.option("--name", required=True, help="As colleagues know them.")
@role_option
@click.option("--member", "member_number", help="Member number, for a distributor.")
@click.option("--warehouse", "warehouse_code", help="Warehouse code, for a warehouse user.")
def invite(
    *, email: str, name: str, role: str, member_number: str | None, warehouse_code: str | None
) -> None:
    """Make a user who chooses a password by a one-time link, which is printed."""
    with command_runtime(NAME) as runtime:
        _user_id, secret = runtime.in_transaction(
            lambda session: users.invite_user(
                session,
                actor=COMMAND_LINE,
                email=email,
                name=name,
                role=Role(role),
                member_number=member_number,
                warehouse_code=warehouse_code,
            )
        )
        click.echo(_link(runtime.settings, secret))


@command.command("reset")
@click.argument("email")
def reset(email: str) -> None:
    """Print a one-time link by which the user chooses a new password."""

    def work(session: Session) -> str:
        user = queries.find_user_by_email(session, email=email)
        return links.make_reset_link(session, actor=COMMAND_LINE, user_id=user.id)

    with command_runtime(NAME) as runtime:
        click.echo(_link(runtime.settings, runtime.in_transaction(work)))


@command.command("disable")
@click.argument("email")
def disable(email: str) -> None:
    """Shut a user out and end all their sessions."""

    def work(session: Session) -> None:
        user = queries.find_user_by_email(session, email=email)
        users.disable_user(session, actor=COMMAND_LINE, user_id=user.id)

    with command_runtime(NAME) as runtime:
        runtime.in_transaction(work)
    click.echo(f"{email} can no longer sign in.")


@command.command("enable")
@click.argument("email")
def enable(email: str) -> None:
    """Let a disabled user sign in again."""

    def work(session: Session) -> None:
        user = queries.find_user_by_email(session, email=email)
        users.enable_user(session, actor=COMMAND_LINE, user_id=user.id)

    with command_runtime(NAME) as runtime:
        runtime.in_transaction(work)
    click.echo(f"{email} can sign in again.")


@command.command("list")
def list_users() -> None:
    """Print every user with role and state."""
    with command_runtime(NAME) as runtime:
        listed = runtime.in_transaction(queries.list_users)
    for user in listed:
        click.echo(f"{user.role.value:<12} {user.state.value:<9} {user.email}  {user.name}")
