"""Members as customer service looks at them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import NotFoundError
from fulfillment.distributors.tables import Member
from fulfillment.orders.tables import Order
from fulfillment.store.columns import table_of

MEMBER = table_of(Member)
ORDER = table_of(Order)


@dataclass(frozen=True)
class MemberPage:
    """One member, who stands above her, and how much she has ordered."""

    member: sa.Row[Any]
    orders: int
    enrolled: int


def read_member(session: Session, *, number: str) -> MemberPage:
    """The member with this number.

    Raises:
        NotFoundError: there is none.
    """
    sponsor, enroller = MEMBER.alias("sponsor"), MEMBER.alias("enroller")
    member = (
        session.connection()
        .execute(
            sa.select(
                MEMBER,
                sponsor.c.number.label("sponsor_number"),
                sponsor.c.name.label("sponsor_name"),
                enroller.c.number.label("enroller_number"),
                enroller.c.name.label("enroller_name"),
            )
            .outerjoin(sponsor, sponsor.c.id == MEMBER.c.sponsor_id)
            .outerjoin(enroller, enroller.c.id == MEMBER.c.enroller_id)
            .where(MEMBER.c.number == number)
        )
        .one_or_none()
    )
    if member is None:
        raise NotFoundError(f"There is no member {number}.", number=number)
    orders = sa.select(sa.func.count()).where(ORDER.c.member_id == member.id).scalar_subquery()
    enrolled = sa.select(sa.func.count()).where(MEMBER.c.sponsor_id == member.id).scalar_subquery()
    counts = session.connection().execute(sa.select(orders.label("orders"), enrolled.label("enrolled"))).one()
    return MemberPage(member, counts.orders, counts.enrolled)


def find_members(session: Session, *, text: str, limit: int) -> Sequence[sa.Row[Any]]:
    """Members by their number, their e-mail address, or how their name begins."""
    beginning = text.lower().replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
    arms = sa.union(
        sa.select(MEMBER.c.id).where(MEMBER.c.number == text.upper()),
        sa.select(MEMBER.c.id).where(sa.func.lower(MEMBER.c.email) == text.lower()),
        sa.select(MEMBER.c.id).where(sa.func.lower(MEMBER.c.name).like(beginning)).limit(limit),
    )
    query = sa.select(MEMBER).where(MEMBER.c.id.in_(arms)).order_by(MEMBER.c.name, MEMBER.c.id).limit(limit)
    return session.connection().execute(query).all()


def find_member_id(session: Session, *, number: str) -> uuid.UUID | None:
    """The id behind a member's number."""
    query = sa.select(MEMBER.c.id).where(MEMBER.c.number == number)
    return session.connection().execute(query).scalar_one_or_none()
