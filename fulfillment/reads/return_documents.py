"""Returns and refunds as pages show them: with their lines, and narrowed to one member where she asks."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.tables import Product
from fulfillment.core.errors import NotFoundError
from fulfillment.core.states import RefundState, ReturnState
from fulfillment.distributors.tables import Member
from fulfillment.orders.tables import Order, Tender
from fulfillment.returns.tables import (
    Inspection,
    Refund,
    RefundLine,
    RefundPart,
    ReturnAuthorization,
    ReturnLine,
)
from fulfillment.store.columns import table_of

RETURN = table_of(ReturnAuthorization)
LINE = table_of(ReturnLine)
INSPECTION = table_of(Inspection)
REFUND = table_of(Refund)
REFUND_LINE = table_of(RefundLine)
REFUND_PART = table_of(RefundPart)
ORDER = table_of(Order)
TENDER = table_of(Tender)
MEMBER = table_of(Member)
PRODUCT = table_of(Product)


@dataclass(frozen=True)
class ReturnDocument:
    """A return with its order's number, its lines with the products' names, and what inspectors found."""

    head: sa.Row[Any]
    lines: Sequence[sa.Row[Any]]
    inspections: Sequence[sa.Row[Any]]

    @property
    def units(self) -> int:
        """Units asked for."""
        return sum(line.qty_requested for line in self.lines)


@dataclass(frozen=True)
class RefundDocument:
    """A refund with its order's number, its lines, and its shares by tender."""

    head: sa.Row[Any]
    lines: Sequence[sa.Row[Any]]
    parts: Sequence[sa.Row[Any]]


@dataclass(frozen=True)
class ReturnFilter:
    """Which returns; None leaves a column out."""

    order_id: uuid.UUID | None = None
    member_number: str | None = None
    return_id: uuid.UUID | None = None
    states: Sequence[ReturnState] | None = None


def read_return(
    session: Session, *, return_id: uuid.UUID, member_number: str | None = None
) -> ReturnDocument:
    """The return with this id; with `member_number` only if it is of that member's own order.

    Raises:
        NotFoundError: there is none, or it is somebody else's.
    """
    wanted = ReturnFilter(return_id=return_id, member_number=member_number)
    found = list_returns(session, wanted=wanted, after=None, limit=1)
    if not found:
        raise NotFoundError(f"There is no return {return_id}.")
    return found[0]


def list_returns(
    session: Session, *, wanted: ReturnFilter, after: uuid.UUID | None, limit: int
) -> list[ReturnDocument]:
    """Returns with their lines, the newest first, after the one with this id."""
    query = (
        sa.select(
            RETURN,
            ORDER.c.number.label("order_number"),
            ORDER.c.currency,
            MEMBER.c.number.label("member_number"),
            sa.func.coalesce(MEMBER.c.name, ORDER.c.ship_to["name"].astext).label("buyer"),
        )
        .join(ORDER, ORDER.c.id == RETURN.c.order_id)
        .outerjoin(MEMBER, MEMBER.c.id == ORDER.c.member_id)
        .order_by(RETURN.c.id.desc())
        .limit(limit)
    )
    conditions = {
        RETURN.c.order_id: wanted.order_id,
        RETURN.c.id: wanted.return_id,
        MEMBER.c.number: wanted.member_number,
    }
    for column, value in conditions.items():
        if value is not None:
            query = query.where(column == value)
    if wanted.states is not None:
        query = query.where(RETURN.c.state.in_(wanted.states))
    if after is not None:
        query = query.where(RETURN.c.id < after)
    heads = session.connection().execute(query).all()
    return _with_lines(session, heads)


def _with_lines(session: Session, heads: Sequence[sa.Row[Any]]) -> list[ReturnDocument]:
    if not heads:
        return []
    ids = [head.id for head in heads]
    connection = session.connection()
    lines = connection.execute(
        sa.select(LINE, PRODUCT.c.name)
        .join(PRODUCT, PRODUCT.c.sku == LINE.c.sku)
        .where(LINE.c.return_id.in_(ids))
        .order_by(LINE.c.id)
    )
    inspections = connection.execute(
        sa.select(INSPECTION, LINE.c.return_id, LINE.c.sku)
        .join(LINE, LINE.c.id == INSPECTION.c.return_line_id)
        .where(LINE.c.return_id.in_(ids))
        .order_by(INSPECTION.c.id)
    )
    lines_of, found_of = _by(lines, "return_id"), _by(inspections, "return_id")
    return [ReturnDocument(head, lines_of.get(head.id, ()), found_of.get(head.id, ())) for head in heads]


def read_refund(session: Session, *, refund_id: uuid.UUID) -> RefundDocument:
    """The refund with this id.

    Raises:
        NotFoundError: there is none.
    """
    found = list_refunds(session, refund_id=refund_id, limit=1)
    if not found:
        raise NotFoundError(f"There is no refund {refund_id}.")
    return found[0]


def list_refunds(
    session: Session,
    *,
    order_id: uuid.UUID | None = None,
    return_id: uuid.UUID | None = None,
    member_number: str | None = None,
    refund_id: uuid.UUID | None = None,
    state: RefundState | None = None,
    after: uuid.UUID | None = None,
    limit: int,
) -> list[RefundDocument]:
    """Refunds with their lines and shares, the newest first, after the one with this id."""
    query = (
        sa.select(REFUND, ORDER.c.number.label("order_number"), RETURN.c.number.label("return_number"))
        .join(ORDER, ORDER.c.id == REFUND.c.order_id)
        .outerjoin(MEMBER, MEMBER.c.id == ORDER.c.member_id)
        .outerjoin(RETURN, RETURN.c.id == REFUND.c.return_id)
        .order_by(REFUND.c.id.desc())
        .limit(limit)
    )
    conditions = {
        REFUND.c.order_id: order_id,
        REFUND.c.return_id: return_id,
        REFUND.c.id: refund_id,
        REFUND.c.state: state,
        MEMBER.c.number: member_number,
    }
    for column, value in conditions.items():
        if value is not None:
            query = query.where(column == value)
    if after is not None:
        query = query.where(REFUND.c.id < after)
    heads = session.connection().execute(query).all()
    if not heads:
        return []
    ids = [head.id for head in heads]
    lines = session.connection().execute(
        sa.select(REFUND_LINE).where(REFUND_LINE.c.refund_id.in_(ids)).order_by(REFUND_LINE.c.id)
    )
    parts = session.connection().execute(
        sa.select(REFUND_PART, TENDER.c.kind.label("tender_kind"))
        .join(TENDER, TENDER.c.id == REFUND_PART.c.tender_id)
        .where(REFUND_PART.c.refund_id.in_(ids))
        .order_by(REFUND_PART.c.id)
    )
    lines_of, parts_of = _by(lines, "refund_id"), _by(parts, "refund_id")
    return [RefundDocument(head, lines_of.get(head.id, ()), parts_of.get(head.id, ())) for head in heads]


def _by(rows: Iterable[sa.Row[Any]], name: str) -> dict[uuid.UUID, list[sa.Row[Any]]]:
    groups: dict[uuid.UUID, list[sa.Row[Any]]] = {}
    for row in rows:
        groups.setdefault(getattr(row, name), []).append(row)
    return groups
