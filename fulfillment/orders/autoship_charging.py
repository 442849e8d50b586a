"""What a charge has to know and change: the due orders a shop names, their payments, and their lines."""

import uuid
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.ids import new_id
from fulfillment.core.states import OrderState
from fulfillment.orders.autoship_tables import AutoshipOrder
from fulfillment.orders.kinds import DueOutcome
from fulfillment.orders.requests import TenderRequest
from fulfillment.orders.tables import Order, OrderLine, Tender
from fulfillment.store.bulk import copy_rows
from fulfillment.store.columns import table_of

DUE: Final = table_of(AutoshipOrder)
ORDER: Final = table_of(Order)
LINE: Final = table_of(OrderLine)
TENDER: Final = table_of(Tender)

Payment = tuple[str, str, int]
"""(provider, its reference, captured minor units)."""


@dataclass(frozen=True)
class LockedDue:
    """A due order as it stands, locked until the transaction ends."""

    order_id: uuid.UUID
    number: str
    subscription: str
    outcome: DueOutcome
    state: OrderState
    total_minor: int
    currency: str
    payments: Mapping[Payment, int]


def lock_by_subscription(
    session: Session, *, run_id: uuid.UUID, subscriptions: Collection[str]
) -> dict[str, LockedDue]:
    """The run's due orders of these subscriptions, locked in the order of their ids."""
    query = (
        sa.select(
            DUE.c.order_id,
            ORDER.c.number,
            DUE.c.subscription,
            DUE.c.outcome,
            ORDER.c.state,
            ORDER.c.total_minor,
            ORDER.c.currency,
        )
        .join(ORDER, ORDER.c.id == DUE.c.order_id)
        .where(DUE.c.run_id == run_id, DUE.c.subscription.in_(list(subscriptions)))
        .order_by(DUE.c.order_id)
        .with_for_update(of=DUE)
    )
    rows = session.connection().execute(query).all()
    payments: dict[uuid.UUID, Counter[Payment]] = {row.order_id: Counter() for row in rows}
    paid = sa.select(TENDER).where(TENDER.c.order_id.in_(list(payments)))
    for tender in session.connection().execute(paid):
        payment = (tender.provider, tender.provider_ref or "", tender.captured_minor)
        payments[tender.order_id][payment] += 1
    return {row.subscription: LockedDue(*row, payments[row.order_id]) for row in rows}


def payments_of(tenders: Sequence[TenderRequest]) -> Counter[Payment]:
    """The payments by what tells them apart."""
    return Counter((t.provider, t.provider_ref or "", t.captured_minor) for t in tenders)


def find_used_payments(session: Session, *, tenders: Sequence[TenderRequest]) -> set[tuple[str, str | None]]:
    """Those (provider, reference) that an order has been paid with already."""
    named = {(t.provider, t.provider_ref) for t in tenders if t.provider_ref and t.provider != "offline"}
    if not named:
        return set()
    query = sa.select(TENDER.c.provider, TENDER.c.provider_ref).where(
        TENDER.c.provider_ref.in_([ref for _, ref in named])
    )
    return {(row.provider, row.provider_ref) for row in session.connection().execute(query)} & named


def capture_tenders(
    session: Session, *, tenders: Sequence[tuple[LockedDue, Sequence[TenderRequest]]]
) -> None:
    """The payments stand as the orders' tenders."""
    rows: list[dict[str, Any]] = [
        {
            "id": new_id(),
            "order_id": due.order_id,
            "tender_no": number,
            "kind": tender.kind,
            "provider": tender.provider,
            "provider_ref": tender.provider_ref,
            "captured_minor": tender.captured_minor,
            "refunded_minor": 0,
            "disputed_minor": 0,
            "currency": due.currency,
        }
        for due, given in tenders
        for number, tender in enumerate(given, start=1)
    ]
    if rows:
        copy_rows(session, table=TENDER, columns=list(rows[0]), rows=(list(row.values()) for row in rows))


def cancel_lines(session: Session, *, order_ids: Collection[uuid.UUID]) -> None:
    """All units of these orders' lines are cancelled."""
    session.connection().execute(
        sa.update(LINE).where(LINE.c.order_id.in_(list(order_ids))).values(qty_cancelled=LINE.c.qty)
    )


def list_volume_lines(session: Session, *, order_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[Any]]:
    """The lines of these orders that carry volume, by order."""
    query = (
        sa.select(LINE.c.id, LINE.c.order_id, LINE.c.qty, LINE.c.volumes)
        .where(LINE.c.order_id.in_(list(order_ids)))
        .order_by(LINE.c.order_id, LINE.c.line_no)
    )
    lines: dict[uuid.UUID, list[Any]] = {order_id: [] for order_id in order_ids}
    for row in session.connection().execute(query):
        if any(row.volumes.values()):
            lines[row.order_id].append(row)
    return lines
