"""Refunds are proposed from what was inspected or cancelled, approved, and set aside on the tenders."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError
from fulfillment.core.job_kinds import SEND_REFUND
from fulfillment.core.policy import CompanyPolicy
from fulfillment.orders.queries import get_order, list_lines
from fulfillment.orders.tenders import list_tenders, set_aside
from fulfillment.returns.refund_amounts import LineMoney, TenderRoom, divide_among_tenders, refund_units
from fulfillment.returns.refunds import (
    NewRefund,
    NewRefundLine,
    approve,
    get_refund,
    list_refund_parts,
    propose_refund,
    refunded_so_far,
    shipping_refunded_so_far,
    write_parts,
)
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import read_now
from fulfillment.store.crash import crash_point
from fulfillment.store.jobs import enqueue


@dataclass(frozen=True)
class UnitsToRefund:
    """Units of an order line to refund at a percentage of their price."""

    order_line_id: uuid.UUID
    return_line_id: uuid.UUID | None
    units: int
    percent: int
    rules: tuple[str, ...] = ()


def propose_order_refund(
    session: Session,
    *,
    order_id: uuid.UUID,
    return_id: uuid.UUID | None,
    units: Sequence[UnitsToRefund],
    with_shipping: bool,
    reason: str,
    pay_by: date | None,
    actor: Actor,
    policy: CompanyPolicy,
) -> uuid.UUID | None:
    """A refund for these units is proposed, to the cent; None where nothing is due.

    Raises:
        ConflictError: more units are refunded than the line has, or more money than the tenders hold.
    """
    order = get_order(session, order_id=order_id, lock=True)
    lines = _refund_lines(session, order_id=order_id, units=units)
    shipping_minor = 0
    if with_shipping:
        tax_minor = int(order.details.get("shipping_tax_minor", 0))
        shipping_minor = (
            order.shipping_minor + tax_minor - shipping_refunded_so_far(session, order_id=order_id)
        )
    new = NewRefund(
        order_id=order_id,
        return_id=return_id,
        reason=reason,
        currency=order.currency,
        lines=tuple(lines),
        shipping_minor=max(0, shipping_minor),
        set_off_minor=0,
        pay_by=pay_by,
        needs_second_person=False,
    )
    if new.amount_minor <= 0:
        return None
    is_large = new.amount_minor > policy.refund_second_person_above_minor
    refund_id, number = propose_refund(
        session,
        new=NewRefund(**{**vars(new), "needs_second_person": is_large}),
        actor=actor,
        now=read_now(session),
    )
    record(
        session,
        actor=actor,
        deed="refund.proposed",
        object_kind="refund",
        object_id=refund_id,
        detail={"number": number, "amount_minor": new.amount_minor, "currency": new.currency},
    )
    return refund_id


def approve_refund(session: Session, *, refund_id: uuid.UUID, actor: Actor) -> None:
    """The refund is approved, its money set aside on the tenders, and a job sends it.

    Raises:
        NotFoundError: there is no such refund.
        ForbiddenError: it is above the limit and its proposer cannot approve it.
        NotAllowedEdgeError: it is not proposed.
        ConflictError: the tenders hold less than is to go back, because of other refunds or a dispute.
    """
    approve(session, refund_id=refund_id, actor=actor, now=read_now(session))
    refund = get_refund(session, refund_id=refund_id)
    tenders = list_tenders(session, order_id=refund.order_id, lock=True)
    rooms = [TenderRoom(str(t.id), t.captured_minor - t.refunded_minor - t.disputed_minor) for t in tenders]
    shares = divide_among_tenders(refund.amount_minor, tenders=rooms)
    if shares is None:
        raise ConflictError(
            f"Refund {refund.number} of {refund.amount_minor} is more than its tenders still hold "
            f"({sum(room.room_minor for room in rooms)}); check other refunds and disputes of the order.",
            refund=refund.number,
        )
    providers = {str(tender.id): tender.provider for tender in tenders}
    for tender_key, amount_minor in shares:
        set_aside(session, tender_id=uuid.UUID(tender_key), amount_minor=amount_minor)
    write_parts(
        session,
        refund=refund,
        shares=[(uuid.UUID(key), providers[key], amount_minor) for key, amount_minor in shares],
        actor=actor,
    )
    record(
        session,
        actor=actor,
        deed="refund.approved",
        object_kind="refund",
        object_id=refund_id,
        detail={"parts": len(list_refund_parts(session, refund_id=refund_id))},
    )
    enqueue(session, kind=SEND_REFUND, payload={"refund_id": str(refund_id)}, key=str(refund_id))
    crash_point("refund_approved")


def _refund_lines(
    session: Session, *, order_id: uuid.UUID, units: Sequence[UnitsToRefund]
) -> list[NewRefundLine]:
    lines = {line.id: line for line in list_lines(session, order_id=order_id)}
    given = refunded_so_far(session, order_id=order_id)
    totals = {key: [found.units, found.goods_minor, found.tax_minor] for key, found in given.items()}
    result = []
    for item in units:
        line: sa.Row[tuple[object, ...]] = lines[item.order_line_id]
        so_far = totals.setdefault(item.order_line_id, [0, 0, 0])
        if so_far[0] + item.units > line.qty:
            raise ConflictError(
                f"{item.units} units of {line.sku} are to be refunded, "
                f"but {so_far[0]} of {line.qty} were before.",
                sku=line.sku,
            )
        money = LineMoney(line.qty, line.net_paid_minor, line.tax_minor, *so_far)
        refund = refund_units(money, units=item.units, percent=item.percent)
        so_far[0] += item.units
        so_far[1] += refund.goods_minor
        so_far[2] += refund.tax_minor
        result.append(
            NewRefundLine(
                order_line_id=item.order_line_id,
                return_line_id=item.return_line_id,
                units=item.units,
                percent=item.percent,
                goods_minor=refund.goods_minor,
                tax_minor=refund.tax_minor,
                rules=item.rules,
            )
        )
    return result
