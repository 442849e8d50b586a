"""The one place that commits: a command is one transaction, and the commit is its acknowledgement."""

import secrets
import time
from collections.abc import Callable
from typing import Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlmodel import Session

from fulfillment.core.errors import UnavailableError
from fulfillment.store.crash import crash_point

T = TypeVar("T")

MAX_TRIES = 5
FIRST_PAUSE_S = 0.02
LONGEST_PAUSE_S = 1.0

# PostgreSQL's codes (manual, appendix A): the transaction was rolled back and may simply be repeated.
LOST_RACE = frozenset({"40001", "40P01"})
# Nothing is wrong with the command: locks, space, connections or the server itself are not to be had now.
NOT_NOW = frozenset(
    {"25P03", "53000", "53100", "53200", "53300", "55P03", "57014", "57P01", "57P02", "57P03"}
)


class InTransaction(Protocol):
    """`in_transaction` bound to an engine, as flows receive it."""

    def __call__(self, work: Callable[[Session], T]) -> T:
        """The work is committed, once, or has left no trace."""
        ...


def transactions_on(engine: Engine) -> InTransaction:
    """`in_transaction` for this engine, to hand to a flow."""

    def run(work: Callable[[Session], T]) -> T:
        return in_transaction(engine, work)

    return run


def in_transaction(engine: Engine, work: Callable[[Session], T], *, attempts: int = MAX_TRIES) -> T:
    """The work is committed, once, or has left no trace.

    The work may run several times, each time on a fresh session: after a deadlock or a serialization
    failure, and after a connection that died before COMMIT was sent. It must not touch anything outside.

    Raises:
        UnavailableError: the database does not answer, or died during COMMIT. In the latter case
            `detail["outcome"]` is "unknown": half of such commits have happened (see docs/decisions), so
            only a repetition under the same idempotency key is safe.
    """
    for attempt in range(1, attempts + 1):
        try:
            return _try_once(engine, work)
        except (DBAPIError, PoolTimeoutError) as error:
            if not _may_repeat(error) or attempt == attempts:
                _refuse_if_unavailable(error)
                raise
        _pause(attempt)
    raise AssertionError("the last attempt returns or raises")


def read_only(engine: Engine, work: Callable[[Session], T]) -> T:
    """What the work reads, all of it as of one snapshot; it cannot write."""
    snapshot = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    try:
        with Session(snapshot, expire_on_commit=False, autoflush=False) as session:
            return work(session)
    except (DBAPIError, PoolTimeoutError) as error:
        _refuse_if_unavailable(error)
        raise


def _try_once(engine: Engine, work: Callable[[Session], T]) -> T:
    """One attempt, on a session of its own that is closed afterwards whatever happens."""
    with Session(engine, expire_on_commit=False) as session:
        result = work(session)
        session.flush()
        crash_point("before_commit")
        try:
            session.commit()
        except DBAPIError as error:
            if error.connection_invalidated:
                raise UnavailableError(
                    "The database went away while the change was being saved. It may or may not have been "
                    "saved; repeat the request with the same idempotency key.",
                    outcome="unknown",
                ) from error
            raise
        crash_point("after_commit")
        return result


def _may_repeat(error: DBAPIError | PoolTimeoutError) -> bool:
    """Whether the transaction surely left no trace and might succeed when repeated at once."""
    if not isinstance(error, DBAPIError):
        return False
    return error.connection_invalidated or _sqlstate(error) in LOST_RACE


def _refuse_if_unavailable(error: DBAPIError | PoolTimeoutError) -> None:
    """Raises the refusal that says to come back later, where that is what the error means."""
    if isinstance(error, DBAPIError):
        state = _sqlstate(error)
        is_connection_lost = error.connection_invalidated or isinstance(error, sa.exc.OperationalError)
        is_passing = state in NOT_NOW | LOST_RACE or (state is None and is_connection_lost)
        if not is_passing:
            return
    raise UnavailableError(
        "The database cannot take this now. Nothing was changed; try again in a few seconds.",
        outcome="nothing",
    ) from error


def _sqlstate(error: DBAPIError) -> str | None:
    """PostgreSQL's five-character code, None where the server said nothing."""
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state


def _pause(attempt: int) -> None:
    """A growing pause with jitter, so that those who collided do not collide again."""
    longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**attempt)
    time.sleep(longest * secrets.randbelow(1000) / 1000)
