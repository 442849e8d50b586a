"""What becomes of members: their particulars change, they move in a tree, they leave."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.addresses import Address
from fulfillment.core.errors import ConflictError, InvalidInputError, NotFoundError
from fulfillment.distributors.tables import EndedBy, Member, MemberKind
from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.columns import table_of

MEMBER = table_of(Member)

_UPLINE = sa.text("""
    WITH RECURSIVE upline AS (
        SELECT id, sponsor_id, enroller_id FROM member WHERE id = :start
        UNION
        SELECT m.id, m.sponsor_id, m.enroller_id FROM member m JOIN upline u
            ON m.id = CASE WHEN CAST(:tree AS text) = 'sponsor' THEN u.sponsor_id ELSE u.enroller_id END
    )
    SELECT EXISTS (SELECT 1 FROM upline WHERE id = :member_id)
    """)
_DOWNLINE = sa.text("""
    WITH RECURSIVE downline AS (
        SELECT id, 0 AS level FROM member WHERE number = :number
        UNION ALL
        SELECT m.id, d.level + 1 FROM member m JOIN downline d ON m.sponsor_id = d.id
        WHERE d.level < CAST(:levels AS integer)
    )
    SELECT m.number, m.name, d.level FROM downline d JOIN member m USING (id)
    WHERE d.level > 0 ORDER BY d.level, m.number LIMIT :limit
    """)

MAX_LEVELS = 50
MAX_ROWS = 10_000


@dataclass(frozen=True)
class MemberChanges:
    """What is to change; None leaves a particular as it is."""

    kind: MemberKind | None = None
    name: str | None = None
    address: Address | None = None
    locale: str | None = None
    market: str | None = None


@dataclass(frozen=True)
class DownlineMember:
    """A member below another one, so many levels down the sponsor tree."""

    number: str
    name: str
    level: int


def change_member(session: Session, *, number: str, changes: MemberChanges, actor: Actor) -> list[str]:
    """The member's particulars are as given; returns the names of those that differ from before.

    Raises:
        NotFoundError: there is no such member.
        InvalidInputError: the name would be blank.
    """
    values = _values(changes)
    row = _lock(session, number)
    differing = {name: value for name, value in values.items() if getattr(row, name) != value}
    if differing:
        _write(session, row.id, differing)
        record(
            session,
            actor=actor,
            deed="member.changed",
            object_kind="member",
            object_id=number,
            detail={"fields": sorted(differing)},
        )
    return sorted(differing)


def move_member(
    session: Session,
    *,
    number: str,
    actor: Actor,
    sponsor_number: str | None = None,
    enroller_number: str | None = None,
) -> None:
    """The member stands below another sponsor, enroller, or both, with everyone below them.

    Raises:
        NotFoundError: the member, the sponsor or the enroller does not exist.
        ConflictError: the new upline stands below the member, so that the tree would close a circle.
    """
    # Trees are changed one at a time, or two moves could close a circle that neither sees.
    session.connection().execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('distributors.trees'))"))
    row = _lock(session, number)
    values: dict[str, uuid.UUID] = {}
    for tree, upline in (("sponsor", sponsor_number), ("enroller", enroller_number)):
        if upline is not None:
            values[f"{tree}_id"] = _require_free(session, tree, upline, row.id, number)
    if values:
        _write(session, row.id, values)
        record(
            session,
            actor=actor,
            deed="member.moved",
            object_kind="member",
            object_id=number,
            detail={"sponsor": sponsor_number, "enroller": enroller_number},
        )


def end_membership(session: Session, *, number: str, ended_on: date, ended_by: EndedBy, actor: Actor) -> None:
    """The member has left; the day and the side that ended it decide about buy-back. Said twice, no change.

    Raises:
        NotFoundError: there is no such member.
        ConflictError: the membership ended before on another day or by the other side.
        InvalidInputError: the day lies before the one of joining.
    """
    row = _lock(session, number)
    if row.ended_on is not None:
        if (row.ended_on, row.ended_by) == (ended_on, ended_by):
            return
        raise ConflictError(f"Member {number} left on {row.ended_on} already.", number=number)
    if ended_on < row.joined_on:
        raise InvalidInputError(
            f"Member {number} joined on {row.joined_on}, after {ended_on}.", number=number
        )
    _write(session, row.id, {"ended_on": ended_on, "ended_by": ended_by})
    record(
        session,
        actor=actor,
        deed="member.left",
        object_kind="member",
        object_id=number,
        detail={"on": ended_on.isoformat(), "by": ended_by.value},
    )


def list_downline(session: Session, *, number: str, levels: int = 3) -> list[DownlineMember]:
    """Who stands below the member in the sponsor tree, level by level.

    Raises:
        InvalidInputError: `levels` is out of range.
    """
    if not 1 <= levels <= MAX_LEVELS:
        raise InvalidInputError(f"{levels} levels cannot be listed; give 1 to {MAX_LEVELS}.")
    values = {"number": number, "levels": levels, "limit": MAX_ROWS}
    return [DownlineMember(*row) for row in session.connection().execute(_DOWNLINE, values)]


def _values(changes: MemberChanges) -> dict[str, Any]:
    plain = {"kind": changes.kind, "name": changes.name, "locale": changes.locale, "market": changes.market}
    values: dict[str, Any] = {name: value for name, value in plain.items() if value is not None}
    if changes.name is not None and not changes.name.strip():
        raise InvalidInputError("A member needs a name.")
    if changes.address is not None:
        values["address"] = asdict(changes.address)
        values["email"] = changes.address.email or None
        values["phone"] = changes.address.phone or None
    return values


def _lock(session: Session, number: str) -> sa.Row[Any]:
    query = sa.select(MEMBER).where(MEMBER.c.number == number).with_for_update(key_share=True)
    row = session.connection().execute(query).one_or_none()
    if row is None:
        raise NotFoundError(f"There is no member {number}.", number=number)
    return row


def _write(session: Session, member_id: uuid.UUID, values: Mapping[str, Any]) -> None:
    session.connection().execute(sa.update(MEMBER).where(MEMBER.c.id == member_id).values(dict(values)))


def _require_free(session: Session, tree: str, upline: str, member_id: uuid.UUID, number: str) -> uuid.UUID:
    """The upline's id, if the member does not stand above it in this tree."""
    connection = session.connection()
    found = connection.execute(sa.select(MEMBER.c.id).where(MEMBER.c.number == upline)).scalar_one_or_none()
    if found is None:
        raise NotFoundError(f"There is no member {upline} to be {tree}.", number=upline)
    values = {"start": found, "tree": tree, "member_id": member_id}
    if connection.execute(_UPLINE, values).scalar_one():
        raise ConflictError(
            f"Member {upline} stands below {number} and cannot be its {tree}.", number=number, upline=upline
        )
    upline_id: uuid.UUID = found
    return upline_id
