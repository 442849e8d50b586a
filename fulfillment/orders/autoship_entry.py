"""Due orders enter an autoship run, thousands at once: received, with their lines, and promised nothing."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.ids import new_id
from fulfillment.core.states import OrderState
from fulfillment.orders.autoship_tables import AutoshipOrder, AutoshipRun
from fulfillment.orders.intake import ArticleFacts, KitPart, line_rows, order_values
from fulfillment.orders.kinds import DueOutcome
from fulfillment.orders.requests import OrderRequest
from fulfillment.orders.tables import Order, OrderLine
from fulfillment.store.actors import Actor
from fulfillment.store.bulk import copy_rows
from fulfillment.store.columns import table_of
from fulfillment.store.history import begin_history
from fulfillment.store.numbers import next_numbers

DUE: Final = table_of(AutoshipOrder)
RUN: Final = table_of(AutoshipRun)

DUE_COLUMNS: Final = (
    "order_id", "run_id", "source", "subscription", "period", "place", "subscribed_on", "fingerprint",
    "outcome", "reason", "skus",
)  # fmt: skip


@dataclass(frozen=True)
class NewDue:
    """One due order that was found right; its request carries the reference it will be known by."""

    subscription: str
    subscribed_on: date | None
    request: OrderRequest
    member_id: uuid.UUID | None
    fingerprint: str


@dataclass(frozen=True)
class KnownDue:
    """A due order that stands already under its key, in this run or another."""

    run_number: str
    fingerprint: str


def find_known_dues(
    session: Session, *, source: str, period: str, subscriptions: Collection[str]
) -> dict[str, KnownDue]:
    """What stands under these keys, by subscription; nobody else adds to the period meanwhile."""
    session.connection().execute(
        sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"autoship:{source}:{period}", 0)))
    )
    query = (
        sa.select(DUE.c.subscription, RUN.c.number, DUE.c.fingerprint)
        .join(RUN, RUN.c.id == DUE.c.run_id)
        .where(
            DUE.c.source == source,
            DUE.c.period == period,
            DUE.c.subscription.in_(list(subscriptions)),
            DUE.c.outcome != DueOutcome.CANCELLED,
        )
    )
    rows = session.connection().execute(query)
    return {row.subscription: KnownDue(row.number, row.fingerprint) for row in rows}


def write_due_orders(
    session: Session,
    *,
    run: sa.Row[Any],
    dues: Sequence[NewDue],
    articles: Mapping[str, ArticleFacts],
    kit_parts: Mapping[str, Sequence[KitPart]],
    actor: Actor,
    now: datetime,
) -> list[uuid.UUID]:
    """An order stands for each due order, in the run's order after those that came before; returns their ids.

    The caller has locked the run and looked for the keys.
    """
    if not dues:
        return []
    last = sa.select(sa.func.max(DUE.c.place)).where(DUE.c.run_id == run.id)
    first = session.connection().execute(last).scalar_one()
    place = 0 if first is None else first + 1
    numbers = next_numbers(session, "O", count=len(dues))
    ids = [new_id() for _ in dues]
    orders = [
        order_values(
            due.request, order_id=order_id, number=number, member_id=due.member_id, hold=None, now=now
        )
        for due, order_id, number in zip(dues, ids, numbers, strict=True)
    ]
    lines = [
        {**row, "qty_cancelled": 0}
        for due, order_id in zip(dues, ids, strict=True)
        for row in line_rows(due.request, order_id=order_id, articles=articles, kit_parts=kit_parts)
    ]
    for table, rows in ((Order, orders), (OrderLine, lines)):
        copy_rows(session, table=table, columns=list(rows[0]), rows=(list(row.values()) for row in rows))
    copy_rows(
        session,
        table=DUE,
        columns=DUE_COLUMNS,
        rows=(
            (
                order_id, run.id, run.source, due.subscription, run.period, place + step, due.subscribed_on,
                due.fingerprint, DueOutcome.WAITING, "", [],
            )
            for step, (due, order_id) in enumerate(zip(dues, ids, strict=True))
        ),
    )  # fmt: skip
    begin_history(
        session,
        table=Order,
        object_ids=ids,
        state=OrderState.RECEIVED,
        actor=actor,
        reason=f"due in autoship run {run.number}",
    )
    return ids
