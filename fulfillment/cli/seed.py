"""Make up a direct-selling company: products, warehouses, members, stock and two weeks of orders."""

import click
from sqlmodel import Session

from fulfillment.accounts.roles import Role
from fulfillment.accounts.users import create_user
from fulfillment.cli._progress import showing_progress
from fulfillment.cli._runtime import command_runtime
from fulfillment.cli.home import home_folder
from fulfillment.core.errors import ConflictError, ForbiddenError
from fulfillment.local.home import Home, Person
from fulfillment.simulation.demand import DAYS, USUAL_PER_DAY
from fulfillment.simulation.seeding import SEED_ACTOR, find_busiest_distributor, seed_company, seed_terms
from fulfillment.store.session import InTransaction

DEFAULT_SEED = 2026
FIRST_WAREHOUSE = "US-CMH"


@click.command("seed", help=__doc__)
@click.option("--seed", default=DEFAULT_SEED, show_default=True, help="Another seed, another company.")
@click.option("--terms-only", is_flag=True, help="Only return rules, cartons and tariffs.")
@click.option(
    "--orders-per-day", default=USUAL_PER_DAY, show_default=True, help="Beside the weekly autoships."
)
@click.option(
    "--days-to-play",
    default=0,
    show_default=True,
    type=click.IntRange(0, DAYS - 1),
    help="Stop the clock so many days ago and leave the orders since then to `fulfillment play`.",
)
def command(*, seed: int, terms_only: bool, orders_per_day: int, days_to_play: int) -> None:
    """The company stands, and one person for each role can sign in; a second run changes nothing."""
    with command_runtime("seed") as runtime:
        if runtime.settings.mode == "production":
            raise ForbiddenError("A made-up company has no place in production; leave it out.")
        if terms_only:
            seed_terms(runtime.in_transaction, policy=runtime.policy)
            return
        with showing_progress() as say:
            is_new = seed_company(
                runtime.in_transaction,
                seed=seed,
                policy=runtime.policy,
                orders_per_day=orders_per_day,
                days_to_play=days_to_play,
                on_progress=lambda what, done, of: say(f"Writing {what}", done, of),
            )
        home = Home(home_folder())
        if home.secrets_file.exists():
            for person in home.people():
                _add_person(runtime.in_transaction, person)
        click.echo("The made-up company stands." if is_new else "The made-up company was there already.")


def _add_person(in_transaction: InTransaction, person: Person) -> None:
    """The person can sign in; one who was there keeps password and role."""
    role = Role(person.role)

    def add(session: Session) -> None:
        create_user(
            session,
            actor=SEED_ACTOR,
            email=person.email,
            name=f"{person.role.capitalize()} Example",
            role=role,
            password=person.password,
            member_number=find_busiest_distributor(session) if role is Role.DISTRIBUTOR else None,
            warehouse_code=FIRST_WAREHOUSE if role is Role.WAREHOUSE else None,
        )

    try:
        in_transaction(add)
    except ConflictError:
        return
