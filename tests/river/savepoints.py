"""Transactions that are savepoints of one that is rolled back, and hands that run jobs in them."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Final, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlmodel import Session
from typing_extensions import override

from fulfillment.config import load_settings
from fulfillment.core import job_kinds
from fulfillment.core.policy import CompanyPolicy
from fulfillment.flows.fill_backorders import fill_backorders
from fulfillment.flows.route_orders import route_orders
from fulfillment.jobs.context import Handler, JobContext
from fulfillment.jobs.registry import HANDLERS
from fulfillment.jobs.runner import try_job
from fulfillment.routing.apart import plan_here
from fulfillment.runtime import Runtime
from fulfillment.store.jobs import due_jobs
from fulfillment.store.session import InTransaction
from tests.river.carriers import ForgetfulCarrier
from tests.river.company import POLICY
from tests.river.gateways import ForgetfulGateway

T = TypeVar("T")

ROUNDS: Final = 12
"""Jobs promise jobs: buy, look, void, fetch; more rounds than the longest such chain."""

HURRY: Final = sa.text("UPDATE job SET due_at = now() WHERE state = 'queued'")


def savepoints_on(connection: Connection) -> InTransaction:
    """`in_transaction` whose commits are savepoints of the connection's transaction."""

    def run(work: Callable[[Session], T]) -> T:
        with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
            result = work(session)
            session.commit()
            return result

    return run


@dataclass(frozen=True)
class RolledBackRuntime(Runtime):
    """The runtime of a worker that lives inside one transaction."""

    connection: Connection

    @cached_property
    @override
    def in_transaction(self) -> InTransaction:
        """Savepoints of the connection's transaction."""
        return savepoints_on(self.connection)

    @cached_property
    @override
    def policy(self) -> CompanyPolicy:
        """The company of the river, which waits for nothing."""
        return POLICY


def make_hands(connection: Connection, carrier: ForgetfulCarrier, gateway: ForgetfulGateway) -> "Hands":
    """Hands for the jobs of this connection's transaction."""
    settings = load_settings(mode="test", job_lease_s=25)
    runtime = RolledBackRuntime(
        settings=settings,
        engine=connection.engine,
        carrier=carrier,
        gateways={gateway.name: gateway},
        connection=connection,
    )
    return Hands(runtime)


@dataclass(frozen=True)
class Hands:
    """Runs jobs one after another, as a worker would."""

    runtime: RolledBackRuntime

    def work(self, *, rounds: int = ROUNDS) -> None:
        """Every job that waits was tried, and those that it promised."""
        for _ in range(rounds):
            due = self.runtime.in_transaction(_find_due)
            if not due:
                return
            for job_id in due:
                try_job(self.runtime, job_id, handlers=HERE)


def _find_due(session: Session) -> list[uuid.UUID]:
    session.connection().execute(HURRY)
    return due_jobs(session, limit=500)


def _fill(context: JobContext) -> None:
    """Backorders, on a snapshot that is the transaction itself."""
    transaction = context.runtime.in_transaction
    fill_backorders(transaction, transaction, actor=context.actor)
    context.in_transaction(partial(context.finish, result={}))


def _route(context: JobContext) -> None:
    """The planner, on a snapshot that is the transaction itself."""
    transaction = context.runtime.in_transaction
    route_orders(
        transaction, transaction, trigger="job", actor=context.actor, time_limit_s=1, planner=plan_here
    )
    context.in_transaction(partial(context.finish, result={}))


HERE: Final[Mapping[str, Handler]] = {
    **HANDLERS,
    job_kinds.FILL_BACKORDERS: _fill,
    job_kinds.ROUTE_ORDERS: _route,
}
