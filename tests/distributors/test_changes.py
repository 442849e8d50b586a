from datetime import date

import pytest
from sqlmodel import Session

from fulfillment.core.addresses import Address
from fulfillment.core.errors import ConflictError, InvalidInputError, NotFoundError
from fulfillment.distributors.changes import (
    DownlineMember,
    MemberChanges,
    change_member,
    end_membership,
    list_downline,
    move_member,
)
from fulfillment.distributors.membership import NewMember, add_members
from fulfillment.distributors.queries import find_member
from fulfillment.distributors.tables import EndedBy, MemberKind
from fulfillment.store.actors import Actor

ANA = Actor(kind="user", id="ana", name="Ana")
JOINED = date(2026, 1, 5)


@pytest.fixture
def tree(session: Session) -> Session:
    """M1 sponsors M2 and M4, M2 sponsors M3."""
    sponsors = {"M1": None, "M2": "M1", "M3": "M2", "M4": "M1"}
    members = [
        NewMember(
            number,
            MemberKind.DISTRIBUTOR,
            f"Member {number}",
            Address(name=f"Member {number}", email=f"{number}@example.com"),
            JOINED,
            sponsor_number=sponsor,
            enroller_number=sponsor,
        )
        for number, sponsor in sponsors.items()
    ]
    add_members(session, members=members, actor=ANA)
    return session


def test_changes_are_named_and_saying_them_twice_changes_nothing(tree: Session) -> None:
    changes = MemberChanges(
        kind=MemberKind.PREFERRED, name="Ida Green", address=Address(email="ida@example.com")
    )

    first = change_member(tree, number="M3", changes=changes, actor=ANA)
    second = change_member(tree, number="M3", changes=changes, actor=ANA)

    assert first == ["address", "email", "kind", "name"]
    assert second == []
    member = find_member(tree, number="M3")
    assert member is not None
    assert (member.kind, member.name, member.email) == (MemberKind.PREFERRED, "Ida Green", "ida@example.com")


def test_a_member_moves_with_everyone_below(tree: Session) -> None:
    move_member(tree, number="M2", sponsor_number="M4", actor=ANA)

    assert list_downline(tree, number="M1") == [
        DownlineMember("M4", "Member M4", 1),
        DownlineMember("M2", "Member M2", 2),
        DownlineMember("M3", "Member M3", 3),
    ]


@pytest.mark.parametrize("upline", ["M3", "M2"])
def test_nobody_stands_below_themselves(tree: Session, upline: str) -> None:
    with pytest.raises(ConflictError, match=f"Member {upline} stands below M2"):
        move_member(tree, number="M2", sponsor_number=upline, actor=ANA)


def test_an_unknown_upline_or_member_is_refused(tree: Session) -> None:
    with pytest.raises(NotFoundError, match="There is no member M9 to be enroller"):
        move_member(tree, number="M2", enroller_number="M9", actor=ANA)
    with pytest.raises(NotFoundError, match="There is no member M9"):
        change_member(tree, number="M9", changes=MemberChanges(name="X"), actor=ANA)


def test_a_membership_ends_once(tree: Session) -> None:
    day = date(2026, 3, 1)
    for _ in range(2):
        end_membership(tree, number="M3", ended_on=day, ended_by=EndedBy.MEMBER, actor=ANA)

    with pytest.raises(ConflictError, match="left on 2026-03-01 already"):
        end_membership(tree, number="M3", ended_on=day, ended_by=EndedBy.COMPANY, actor=ANA)
    with pytest.raises(InvalidInputError, match="joined on 2026-01-05, after 2026-01-04"):
        end_membership(tree, number="M4", ended_on=date(2026, 1, 4), ended_by=EndedBy.MEMBER, actor=ANA)
