"""Whom the played days are for: the member and the warehouse of those who can sign in."""

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.accounts.roles import Role
from fulfillment.accounts.tables import User
from fulfillment.store.columns import table_of

USER = table_of(User)


def find_portal_member(session: Session) -> str | None:
    """The number of the member who can sign in to the portal; None if nobody can."""
    query = (
        sa.select(USER.c.member_number).where(USER.c.role == Role.DISTRIBUTOR).order_by(USER.c.id).limit(1)
    )
    number: str | None = session.connection().execute(query).scalar_one_or_none()
    return number


def find_staffed_warehouse(session: Session) -> str | None:
    """The code of the warehouse where somebody can sign in to scan; None if nobody can."""
    query = sa.select(USER.c.warehouse_code).where(USER.c.role == Role.WAREHOUSE).order_by(USER.c.id).limit(1)
    code: str | None = session.connection().execute(query).scalar_one_or_none()
    return code
