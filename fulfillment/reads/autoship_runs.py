"""Autoship runs as people and shops read them: the list, one run with its counts, its orders by result."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.states import FulfillmentOrderState
from fulfillment.orders.autoship_runs import RUN, count_outcomes, get_run
from fulfillment.orders.autoship_tables import AutoshipKept, AutoshipOrder
from fulfillment.orders.kinds import DueOutcome
from fulfillment.orders.tables import FulfillmentOrder, Order
from fulfillment.store.columns import table_of

DUE: Final = table_of(AutoshipOrder)
KEPT: Final = table_of(AutoshipKept)
ORDER: Final = table_of(Order)
PART: Final = table_of(FulfillmentOrder)

FIRST_PLACE: Final = -1


@dataclass(frozen=True)
class RunDocument:
    """A run with the outcomes of its due orders."""

    run: sa.Row[Any]
    counts: dict[DueOutcome, int]

    @property
    def orders(self) -> int:
        """All due orders."""
        return sum(self.counts.values())


def list_runs(
    session: Session, *, limit: int, after: tuple[datetime, uuid.UUID] | None = None
) -> list[RunDocument]:
    """The runs, the newest first."""
    query = sa.select(RUN).order_by(RUN.c.created_at.desc(), RUN.c.id.desc()).limit(limit)
    if after is not None:
        query = query.where(sa.tuple_(RUN.c.created_at, RUN.c.id) < sa.tuple_(*after))
    runs = session.connection().execute(query).all()
    counts = count_outcomes(session, run_ids=[run.id for run in runs])
    return [RunDocument(run, counts[run.id]) for run in runs]


def read_run(session: Session, *, run_id: uuid.UUID) -> RunDocument:
    """The run with its counts.

    Raises:
        NotFoundError: there is none.
    """
    run = get_run(session, run_id=run_id)
    return RunDocument(run, count_outcomes(session, run_ids=[run_id])[run_id])


def list_results(
    session: Session,
    *,
    run_id: uuid.UUID,
    outcome: DueOutcome | str | None = None,
    after_place: int = FIRST_PLACE,
    limit: int,
) -> Sequence[Any]:
    """The due orders of the run by their place, with what the shop needs to charge or explain them.

    `is_intact` is false where stock was lost under the promise since: such an order had better wait.
    """
    lost = sa.exists().where(
        PART.c.order_id == DUE.c.order_id, PART.c.state == FulfillmentOrderState.BACKORDERED
    )
    query = (
        sa.select(
            DUE.c.order_id,
            DUE.c.place,
            DUE.c.subscription,
            DUE.c.subscribed_on,
            DUE.c.outcome,
            DUE.c.reason,
            DUE.c.skus,
            DUE.c.settled_at,
            ORDER.c.number,
            ORDER.c.total_minor,
            ORDER.c.currency,
            (~lost).label("is_intact"),
        )
        .join(ORDER, ORDER.c.id == DUE.c.order_id)
        .where(DUE.c.run_id == run_id, DUE.c.place > after_place)
        .order_by(DUE.c.place)
        .limit(limit)
    )
    if outcome is not None:
        query = query.where(DUE.c.outcome == DueOutcome(outcome))
    return session.connection().execute(query).all()


def count_reasons(session: Session, *, run_id: uuid.UUID) -> dict[str, int]:
    """Why orders of the run are short, the most frequent reason first."""
    query = (
        sa.select(DUE.c.reason, sa.func.count())
        .where(DUE.c.run_id == run_id, DUE.c.outcome == DueOutcome.SHORT)
        .group_by(DUE.c.reason)
        .order_by(sa.func.count().desc(), DUE.c.reason)
    )
    return {row[0]: row[1] for row in session.connection().execute(query)}


def list_short_skus(session: Session, *, run_id: uuid.UUID, limit: int) -> list[tuple[str, int]]:
    """The SKUs that short orders lack, and how many orders each."""
    lacking = sa.func.jsonb_array_elements_text(DUE.c.skus).table_valued("sku").render_derived()
    query = (
        sa.select(lacking.c.sku, sa.func.count())
        .select_from(DUE)
        .join(lacking, sa.true())
        .where(DUE.c.run_id == run_id, DUE.c.outcome == DueOutcome.SHORT)
        .group_by(lacking.c.sku)
        .order_by(sa.func.count().desc(), lacking.c.sku)
        .limit(limit)
    )
    return [(name, count) for name, count in session.connection().execute(query)]


def count_kept(session: Session, *, run_id: uuid.UUID) -> int:
    """Units that are kept back for the run."""
    query = sa.select(sa.func.coalesce(sa.func.sum(KEPT.c.qty), 0)).where(KEPT.c.run_id == run_id)
    return int(session.connection().execute(query).scalar_one())
