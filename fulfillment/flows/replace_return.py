"""The goods of a decided return are sent again instead of a refund: an order at no price, without volume."""

import uuid

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.addresses import Address
from fulfillment.core.errors import ConflictError
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import RefundState, ReturnState
from fulfillment.distributors.tables import Member
from fulfillment.flows.accept_order import AcceptedOrder, accept_order
from fulfillment.flows.refund_order import reject_refund
from fulfillment.orders.kinds import OrderKind
from fulfillment.orders.queries import get_order
from fulfillment.orders.requests import LineRequest, OrderRequest
from fulfillment.returns.authorizations import get_return, list_return_lines, move_return
from fulfillment.returns.refunds import list_return_refunds
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.columns import table_of

MEMBER = table_of(Member)


def replace_return(
    session: Session, *, return_id: uuid.UUID, note: str, actor: Actor, policy: CompanyPolicy
) -> AcceptedOrder:
    """A replacement order stands for the units that came back; a refund that was only proposed is rejected.

    The sale stays as it was: nothing is refunded and no volume is reversed.

    Raises:
        NotFoundError: there is no such return.
        ConflictError: it is not decided, or money is on its way back for it.
    """
    found = get_return(session, return_id=return_id, lock=True)
    refunds = list_return_refunds(session, return_id=return_id)
    paid = [row for row in refunds if row.state not in {RefundState.PROPOSED, RefundState.REJECTED}]
    if found.state != ReturnState.DECIDED or paid:
        raise ConflictError(
            f"Return {found.number} is {found.state.replace('_', ' ')}; only a decided one whose refund is "
            "not approved can be replaced.",
            state=found.state,
        )
    for refund in refunds:
        if refund.state == RefundState.PROPOSED:
            reject_refund(session, refund_id=refund.id, note=f"replaced: {note}", actor=actor)
    order = get_order(session, order_id=found.order_id)
    request = OrderRequest(
        source="replacement",
        source_ref=found.number,
        currency=order.currency,
        ship_to=Address(**order.ship_to),
        lines=tuple(
            LineRequest(line.sku, line.qty_received, unit_price_minor=0, volumes={})
            for line in list_return_lines(session, return_id=return_id)
            if line.qty_received
        ),
        kind=OrderKind.REPLACEMENT,
        market=order.market,
        member_number=_member_number(session, order.member_id),
        buyer_role=order.buyer_role,
    )
    accepted = accept_order(session, request=request, actor=actor, policy=policy)
    words = f"replaced by order {accepted.number}: {note}"
    move_return(session, return_id=return_id, to=ReturnState.REPLACED, actor=actor, reason=words)
    record(
        session,
        actor=actor,
        deed="return.replaced",
        object_kind="return_authorization",
        object_id=return_id,
        detail={"number": found.number, "order": accepted.number},
    )
    return accepted


def _member_number(session: Session, member_id: uuid.UUID | None) -> str | None:
    query = sa.select(MEMBER.c.number).where(MEMBER.c.id == member_id)
    found: str | None = session.connection().execute(query).scalar_one_or_none()
    return found
