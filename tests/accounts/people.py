"""People for tests, made by the operations themselves."""

import uuid

from sqlmodel import Session

from fulfillment.accounts.roles import Role
from fulfillment.accounts.users import create_user
from fulfillment.store.actors import SYSTEM

PASSWORD = "correct horse battery"


def make_user(session: Session, *, role: Role = Role.SERVICE, email: str | None = None) -> uuid.UUID:
    """An active user with PASSWORD; a distributor's needs its member first."""
    return create_user(
        session,
        actor=SYSTEM,
        email=email or f"{role.value}@example.com",
        name=f"Ann {role.value.title()}",
        role=role,
        password=PASSWORD,
        member_number="D-1" if role is Role.DISTRIBUTOR else None,
    )
