"""A return turned into the slip that goes in the box."""

import uuid

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.catalog.tables import Product
from fulfillment.core.errors import NotFoundError
from fulfillment.core.states import ReturnState
from fulfillment.orders.tables import Order
from fulfillment.reads.papers import postal_address
from fulfillment.returns.tables import ReturnAuthorization, ReturnLine
from fulfillment.store.columns import table_of
from fulfillment.warehouse.tables import Warehouse
from labels.return_slip import ReturnSlip, ReturnSlipLine
from labels.words import Gettext, as_written

RETURN = table_of(ReturnAuthorization)
RETURN_LINE = table_of(ReturnLine)
ORDER = table_of(Order)
WAREHOUSE = table_of(Warehouse)
PRODUCT = table_of(Product)

PRINTED = (ReturnState.AUTHORIZED, ReturnState.IN_TRANSIT)


def read_return_slip(
    session: Session,
    *,
    return_id: uuid.UUID,
    company: str,
    gettext: Gettext = as_written,
    member_id: uuid.UUID | None = None,
) -> ReturnSlip:
    """The slip of an authorized return; with a member's id only of her own.

    Raises:
        NotFoundError: there is no such return, it is another member's, or nothing may be sent back for it.
    """
    query = (
        sa.select(RETURN, ORDER.c.number.label("order_number"), ORDER.c.ship_to, WAREHOUSE.c.address)
        .join(ORDER, ORDER.c.id == RETURN.c.order_id)
        .join(WAREHOUSE, WAREHOUSE.c.code == RETURN.c.warehouse_code)
        .where(RETURN.c.id == return_id, RETURN.c.state.in_(PRINTED))
    )
    if member_id is not None:
        query = query.where(RETURN.c.member_id == member_id)
    found = session.connection().execute(query).one_or_none()
    if found is None:
        raise NotFoundError("There is no return to be sent back under this id.")
    lines = (
        sa.select(RETURN_LINE.c.sku, RETURN_LINE.c.qty_requested, PRODUCT.c.name)
        .join(PRODUCT, PRODUCT.c.sku == RETURN_LINE.c.sku)
        .where(RETURN_LINE.c.return_id == return_id)
        .order_by(RETURN_LINE.c.sku)
    )
    reason = str(found.reason).replace("_", " ")
    return ReturnSlip(
        company=company,
        rma_number=found.number,
        order_number=found.order_number,
        return_to=postal_address(found.address),
        customer=postal_address(found.ship_to),
        lines=tuple(
            ReturnSlipLine(row.sku, row.name, row.qty_requested, reason)
            for row in session.connection().execute(lines)
        ),
        instructions=(
            gettext("Put the goods and this slip in a sturdy box."),
            gettext("Tape the lower part of this slip to the outside of the box."),
            gettext("Send the box to the address above by the date above; keep the carrier's receipt."),
        ),
        authorized_on=found.authorized_at.date() if found.authorized_at else None,
        send_by=found.expires_at.date() if found.expires_at else None,
    )
