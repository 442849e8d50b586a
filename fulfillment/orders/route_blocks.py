"""Blocks of a plan that any worker may solve: offered, answered once, and closed when answers are of no use.

A block's time is the database's own, because the business clock may be moved while a plan runs.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.orders.route_tables import RouteBlock
from fulfillment.store.columns import table_of

BLOCK = table_of(RouteBlock)
CLOCK: Final = sa.func.clock_timestamp()


@dataclass(frozen=True)
class OpenBlock:
    """A block that still wants an answer, and for how many seconds it does."""

    task: bytes
    seconds_left: float


def offer_blocks(
    session: Session, *, plan_id: uuid.UUID, first: int, tasks: Sequence[bytes], seconds: float
) -> None:
    """The blocks can be solved by anybody for so long; they are numbered from `first`."""
    until = CLOCK + timedelta(seconds=seconds)
    session.connection().execute(
        sa.insert(BLOCK),
        [
            {"plan_id": plan_id, "number": number, "task": task}
            for number, task in enumerate(tasks, start=first)
        ],
    )
    session.connection().execute(
        sa.update(BLOCK).where(BLOCK.c.plan_id == plan_id, BLOCK.c.number >= first).values(until=until)
    )


def find_open_block(session: Session, *, plan_id: uuid.UUID, number: int) -> OpenBlock | None:
    """The block, if an answer to it is still of use."""
    left = sa.extract("epoch", BLOCK.c.until - CLOCK)
    statement = sa.select(BLOCK.c.task, left.label("left")).where(
        BLOCK.c.plan_id == plan_id, BLOCK.c.number == number, BLOCK.c.answered_at.is_(None), left > 0
    )
    row = session.connection().execute(statement).one_or_none()
    return None if row is None else OpenBlock(bytes(row.task), float(row.left))


def answer_block(session: Session, *, plan_id: uuid.UUID, number: int, answer: bytes) -> bool:
    """The block has this answer; false where it had one before, or none is of use any more."""
    statement = (
        sa.update(BLOCK)
        .where(BLOCK.c.plan_id == plan_id, BLOCK.c.number == number, BLOCK.c.answered_at.is_(None))
        .values(answer=answer, answered_at=CLOCK)
    )
    return session.connection().execute(statement).rowcount == 1


def list_answers(session: Session, *, plan_id: uuid.UUID, numbers: Sequence[int]) -> list[tuple[int, bytes]]:
    """The answers to those of these blocks that have one."""
    statement = sa.select(BLOCK.c.number, BLOCK.c.answer).where(
        BLOCK.c.plan_id == plan_id, BLOCK.c.number.in_(numbers), BLOCK.c.answered_at.is_not(None)
    )
    rows = session.connection().execute(statement.order_by(BLOCK.c.number))
    return [(row.number, bytes(row.answer)) for row in rows]


def close_blocks(session: Session, *, plan_id: uuid.UUID) -> None:
    """No block of the plan takes an answer any more, and none takes up room."""
    session.connection().execute(sa.delete(BLOCK).where(BLOCK.c.plan_id == plan_id))
