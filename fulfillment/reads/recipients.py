"""Whom to tell about an order."""

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.distributors.tables import Member
from fulfillment.orders.tables import Order
from fulfillment.store.columns import table_of

MEMBER = table_of(Member)


def find_recipient(session: Session, *, order: Order) -> str | None:
    """The e-mail address on the order, else the member's; None where neither has one."""
    address: str | None = order.ship_to.get("email")
    if address or order.member_id is None:
        return address or None
    query = sa.select(MEMBER.c.email).where(MEMBER.c.id == order.member_id)
    found: str | None = session.connection().execute(query).scalar_one_or_none()
    return found
