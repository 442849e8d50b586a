"""Members join here, each below a sponsor and an enroller who are members already."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from fulfillment.core.addresses import Address
from fulfillment.core.errors import InvalidInputError, NotFoundError
from fulfillment.core.ids import new_id
from fulfillment.distributors.genealogy import order_by_upline
from fulfillment.distributors.tables import Member, MemberKind
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.columns import table_of

MEMBER = table_of(Member)

MAX_MEMBERS_AT_ONCE = 5_000


@dataclass(frozen=True)
class NewMember:
    """A distributor or customer who joins; sponsor and enroller are numbers."""

    number: str
    kind: MemberKind
    name: str
    address: Address
    joined_on: date
    sponsor_number: str | None = None
    enroller_number: str | None = None
    market: str = "US"
    locale: str = "en"

    @property
    def uplines(self) -> tuple[str, ...]:
        """The numbers this member names."""
        return tuple(number for number in (self.sponsor_number, self.enroller_number) if number)


def add_members(session: Session, *, members: Sequence[NewMember], actor: Actor) -> list[str]:
    """The members have joined, in whatever order they come; returns the numbers that were not there before.

    A number that is taken keeps its member as it is.

    Raises:
        InvalidInputError: too many at once, a number or name is blank, a number stands twice, or members
            stand above themselves.
        NotFoundError: a sponsor or enroller is no member.
    """
    by_number = _check(members)
    if not by_number:
        return []
    ordered, in_circle = order_by_upline({number: member.uplines for number, member in by_number.items()})
    if in_circle:
        raise InvalidInputError(
            f"Member {in_circle[0]} would stand above or below itself; correct its sponsor or enroller.",
            numbers=in_circle[:20],
        )
    named = {number for member in members for number in member.uplines}
    ids = find_member_ids(session, numbers=named | by_number.keys())
    known = set(ids)
    unknown = sorted(named - known - by_number.keys())
    if unknown:
        raise NotFoundError(f"There is no member {unknown[0]} to sponsor or enroll anybody.", numbers=unknown)
    new = [number for number in ordered if number not in known]
    ids.update({number: new_id() for number in new})
    if new:
        rows = [_row(by_number[number], ids) for number in new]
        session.connection().execute(insert(MEMBER), rows)
    for number in new:
        record(session, actor=actor, deed="member.joined", object_kind="member", object_id=number)
    return new


def find_member_ids(session: Session, *, numbers: Collection[str]) -> dict[str, uuid.UUID]:
    """The ids of those numbers that are members."""
    query = sa.select(MEMBER.c.number, MEMBER.c.id).where(MEMBER.c.number.in_(sorted(numbers)))
    return {row.number: row.id for row in session.connection().execute(query)}


def _check(members: Sequence[NewMember]) -> dict[str, NewMember]:
    if len(members) > MAX_MEMBERS_AT_ONCE:
        raise InvalidInputError(f"Add at most {MAX_MEMBERS_AT_ONCE} members at once.")
    by_number: dict[str, NewMember] = {}
    for member in members:
        if not member.number.strip() or not member.name.strip():
            raise InvalidInputError("A member needs a number and a name.", number=member.number)
        if by_number.setdefault(member.number, member) is not member:
            raise InvalidInputError(f"Member {member.number} stands twice in the list.", number=member.number)
    return by_number


def _row(member: NewMember, ids: dict[str, uuid.UUID]) -> dict[str, Any]:
    return {
        "id": ids[member.number],
        "number": member.number,
        "kind": member.kind,
        "name": member.name,
        "email": member.address.email or None,
        "phone": member.address.phone or None,
        "locale": member.locale,
        "address": asdict(member.address),
        "market": member.market,
        "sponsor_id": ids[member.sponsor_number] if member.sponsor_number else None,
        "enroller_id": ids[member.enroller_number] if member.enroller_number else None,
        "joined_on": member.joined_on,
    }
