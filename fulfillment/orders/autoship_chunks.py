"""A run's plan while it is carried out: chunks of orders, each promised in one transaction and only once."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.orders.autoship_tables import AutoshipChunk, AutoshipOrder
from fulfillment.orders.kinds import DueOutcome
from fulfillment.store.bulk import copy_rows
from fulfillment.store.columns import JSON_TYPE, table_of

CHUNK: Final = table_of(AutoshipChunk)
DUE: Final = table_of(AutoshipOrder)

_EXPLAIN = sa.text("""
    UPDATE autoship_order d SET reason = w.reason, skus = w.skus
    FROM jsonb_to_recordset(:rows) AS w (order_id uuid, reason text, skus jsonb)
    WHERE d.order_id = w.order_id AND d.outcome = 'waiting'
    """).bindparams(sa.bindparam("rows", type_=JSON_TYPE))


def is_round_planned(session: Session, *, run_id: uuid.UUID, plan_no: int, round_no: int) -> bool:
    """The plan of this round stands, however far it was carried out."""
    query = sa.select(CHUNK.c.number).where(_of_round(run_id, plan_no, round_no)).limit(1)
    return session.connection().execute(query).one_or_none() is not None


def write_chunks(
    session: Session, *, run_id: uuid.UUID, plan_no: int, round_no: int, chunks: Sequence[Sequence[Any]]
) -> None:
    """The plan of the round stands in chunks to be carried out; one without orders has one empty chunk."""
    copy_rows(
        session,
        table=CHUNK,
        columns=["run_id", "plan_no", "round_no", "number", "orders", "promised", "skipped"],
        rows=(
            (run_id, plan_no, round_no, number, list(orders), 0, 0)
            for number, orders in enumerate(chunks or [[]])
        ),
    )


def list_open_chunks(session: Session, *, run_id: uuid.UUID, plan_no: int, round_no: int) -> list[int]:
    """The numbers of the chunks that are not done, in their order."""
    query = (
        sa.select(CHUNK.c.number)
        .where(_of_round(run_id, plan_no, round_no), CHUNK.c.done_at.is_(None))
        .order_by(CHUNK.c.number)
    )
    return list(session.connection().execute(query).scalars())


def take_chunk(
    session: Session, *, run_id: uuid.UUID, plan_no: int, round_no: int, number: int
) -> list[Any] | None:
    """The orders of the chunk, which is ours until the transaction ends; None if another has done it."""
    query = (
        sa.select(CHUNK.c.orders, CHUNK.c.done_at)
        .where(_of_round(run_id, plan_no, round_no), CHUNK.c.number == number)
        .with_for_update()
    )
    row = session.connection().execute(query).one_or_none()
    return None if row is None or row.done_at is not None else list(row.orders)


def end_chunk(
    session: Session,
    *,
    run_id: uuid.UUID,
    plan_no: int,
    round_no: int,
    number: int,
    promised: int,
    skipped: int,
    now: datetime,
) -> None:
    """The chunk is done, and how it went."""
    session.connection().execute(
        sa.update(CHUNK)
        .where(_of_round(run_id, plan_no, round_no), CHUNK.c.number == number)
        .values(promised=promised, skipped=skipped, done_at=now)
    )


def count_skipped(session: Session, *, run_id: uuid.UUID, plan_no: int, round_no: int) -> int:
    """Orders of the round whose stock was gone when their chunk came."""
    query = sa.select(sa.func.coalesce(sa.func.sum(CHUNK.c.skipped), 0))
    return int(session.connection().execute(query.where(_of_round(run_id, plan_no, round_no))).scalar_one())


def forget_chunks(session: Session, *, run_id: uuid.UUID) -> None:
    """The plan is carried out or given up; what it promised stands in the fulfillment orders."""
    session.connection().execute(sa.delete(CHUNK).where(CHUNK.c.run_id == run_id))


def explain_dues(session: Session, *, reasons: Mapping[uuid.UUID, tuple[str, Sequence[str]]]) -> None:
    """Each of these waiting orders says why it is not promised: (reason, the SKUs it lacks)."""
    if not reasons:
        return
    rows = [
        {"order_id": str(order_id), "reason": reason, "skus": list(skus)}
        for order_id, (reason, skus) in reasons.items()
    ]
    session.connection().execute(_EXPLAIN, {"rows": rows})


def leave_short(session: Session, *, run_id: uuid.UUID) -> int:
    """What waits is short now; returns how many orders that is."""
    return _turn(session, run_id, DueOutcome.WAITING, DueOutcome.SHORT)


def wait_again(session: Session, *, run_id: uuid.UUID) -> int:
    """What was short waits for the next plan; returns how many orders that is."""
    return _turn(session, run_id, DueOutcome.SHORT, DueOutcome.WAITING)


def _turn(session: Session, run_id: uuid.UUID, was: DueOutcome, becomes: DueOutcome) -> int:
    statement = (
        sa.update(DUE).where(DUE.c.run_id == run_id, DUE.c.outcome == was).values(outcome=becomes)
    ).execution_options(preserve_rowcount=True)
    return session.connection().execute(statement).rowcount


def _of_round(run_id: uuid.UUID, plan_no: int, round_no: int) -> sa.ColumnElement[bool]:
    return sa.and_(CHUNK.c.run_id == run_id, CHUNK.c.plan_no == plan_no, CHUNK.c.round_no == round_no)
