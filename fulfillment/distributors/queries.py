"""What other capabilities ask about members."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import NotFoundError
from fulfillment.distributors.tables import Member, MemberKind
from fulfillment.store.columns import table_of

MEMBER = table_of(Member)


@dataclass(frozen=True)
class MemberFacts:
    """A member as an order or a notice needs them."""

    id: uuid.UUID
    number: str
    kind: MemberKind
    name: str
    email: str | None


def find_member(session: Session, *, number: str | None) -> MemberFacts | None:
    """The member with this number; None for a guest, who has none.

    Raises:
        NotFoundError: no member has this number.
    """
    if number is None:
        return None
    query = sa.select(MEMBER.c.id, MEMBER.c.number, MEMBER.c.kind, MEMBER.c.name, MEMBER.c.email)
    row = session.connection().execute(query.where(MEMBER.c.number == number)).one_or_none()
    if row is None:
        raise NotFoundError(
            f"There is no member {number}. Create the member first, or order as a guest.", number=number
        )
    return MemberFacts(*row)


def find_members(session: Session, *, numbers: Collection[str]) -> dict[str, MemberFacts]:
    """The members with these numbers; those nobody has are missing from the answer."""
    query = sa.select(MEMBER.c.id, MEMBER.c.number, MEMBER.c.kind, MEMBER.c.name, MEMBER.c.email)
    rows = session.connection().execute(query.where(MEMBER.c.number.in_(list(numbers))))
    return {row.number: MemberFacts(*row) for row in rows}
