"""State changes: one conditional UPDATE per move, written to the history by the same statement."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from fulfillment.core.errors import NotAllowedEdgeError, NotFoundError
from fulfillment.core.states import Edges
from fulfillment.store.actors import Actor
from fulfillment.store.clock import read_now
from fulfillment.store.columns import table_of
from fulfillment.store.tables import StateHistory

HISTORY = table_of(StateHistory)

Table = sa.Table | type[SQLModel]
"""The table of a stateful object: its primary key is one column, its state is called `state`."""


def move_state(
    session: Session,
    *,
    table: Table,
    object_id: UUID | str,
    edges: Edges,
    to: str,
    actor: Actor,
    reason: str,
    expected: str | Collection[str] | None = None,
    values: Mapping[str, Any] | None = None,
) -> str:
    """The object is in state `to`, and its history says who, when and why; returns the state it left.

    `expected` narrows the states it may leave. `values` are other columns to set in the same UPDATE.

    Raises:
        NotFoundError: there is no such object.
        NotAllowedEdgeError: it is in a state from which no edge leads to `to`; nothing was changed.
    """
    target = table_of(table)
    left = move_states(
        session,
        table=target,
        object_ids=[object_id],
        edges=edges,
        to=to,
        actor=actor,
        reason=reason,
        expected=expected,
        values=values,
    )
    if left:
        return left[object_id]
    key = _key(target)
    found = (
        session.connection().execute(sa.select(target.c.state).where(key == object_id)).scalar_one_or_none()
    )
    words = target.name.replace("_", " ")
    if found is None:
        raise NotFoundError(f"There is no {words} {object_id}.", object_kind=target.name)
    raise NotAllowedEdgeError(
        f"This {words} is {_words(found)} and cannot become {_words(to)}.",
        object_kind=target.name,
        object_id=str(object_id),
        state=str(found),
        to=str(to),
    )


def move_states(
    session: Session,
    *,
    table: Table,
    object_ids: Sequence[UUID | str],
    edges: Edges,
    to: str,
    actor: Actor,
    reason: str,
    expected: str | Collection[str] | None = None,
    values: Mapping[str, Any] | None = None,
) -> dict[UUID | str, str]:
    """Those of the objects that may have moved to `to`; returns for each of them the state it left.

    The rows are locked in the order of their keys. Objects in another state are left alone: the caller
    compares what it asked with what it got.
    """
    target = table_of(table)
    key = _key(target)
    sources = [state.value for state in _sources(edges, to, expected)]
    # What is locked is also what is current: a second mover waits here and then sees the first one's state.
    # The key stays as it is, so rows that point here (FOR KEY SHARE) neither wait nor make anyone wait.
    old = (
        sa.select(key.label("id"), sa.cast(target.c.state, sa.Text).label("state"))
        .where(key.in_(object_ids))
        .order_by(key)
        .with_for_update(key_share=True)
        .cte("old")
    )
    moved = (
        sa.update(target)
        .where(key == old.c.id, old.c.state.in_(sources))
        .values({**(values or {}), "state": to})
        .returning(old.c.id, old.c.state)
        .cte("moved")
    )
    written = sa.select(
        sa.literal(read_now(session), sa.DateTime(timezone=True)),
        sa.literal(target.name),
        sa.cast(moved.c.id, sa.Text),
        moved.c.state,
        sa.literal(str(to)),
        *(sa.literal(text) for text in (actor.kind, actor.id, actor.name, reason)),
    )
    logged = sa.insert(HISTORY).inline().from_select(_HISTORY_COLUMNS, written).cte("logged")
    rows = session.connection().execute(sa.select(moved.c.id, moved.c.state).add_cte(logged)).all()
    return {row.id: row.state for row in rows}


def begin_history(
    session: Session,
    *,
    table: Table,
    object_ids: Sequence[UUID | str],
    state: str,
    actor: Actor,
    reason: str,
) -> None:
    """The history of these new objects begins with the state they were made in."""
    if not object_ids:
        return
    values = {
        "at": read_now(session),
        "kind": table_of(table).name,
        "ids": [str(object_id) for object_id in object_ids],
        "state": str(state),
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_name": actor.name,
        "reason": reason,
    }
    session.connection().execute(_BEGIN, values)


# Text and not an expression: building one for every new order costs more than sending it.
_BEGIN = sa.text("""
    INSERT INTO state_history (
        at, object_kind, object_id, from_state, to_state, actor_kind, actor_id, actor_name, reason
    )
    SELECT CAST(:at AS timestamptz), CAST(:kind AS text), id, NULL, CAST(:state AS text),
        CAST(:actor_kind AS text), CAST(:actor_id AS text), CAST(:actor_name AS text), CAST(:reason AS text)
    FROM unnest(CAST(:ids AS text[])) AS new (id)
    """)

_HISTORY_COLUMNS = [
    "at",
    "object_kind",
    "object_id",
    "from_state",
    "to_state",
    "actor_kind",
    "actor_id",
    "actor_name",
    "reason",
]


def _key(table: sa.Table) -> sa.Column[Any]:
    """The one column of the primary key."""
    (key,) = table.primary_key.columns
    return key


def _sources(edges: Edges, to: str, expected: str | Collection[str] | None) -> list[Any]:
    """The states from which an edge leads to `to`, narrowed to those expected."""
    sources = [state for state, targets in edges.items() if to in targets]
    if expected is None:
        return sources
    allowed = {expected} if isinstance(expected, str) else set(expected)
    return [state for state in sources if state in allowed]


def _words(state: str) -> str:
    """A state as it is said in a sentence."""
    return str(state).replace("_", " ")
