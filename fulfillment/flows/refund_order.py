"""Refunds: proposed from what came back or was cancelled, approved or rejected, set aside on the tenders."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError
from fulfillment.core.job_kinds import SEND_REFUND
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import RefundState
from fulfillment.orders.queries import get_order, list_lines
from fulfillment.orders.tables import Order
from fulfillment.orders.tenders import list_tenders, room_for_refunds, set_aside
from fulfillment.returns.kinds import RefundCause
from fulfillment.returns.refund_amounts import (
    LineMoney,
    TenderRoom,
    UnitsRefund,
    divide_among_tenders,
    fit_into_room,
    refund_units,
)
from fulfillment.returns.refund_parts import write_parts
from fulfillment.returns.refunds import (
    NewRefund,
    NewRefundLine,
    amounts_so_far,
    approve,
    get_refund,
    move_refund,
    propose_refund,
    refunded_so_far,
    shipping_refunded_so_far,
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


@dataclass(frozen=True)
class RefundRequest:
    """What to refund of an order, and why."""

    order_id: uuid.UUID
    cause: RefundCause
    units: Sequence[UnitsToRefund]
    reason: str
    with_shipping: bool = False
    return_id: uuid.UUID | None = None
    pay_by: date | None = None


def propose_order_refund(
    session: Session, *, request: RefundRequest, actor: Actor, policy: CompanyPolicy
) -> uuid.UUID | None:
    """A refund for these units is proposed, to the cent; None where nothing is due or nothing is left.

    It never exceeds what is left of what was captured. Above the limit a second person has to approve it;
    the limit is on the order's refunds together, so that a large one cannot be cut into small ones.

    Raises:
        NotFoundError: there is no such order.
        ConflictError: more units are refunded than the line has.
    """
    order = get_order(session, order_id=request.order_id, lock=True)
    lines = _refund_lines(session, order_id=order.id, units=request.units)
    given_minor, proposed_minor = amounts_so_far(session, order_id=order.id)
    fitted, shipping_minor = fit_into_room(
        [UnitsRefund(line.goods_minor, line.tax_minor) for line in lines],
        shipping_minor=_shipping_left(session, order) if request.with_shipping else 0,
        room_minor=room_for_refunds(session, order_id=order.id) - proposed_minor,
    )
    new = NewRefund(
        order_id=order.id,
        return_id=request.return_id,
        cause=request.cause,
        reason=request.reason,
        currency=order.currency,
        lines=tuple(
            replace(line, goods_minor=each.goods_minor, tax_minor=each.tax_minor)
            for line, each in zip(lines, fitted, strict=True)
        ),
        shipping_minor=shipping_minor,
        pay_by=request.pay_by,
    )
    if new.amount_minor <= 0:
        return None
    refund_id, number = propose_refund(
        session,
        new=new,
        needs_second_person=given_minor + new.amount_minor > policy.refund_second_person_above_minor,
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
    tenders = {str(row.id): row for row in list_tenders(session, order_id=refund.order_id, lock=True)}
    rooms = [
        TenderRoom(key, t.captured_minor - t.refunded_minor - t.disputed_minor) for key, t in tenders.items()
    ]
    shares = divide_among_tenders(refund.amount_minor, tenders=rooms)
    if shares is None:
        raise ConflictError(
            f"Refund {refund.number} of {refund.amount_minor} is more than its tenders still hold "
            f"({sum(room.room_minor for room in rooms)}); check other refunds and disputes of the order.",
            refund=refund.number,
        )
    for key, amount_minor in shares:
        set_aside(session, tender_id=uuid.UUID(key), amount_minor=amount_minor)
    write_parts(
        session,
        refund=refund,
        shares=[(uuid.UUID(key), tenders[key].provider, amount_minor) for key, amount_minor in shares],
        actor=actor,
    )
    record(
        session,
        actor=actor,
        deed="refund.approved",
        object_kind="refund",
        object_id=refund_id,
        detail={"number": refund.number, "shares": len(shares)},
    )
    enqueue(session, kind=SEND_REFUND, payload={"refund_id": str(refund_id)}, key=str(refund_id))
    crash_point("refund_approved")


def reject_refund(session: Session, *, refund_id: uuid.UUID, note: str, actor: Actor) -> None:
    """The refund gives nothing, and its units may be refunded anew; its return stays decided until they are.

    Raises:
        NotFoundError: there is no such refund.
        InvalidInputError: the note says nothing.
        NotAllowedEdgeError: it is not proposed any more.
    """
    if not note.strip():
        raise InvalidInputError("Say why the refund is rejected; the next person has to know.")
    move_refund(session, refund_id=refund_id, to=RefundState.REJECTED, actor=actor, reason=note)
    record(
        session,
        actor=actor,
        deed="refund.rejected",
        object_kind="refund",
        object_id=refund_id,
        detail={"note": note},
    )


def _shipping_left(session: Session, order: Order) -> int:
    """What was paid for shipping, with its tax, less what refunds give of it."""
    tax_minor = int(order.details.get("shipping_tax_minor", 0))
    given_minor = shipping_refunded_so_far(session, order_id=order.id)
    return max(0, order.shipping_minor + tax_minor - given_minor)


def _refund_lines(
    session: Session, *, order_id: uuid.UUID, units: Sequence[UnitsToRefund]
) -> list[NewRefundLine]:
    lines = {line.id: line for line in list_lines(session, order_id=order_id)}
    given = refunded_so_far(session, order_id=order_id)
    totals = {key: [found.units, found.goods_minor, found.tax_minor] for key, found in given.items()}
    result = []
    for item in units:
        line = lines[item.order_line_id]
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
