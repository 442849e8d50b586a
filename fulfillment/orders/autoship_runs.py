"""Autoship runs: opened, found, moved from state to state, and what they say of themselves."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError, NotFoundError
from fulfillment.core.ids import new_id
from fulfillment.core.states import AUTOSHIP_RUN, AutoshipRunState
from fulfillment.orders.autoship_tables import AutoshipOrder, AutoshipRun
from fulfillment.orders.kinds import DueOutcome
from fulfillment.store.actors import Actor
from fulfillment.store.columns import table_of
from fulfillment.store.history import begin_history, move_state
from fulfillment.store.numbers import next_number

RUN: Final = table_of(AutoshipRun)
DUE: Final = table_of(AutoshipOrder)

S = AutoshipRunState
BEFORE_CHARGE: Final = (S.COLLECTING, S.PLANNING, S.PROMISED)
WITH_PROMISES: Final = (S.PLANNING, S.PROMISED, S.CHARGING)


def open_run(
    session: Session, *, source: str, period: str, due_on: date, actor: Actor
) -> tuple[uuid.UUID, str]:
    """A run collects the due orders of a period; returns its id and number.

    Raises:
        InvalidInputError: the source or the period is empty.
    """
    if not source.strip() or not period.strip():
        raise InvalidInputError("An autoship run needs a source and a period, such as shop and 2026-11.")
    run_id, number = new_id(), next_number(session, "A")
    session.connection().execute(
        sa.insert(RUN).values(
            id=run_id, number=number, source=source.strip(), period=period.strip(), due_on=due_on
        )
    )
    begin_history(
        session, table=RUN, object_ids=[run_id], state=S.COLLECTING, actor=actor, reason="due orders may come"
    )
    return run_id, number


def get_run(session: Session, *, run_id: uuid.UUID, lock: bool = False) -> sa.Row[Any]:
    """The run with this id; locked until the transaction ends if asked.

    Raises:
        NotFoundError: there is none.
    """
    query = sa.select(RUN).where(RUN.c.id == run_id)
    if lock:
        query = query.with_for_update(key_share=True)
    row = session.connection().execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no autoship run {run_id}.")
    return row


def find_run(session: Session, *, number: str) -> sa.Row[Any]:
    """The run people call by this number.

    Raises:
        NotFoundError: there is none.
    """
    query = sa.select(RUN).where(RUN.c.number == number.strip().upper())
    row = session.connection().execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no autoship run {number}.", number=number)
    return row


def require_state(run: sa.Row[Any], *states: AutoshipRunState, deed: str) -> None:
    """The run is in one of these states.

    Raises:
        ConflictError: it is not; the sentence names the deed it does not allow.
    """
    if run.state not in states:
        raise ConflictError(
            f"Autoship run {run.number} is {run.state.value}; {deed} is possible while it is "
            f"{' or '.join(state.value for state in states)}.",
            state=run.state.value,
        )


def move_run(
    session: Session,
    *,
    run_id: uuid.UUID,
    to: AutoshipRunState,
    actor: Actor,
    reason: str,
    expected: Collection[AutoshipRunState] | None = None,
    values: Mapping[str, Any] | None = None,
) -> None:
    """The run is in this state and its history says why.

    Raises:
        NotAllowedEdgeError: no edge leads there from where it stands.
    """
    move_state(
        session,
        table=RUN,
        object_id=run_id,
        edges=AUTOSHIP_RUN,
        to=to,
        actor=actor,
        reason=reason,
        expected=None if expected is None else [state.value for state in expected],
        values=values,
    )


def note_progress(session: Session, *, run_id: uuid.UUID, progress: Mapping[str, Any]) -> AutoshipRunState:
    """What the run does now can be read by others; returns its state, which others may have changed."""
    statement = (
        sa.update(RUN).where(RUN.c.id == run_id).values(progress=dict(progress)).returning(RUN.c.state)
    )
    state: AutoshipRunState = session.connection().execute(statement).scalar_one()
    return state


def count_outcomes(
    session: Session, *, run_ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, dict[DueOutcome, int]]:
    """How many due orders of each run ended how."""
    query = (
        sa.select(DUE.c.run_id, DUE.c.outcome, sa.func.count())
        .where(DUE.c.run_id.in_(list(run_ids)))
        .group_by(DUE.c.run_id, DUE.c.outcome)
    )
    counts: dict[uuid.UUID, dict[DueOutcome, int]] = {run_id: {} for run_id in run_ids}
    for run_id, outcome, count in session.connection().execute(query):
        counts[run_id][outcome] = count
    return counts


def set_outcomes(
    session: Session,
    *,
    order_ids: Collection[uuid.UUID],
    outcome: DueOutcome,
    reason: str = "",
    settled_at: datetime | None = None,
) -> None:
    """These due orders ended so; the caller has locked them."""
    session.connection().execute(
        sa.update(DUE)
        .where(DUE.c.order_id.in_(list(order_ids)))
        .values(outcome=outcome, reason=reason, skus=[], settled_at=settled_at)
    )


def lock_dues(
    session: Session, *, order_ids: Collection[uuid.UUID], outcomes: Collection[DueOutcome]
) -> list[uuid.UUID]:
    """Those of the orders whose outcome is one of these, locked in the order of their ids."""
    query = (
        sa.select(DUE.c.order_id, DUE.c.outcome)
        .where(DUE.c.order_id.in_(list(order_ids)))
        .order_by(DUE.c.order_id)
        .with_for_update()
    )
    wanted = set(outcomes)
    return [row.order_id for row in session.connection().execute(query) if row.outcome in wanted]
