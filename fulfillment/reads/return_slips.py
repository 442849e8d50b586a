"""An authorized return as the slip that goes in its box."""

import uuid
from collections.abc import Mapping
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import ConflictError
from fulfillment.core.policy import CompanyPolicy
from fulfillment.core.states import ReturnState
from fulfillment.orders.tables import Order
from fulfillment.reads.papers import postal_address
from fulfillment.reads.return_documents import read_return
from fulfillment.store.columns import table_of
from fulfillment.warehouse.tables import Warehouse
from labels.return_slip import ReturnSlip, ReturnSlipLine

ORDER = table_of(Order)
WAREHOUSE = table_of(Warehouse)

ON_PAPER = (ReturnState.AUTHORIZED, ReturnState.IN_TRANSIT, ReturnState.RECEIVED)
"""States in which a slip is of use: the goods may come, or some of them have."""


def read_return_slip(
    session: Session,
    *,
    return_id: uuid.UUID,
    policy: CompanyPolicy,
    reason_words: Mapping[str, str],
    instructions: tuple[str, ...],
    member_number: str | None = None,
) -> ReturnSlip:
    """What the slip of this return says; with `member_number` only if it is that member's own.

    Raises:
        NotFoundError: there is no such return, or it is somebody else's.
        ConflictError: it takes no goods, so that a slip would only mislead.
    """
    found = read_return(session, return_id=return_id, member_number=member_number)
    head = found.head
    if head.state not in ON_PAPER:
        raise ConflictError(
            f"Return {head.number} is {head.state.replace('_', ' ')}; there is no slip for it.",
            state=head.state,
        )
    places = (
        session.connection()
        .execute(
            sa.select(ORDER.c.ship_to, WAREHOUSE.c.address)
            .join(WAREHOUSE, WAREHOUSE.c.code == head.warehouse_code)
            .where(ORDER.c.id == head.order_id)
        )
        .one()
    )
    zone = ZoneInfo(policy.time_zone)
    return ReturnSlip(
        company=policy.name,
        rma_number=head.number,
        order_number=head.order_number,
        return_to=postal_address(places.address),
        customer=postal_address(places.ship_to),
        lines=tuple(
            ReturnSlipLine(line.sku, line.name, line.qty_requested, reason_words[head.reason])
            for line in found.lines
        ),
        instructions=instructions,
        authorized_on=head.authorized_at.astimezone(zone).date(),
        send_by=head.expires_at.astimezone(zone).date(),
    )
