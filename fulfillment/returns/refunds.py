"""Refunds: proposed, approved by another person above a limit, sent once to each tender."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ForbiddenError, NotFoundError
from fulfillment.core.ids import new_id
from fulfillment.core.states import REFUND as REFUND_EDGES
from fulfillment.core.states import RefundState
from fulfillment.returns.kinds import RefundCause
from fulfillment.returns.tables import Refund, RefundLine
from fulfillment.store.actors import Actor
from fulfillment.store.columns import table_of
from fulfillment.store.history import begin_history, move_state
from fulfillment.store.numbers import next_number

REFUND = table_of(Refund)
LINE = table_of(RefundLine)

GIVES_NOTHING = (RefundState.REJECTED,)
"""States in which a refund gives nothing, so that its units may be refunded anew."""


@dataclass(frozen=True)
class NewRefundLine:
    """Units of an order line and what goes back for them."""

    order_line_id: uuid.UUID
    return_line_id: uuid.UUID | None
    units: int
    percent: int
    goods_minor: int
    tax_minor: int
    rules: tuple[str, ...]


@dataclass(frozen=True)
class NewRefund:
    """A refund to propose."""

    order_id: uuid.UUID
    return_id: uuid.UUID | None
    cause: RefundCause
    reason: str
    currency: str
    lines: tuple[NewRefundLine, ...]
    shipping_minor: int
    pay_by: date | None

    @property
    def goods_minor(self) -> int:
        """The price that goes back."""
        return sum(line.goods_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        """The tax that goes back."""
        return sum(line.tax_minor for line in self.lines)

    @property
    def amount_minor(self) -> int:
        """The money that goes back."""
        return self.goods_minor + self.tax_minor + self.shipping_minor


@dataclass(frozen=True)
class RefundedSoFar:
    """What all refunds of an order line give, rejected ones left out."""

    units: int
    goods_minor: int
    tax_minor: int


def propose_refund(
    session: Session, *, new: NewRefund, needs_second_person: bool, actor: Actor, now: datetime
) -> tuple[uuid.UUID, str]:
    """The refund stands proposed; returns its id and number."""
    refund_id, number = new_id(), next_number(session, "RF")
    connection = session.connection()
    connection.execute(
        sa.insert(REFUND).values(
            id=refund_id,
            number=number,
            order_id=new.order_id,
            return_id=new.return_id,
            cause=new.cause,
            state=RefundState.PROPOSED,
            reason=new.reason,
            goods_minor=new.goods_minor,
            tax_minor=new.tax_minor,
            shipping_minor=new.shipping_minor,
            amount_minor=new.amount_minor,
            currency=new.currency,
            needs_second_person=needs_second_person,
            pay_by=new.pay_by,
            proposed_by=actor.key,
            proposed_at=now,
        )
    )
    if new.lines:
        connection.execute(
            sa.insert(LINE),
            [
                {
                    "id": new_id(),
                    "refund_id": refund_id,
                    "order_line_id": line.order_line_id,
                    "return_line_id": line.return_line_id,
                    "units": line.units,
                    "percent": line.percent,
                    "goods_minor": line.goods_minor,
                    "tax_minor": line.tax_minor,
                    "rules": list(line.rules),
                }
                for line in new.lines
            ],
        )
    begin_history(
        session,
        table=REFUND,
        object_ids=[refund_id],
        state=RefundState.PROPOSED,
        actor=actor,
        reason=new.reason,
    )
    return refund_id, number


def get_refund(session: Session, *, refund_id: uuid.UUID, lock: bool = False) -> sa.Row[Any]:
    """The refund with this id.

    Raises:
        NotFoundError: there is none.
    """
    query = sa.select(REFUND).where(REFUND.c.id == refund_id)
    if lock:
        query = query.with_for_update()
    row = session.connection().execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no refund {refund_id}.")
    return row


def list_refund_lines(session: Session, *, refund_id: uuid.UUID) -> Sequence[sa.Row[Any]]:
    """The lines of a refund, oldest first."""
    query = sa.select(LINE).where(LINE.c.refund_id == refund_id).order_by(LINE.c.id)
    return session.connection().execute(query).all()


def refunded_so_far(session: Session, *, order_id: uuid.UUID) -> dict[uuid.UUID, RefundedSoFar]:
    """What refunds give for each line of an order, whether paid yet or not."""
    query = (
        sa.select(
            LINE.c.order_line_id,
            sa.func.sum(LINE.c.units).label("units"),
            sa.func.sum(LINE.c.goods_minor).label("goods"),
            sa.func.sum(LINE.c.tax_minor).label("tax"),
        )
        .join(REFUND, REFUND.c.id == LINE.c.refund_id)
        .where(REFUND.c.order_id == order_id, REFUND.c.state.not_in(GIVES_NOTHING))
        .group_by(LINE.c.order_line_id)
    )
    return {
        row.order_line_id: RefundedSoFar(int(row.units), int(row.goods), int(row.tax))
        for row in session.connection().execute(query)
    }


def units_refunded_unreturned(session: Session, *, order_id: uuid.UUID) -> dict[uuid.UUID, int]:
    """Units of each order line that refunds give money for although nothing comes back."""
    query = (
        sa.select(LINE.c.order_line_id, sa.func.sum(LINE.c.units))
        .join(REFUND, REFUND.c.id == LINE.c.refund_id)
        .where(
            REFUND.c.order_id == order_id,
            REFUND.c.cause.in_((RefundCause.UNDELIVERED, RefundCause.GOODWILL)),
            REFUND.c.state.not_in(GIVES_NOTHING),
        )
        .group_by(LINE.c.order_line_id)
    )
    return {line_id: int(units) for line_id, units in session.connection().execute(query)}


def amounts_so_far(session: Session, *, order_id: uuid.UUID) -> tuple[int, int]:
    """What all refunds of an order give, and how much of it is only proposed, in minor units."""
    proposed = sa.func.sum(REFUND.c.amount_minor).filter(REFUND.c.state == RefundState.PROPOSED)
    query = sa.select(
        sa.func.coalesce(sa.func.sum(REFUND.c.amount_minor), 0), sa.func.coalesce(proposed, 0)
    ).where(REFUND.c.order_id == order_id, REFUND.c.state.not_in(GIVES_NOTHING))
    total, open_minor = session.connection().execute(query).one()
    return int(total), int(open_minor)


def list_return_refunds(session: Session, *, return_id: uuid.UUID) -> Sequence[sa.Row[Any]]:
    """The refunds of a return, rejected ones too, oldest first."""
    query = sa.select(REFUND).where(REFUND.c.return_id == return_id).order_by(REFUND.c.id)
    return session.connection().execute(query).all()


def shipping_refunded_so_far(session: Session, *, order_id: uuid.UUID) -> int:
    """What refunds give of an order's shipping."""
    query = sa.select(sa.func.coalesce(sa.func.sum(REFUND.c.shipping_minor), 0)).where(
        REFUND.c.order_id == order_id, REFUND.c.state.not_in(GIVES_NOTHING)
    )
    return int(session.connection().execute(query).scalar_one())


def approve(session: Session, *, refund_id: uuid.UUID, actor: Actor, now: datetime) -> None:
    """The refund may be sent.

    Raises:
        ForbiddenError: it needs a second person, and this is the one who proposed it.
        NotAllowedEdgeError: it is not proposed.
    """
    refund = get_refund(session, refund_id=refund_id, lock=True)
    if refund.needs_second_person and refund.proposed_by == actor.key:
        raise ForbiddenError(
            f"Refund {refund.number} is above the limit; somebody other than its proposer has to approve it."
        )
    move_refund(
        session,
        refund_id=refund_id,
        to=RefundState.APPROVED,
        actor=actor,
        reason="approved",
        approved_by=actor.key,
        approved_at=now,
    )


def move_refund(
    session: Session, *, refund_id: uuid.UUID, to: RefundState, actor: Actor, reason: str, **values: object
) -> None:
    """The refund is in its next state.

    Raises:
        NotAllowedEdgeError: no edge leads there from where it is.
    """
    move_state(
        session,
        table=REFUND,
        object_id=refund_id,
        edges=REFUND_EDGES,
        to=to,
        actor=actor,
        reason=reason,
        values=values,
    )
