"""Make users, reset their passwords, disable and enable them."""

import click
from sqlmodel import Session

from fulfillment.accounts import links, queries, users
from fulfillment.accounts.roles import Role
from fulfillment.config import Settings, load_settings
from fulfillment.runtime import Runtime, make_runtime
from fulfillment.store.actors import Actor

COMMAND_LINE = Actor(kind="system", id="command-line", name="Command line")

role_option = click.option("--role", type=click.Choice([role.value for role in Role]), required=True)


def _runtime() -> tuple[Settings, Runtime]:
    settings = load_settings()
    return settings, make_runtime(settings, application_name="fulfillment-users")


def _link(settings: Settings, secret: str) -> str:
    return f"{settings.public_url.rstrip('/')}/link/{secret}"


@click.group("users", help=__doc__)
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
    _settings, runtime = _runtime()
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
    settings, runtime = _runtime()
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
    click.echo(_link(settings, secret))


@command.command("reset")
@click.argument("email")
def reset(email: str) -> None:
    """Print a one-time link by which the user chooses a new password."""
    settings, runtime = _runtime()

    def work(session: Session) -> str:
        user = queries.find_user_by_email(session, email=email)
        return links.make_reset_link(session, actor=COMMAND_LINE, user_id=user.id)

    click.echo(_link(settings, runtime.in_transaction(work)))


@command.command("disable")
@click.argument("email")
def disable(email: str) -> None:
    """Shut a user out and end all their sessions."""
    _settings, runtime = _runtime()

    def work(session: Session) -> None:
        user = queries.find_user_by_email(session, email=email)
        users.disable_user(session, actor=COMMAND_LINE, user_id=user.id)

    runtime.in_transaction(work)
    click.echo(f"{email} can no longer sign in.")


@command.command("enable")
@click.argument("email")
def enable(email: str) -> None:
    """Let a disabled user sign in again."""
    _settings, runtime = _runtime()

    def work(session: Session) -> None:
        user = queries.find_user_by_email(session, email=email)
        users.enable_user(session, actor=COMMAND_LINE, user_id=user.id)

    runtime.in_transaction(work)
    click.echo(f"{email} can sign in again.")


@command.command("list")
def list_users() -> None:
    """Print every user with role and state."""
    _settings, runtime = _runtime()
    for user in runtime.in_transaction(queries.list_users):
        click.echo(f"{user.role.value:<12} {user.state.value:<9} {user.email}  {user.name}")
