"""Who bought the orders of an autoship run: whom their volume counts for, and whom to tell."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.distributors.tables import Member
from fulfillment.orders.tables import Order
from fulfillment.store.columns import table_of

ORDER: Final = table_of(Order)
MEMBER: Final = table_of(Member)


@dataclass(frozen=True)
class Buyer:
    """The member behind an order, and the address on the order, else the member's."""

    member_id: uuid.UUID | None
    email: str | None


def find_buyers(session: Session, *, order_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Buyer]:
    """The buyer of each order."""
    email = sa.func.coalesce(sa.func.nullif(ORDER.c.ship_to["email"].astext, ""), MEMBER.c.email)
    query = (
        sa.select(ORDER.c.id, ORDER.c.member_id, email.label("email"))
        .outerjoin(MEMBER, MEMBER.c.id == ORDER.c.member_id)
        .where(ORDER.c.id.in_(list(order_ids)))
    )
    rows = session.connection().execute(query)
    return {row.id: Buyer(row.member_id, row.email) for row in rows}
