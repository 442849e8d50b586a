"""Money goes back although no rule asks for it: units the buyer keeps, the shipping, or both."""

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

WHOLE = 100
"""Percent of a price."""


def refund_goodwill(
    session: Session,
    *,
    order_id: uuid.UUID,
    wanted: Sequence[WantedReturn],
    percent: int,
    with_shipping: bool,
    note: str,
    actor: Actor,
    policy: CompanyPolicy,
) -> uuid.UUID:
    """So many percent of the units' price is proposed to go back, with the rest of the shipping if asked.

    The buyer keeps the units; they count as refunded, so that their volume follows and no return pays them
    again. Approval and the limit for a second person are those of every refund.

    Raises:
        NotFoundError: there is no such order.
        InvalidInputError: nothing is named, a line stands twice, the percentage is out of range, or the note
            says nothing.
        ConflictError: more units are named than went out and are not returned, or nothing is left to refund.
    """
    order = get_order(session, order_id=order_id, lock=True)
    _check(session, order_id=order_id, wanted=wanted, percent=percent, with_shipping=with_shipping)
    if not note.strip():
        raise InvalidInputError("Say why the money goes back; the next person has to know.", field="note")
    request = RefundRequest(
        order_id=order_id,
        cause=RefundCause.GOODWILL,
        units=[
            UnitsToRefund(item.order_line_id, None, item.units, percent, ("goodwill",)) for item in wanted
        ],
        reason=f"goodwill: {note}",
        with_shipping=with_shipping,
    )
    refund_id = propose_order_refund(session, request=request, actor=actor, policy=policy)
    if refund_id is None:
        raise ConflictError(f"Nothing is left to refund of what was paid for order {order.number}.")
    return refund_id


def _check(
    session: Session,
    *,
    order_id: uuid.UUID,
    wanted: Sequence[WantedReturn],
    percent: int,
    with_shipping: bool,
) -> None:
    if not wanted and not with_shipping:
        raise InvalidInputError("Choose units, the shipping, or both.", field="units")
    if not 1 <= percent <= WHOLE:
        raise InvalidInputError(f"{percent} percent cannot go back; give 1 to {WHOLE}.", field="percent")
    if len({item.order_line_id for item in wanted}) != len(wanted):
        raise InvalidInputError("A line stands twice; name each once, with all its units.")
    lines = {line.order_line_id: line for line in list_returnable(session, order_id=order_id)}
    for item in wanted:
        line = lines.get(item.order_line_id)
        if line is None or item.units < 1:
            raise InvalidInputError(
                f"{item.units} units of line {item.order_line_id} are no part of the order."
            )
        if item.units > line.returnable:
            raise ConflictError(
                f"{item.units} units of {line.sku} cannot be refunded as goodwill: "
                f"{line.shipped} went out, and {line.in_returns} of them are returned or refunded.",
                sku=line.sku,
                returnable=line.returnable,
            )
