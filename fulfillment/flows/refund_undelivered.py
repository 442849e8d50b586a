"""Units that never arrived are refunded although nothing comes back: the parcel is lost, or nobody got it."""

import uuid
from collections.abc import Sequence

from sqlmodel import Session

from fulfillment.core.errors import ConflictError, InvalidInputError
from fulfillment.core.policy import CompanyPolicy
from fulfillment.flows.refund_order import RefundRequest, UnitsToRefund, propose_order_refund
from fulfillment.flows.request_return import WantedReturn
from fulfillment.orders.queries import get_order
from fulfillment.reads.returnable import list_returnable
from fulfillment.returns.kinds import RefundCause
from fulfillment.store.actors import Actor


def refund_undelivered(
    session: Session,
    *,
    order_id: uuid.UUID,
    wanted: Sequence[WantedReturn],
    note: str,
    with_shipping: bool,
    actor: Actor,
    policy: CompanyPolicy,
) -> uuid.UUID:
    """A refund at the full price is proposed for units that went out, and they cannot be returned besides.

    Raises:
        NotFoundError: there is no such order.
        InvalidInputError: nothing is named, a line stands twice or is not the order's, or the note is empty.
        ConflictError: more units are named than went out and are not returned, or nothing is left to refund.
    """
    if not wanted or not note.strip():
        raise InvalidInputError("Name the units that never arrived, and say how it is known.")
    if len({item.order_line_id for item in wanted}) != len(wanted):
        raise InvalidInputError("A line stands twice; name each once, with all its units.")
    order = get_order(session, order_id=order_id, lock=True)
    lines = {line.order_line_id: line for line in list_returnable(session, order_id=order_id)}
    for item in wanted:
        line = lines.get(item.order_line_id)
        if line is None or item.units < 1:
            raise InvalidInputError(
                f"{item.units} units of line {item.order_line_id} are no part of order {order.number}."
            )
        if item.units > line.returnable:
            raise ConflictError(
                f"{item.units} units of {line.sku} cannot have got lost: {line.shipped} went out, and "
                f"{line.in_returns} of them are returned or refunded.",
                sku=line.sku,
                returnable=line.returnable,
            )
    request = RefundRequest(
        order_id=order_id,
        cause=RefundCause.UNDELIVERED,
        units=[
            UnitsToRefund(item.order_line_id, None, item.units, 100, ("never arrived",)) for item in wanted
        ],
        reason=f"never arrived: {note}",
        with_shipping=with_shipping,
    )
    refund_id = propose_order_refund(session, request=request, actor=actor, policy=policy)
    if refund_id is None:
        raise ConflictError(f"Nothing is left to refund of what was paid for order {order.number}.")
    return refund_id
