"""An order as its page and the API show it: lines, tenders, parts and parcels."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.tables import Product
from fulfillment.core.errors import NotFoundError
from fulfillment.core.states import FulfillmentOrderState, OrderState
from fulfillment.distributors.tables import Member
from fulfillment.orders.lifecycle import OrderProgress, derive_progress
from fulfillment.orders.tables import FulfillmentOrder, FulfillmentOrderLine, Order, OrderLine, Tender
from fulfillment.returns.tables import Refund, ReturnAuthorization
from fulfillment.shipping.tables import Parcel
from fulfillment.store.columns import table_of

ORDER = table_of(Order)
LINE = table_of(OrderLine)
TENDER = table_of(Tender)
PART = table_of(FulfillmentOrder)
PART_LINE = table_of(FulfillmentOrderLine)
PARCEL = table_of(Parcel)
PRODUCT = table_of(Product)
MEMBER = table_of(Member)
RETURN = table_of(ReturnAuthorization)
REFUND = table_of(Refund)


@dataclass(frozen=True)
class PartDocument:
    """A fulfillment order with its lines: rows of (order_line_id, sku, qty, qty_picked, …)."""

    head: sa.Row[Any]
    lines: Sequence[sa.Row[Any]]


@dataclass(frozen=True)
class OrderDocument:
    """One order, whole."""

    order: sa.Row[Any]
    progress: OrderProgress
    lines: Sequence[sa.Row[Any]]
    tenders: Sequence[sa.Row[Any]]
    parts: Sequence[PartDocument]
    parcels: Sequence[sa.Row[Any]]


@dataclass(frozen=True)
class OrderSummary:
    """One order in a list."""

    id: uuid.UUID
    number: str
    source_ref: str
    state: OrderState
    progress: OrderProgress
    name: str
    member_number: str | None
    member_name: str | None
    total_minor: int
    currency: str
    ordered_at: datetime


@dataclass(frozen=True)
class OrderFilter:
    """Which orders; None leaves a column out.

    `text` is the number of an order or of a fulfillment order, parcel, return or refund of it, a reference, a
    name or its beginning, an e-mail address, or a tracking number.
    """

    state: OrderState | None = None
    member_id: uuid.UUID | None = None
    member_number: str | None = None
    source_ref: str | None = None
    text: str | None = None


def read_order(session: Session, *, order_id: uuid.UUID, member_number: str | None = None) -> OrderDocument:
    """The order with this id; with `member_number` only if it is that member's own.

    Raises:
        NotFoundError: there is none, or it is somebody else's.
    """
    connection = session.connection()
    query = (
        sa.select(ORDER, MEMBER.c.number.label("member_number"), MEMBER.c.name.label("member_name"))
        .outerjoin(MEMBER, MEMBER.c.id == ORDER.c.member_id)
        .where(ORDER.c.id == order_id)
    )
    if member_number is not None:
        query = query.where(MEMBER.c.number == member_number)
    order = connection.execute(query).one_or_none()
    if order is None:
        raise NotFoundError(f"There is no order {order_id}.")
    parts = _parts(session, order_id)
    lines = connection.execute(
        sa.select(LINE, PRODUCT.c.name, PRODUCT.c.kind)
        .join(PRODUCT, PRODUCT.c.sku == LINE.c.sku)
        .where(LINE.c.order_id == order_id)
        .order_by(LINE.c.line_no)
    ).all()
    tenders = connection.execute(
        sa.select(TENDER).where(TENDER.c.order_id == order_id).order_by(TENDER.c.tender_no)
    ).all()
    parcels = connection.execute(
        sa.select(PARCEL).where(PARCEL.c.order_id == order_id).order_by(PARCEL.c.id)
    ).all()
    progress = derive_progress(order.state, [part.head.state for part in parts])
    return OrderDocument(order, progress, lines, tenders, parts, parcels)


def list_orders(
    session: Session, *, wanted: OrderFilter, after: uuid.UUID | None, limit: int
) -> list[OrderSummary]:
    """Orders, the newest first, after the one with this id."""
    states = (
        sa.select(sa.func.array_agg(sa.cast(PART.c.state, sa.Text)))
        .where(PART.c.order_id == ORDER.c.id)
        .scalar_subquery()
    )
    query = (
        sa.select(
            ORDER.c.id,
            ORDER.c.number,
            ORDER.c.source_ref,
            ORDER.c.state,
            ORDER.c.ship_to["name"].astext.label("name"),
            ORDER.c.total_minor,
            ORDER.c.currency,
            ORDER.c.ordered_at,
            MEMBER.c.number.label("member_number"),
            MEMBER.c.name.label("member_name"),
            states.label("part_states"),
        )
        .outerjoin(MEMBER, MEMBER.c.id == ORDER.c.member_id)
        .order_by(ORDER.c.id.desc())
        .limit(limit)
    )
    if after is not None:
        query = query.where(ORDER.c.id < after)
    for condition in _conditions(wanted):
        query = query.where(condition)
    return [_summary(row) for row in session.connection().execute(query)]


def _conditions(wanted: OrderFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.state is not None:
        conditions.append(ORDER.c.state == wanted.state)
    if wanted.member_id is not None:
        conditions.append(ORDER.c.member_id == wanted.member_id)
    if wanted.member_number is not None:
        conditions.append(MEMBER.c.number == wanted.member_number)
    if wanted.source_ref is not None:
        conditions.append(ORDER.c.source_ref == wanted.source_ref)
    if wanted.text:
        conditions.append(_matches(wanted.text.strip()))
    return conditions


def _matches(text: str) -> sa.ColumnElement[bool]:
    """Whole numbers and references, beginnings of names; each arm has an index of its own.

    One union of ids, because an OR over the same arms reads every order.
    """
    beginning = text.lower().replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
    number, tracking = text.upper(), text.replace(" ", "").upper()
    by_member = sa.union(
        sa.select(MEMBER.c.id).where(MEMBER.c.number == number),
        sa.select(MEMBER.c.id).where(sa.func.lower(MEMBER.c.name).like(beginning)),
        sa.select(MEMBER.c.id).where(sa.func.lower(MEMBER.c.email) == text.lower()),
    )
    return ORDER.c.id.in_(
        sa.union(
            sa.select(ORDER.c.id).where(ORDER.c.number == number),
            sa.select(ORDER.c.id).where(ORDER.c.source_ref == text),
            sa.select(ORDER.c.id).where(sa.func.lower(ORDER.c.ship_to["name"].astext).like(beginning)),
            sa.select(ORDER.c.id).where(sa.func.lower(ORDER.c.ship_to["email"].astext) == text.lower()),
            sa.select(ORDER.c.id).where(ORDER.c.member_id.in_(by_member)),
            sa.select(PARCEL.c.order_id).where(PARCEL.c.tracking_number == tracking),
            sa.select(PARCEL.c.order_id).where(PARCEL.c.number == number),
            sa.select(PART.c.order_id).where(PART.c.number == number),
            sa.select(RETURN.c.order_id).where(RETURN.c.number == number),
            sa.select(RETURN.c.order_id).where(RETURN.c.tracking_number == tracking),
            sa.select(REFUND.c.order_id).where(REFUND.c.number == number),
        )
    )


def _summary(row: Any) -> OrderSummary:  # noqa: ANN401 - a row of the query above
    states = [FulfillmentOrderState(state) for state in row.part_states or []]
    return OrderSummary(
        id=row.id,
        number=row.number,
        source_ref=row.source_ref,
        state=row.state,
        progress=derive_progress(row.state, states),
        name=row.name,
        member_number=row.member_number,
        member_name=row.member_name,
        total_minor=row.total_minor,
        currency=row.currency,
        ordered_at=row.ordered_at,
    )


def _parts(session: Session, order_id: uuid.UUID) -> list[PartDocument]:
    heads = session.connection().execute(
        sa.select(PART).where(PART.c.order_id == order_id).order_by(PART.c.id)
    )
    lines: dict[uuid.UUID, list[sa.Row[Any]]] = {}
    line_query = (
        sa.select(PART_LINE)
        .join(PART, PART.c.id == PART_LINE.c.fulfillment_order_id)
        .where(PART.c.order_id == order_id, PART_LINE.c.qty > 0)
        .order_by(PART_LINE.c.id)
    )
    found = heads.all()
    for row in session.connection().execute(line_query):
        lines.setdefault(row.fulfillment_order_id, []).append(row)
    return [PartDocument(head, lines.get(head.id, [])) for head in found]
