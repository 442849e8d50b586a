from datetime import date

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.addresses import Address
from fulfillment.core.errors import InvalidInputError, NotFoundError
from fulfillment.distributors.membership import NewMember, add_members, find_member_ids
from fulfillment.distributors.tables import MemberKind
from fulfillment.store.actors import SYSTEM


def member(number: str, sponsor: str | None = None, name: str = "Ana") -> NewMember:
    return NewMember(
        number,
        MemberKind.DISTRIBUTOR,
        name,
        Address(name=name, email="ana@example.com"),
        date(2026, 1, 1),
        sponsor_number=sponsor,
        enroller_number=sponsor,
    )


def test_members_join_in_whatever_order_they_come(session: Session) -> None:
    added = add_members(session, members=[member("2", "1"), member("1")], actor=SYSTEM)

    assert added == ["1", "2"]
    rows = session.connection().execute(
        sa.text(
            "SELECT m.number, s.number FROM member m LEFT JOIN member s ON s.id = m.sponsor_id ORDER BY 1"
        )
    )
    assert [tuple(row) for row in rows] == [("1", None), ("2", "1")]


def test_a_number_that_is_taken_keeps_its_member(session: Session) -> None:
    add_members(session, members=[member("1")], actor=SYSTEM)

    added = add_members(session, members=[member("1", name="Eve"), member("2", "1")], actor=SYSTEM)

    assert added == ["2"]
    names = session.connection().execute(sa.text("SELECT name FROM member WHERE number = '1'"))
    assert names.scalar_one() == "Ana"


@pytest.mark.parametrize(
    ("members", "error", "words"),
    [
        ([member("1", "2"), member("2", "1")], InvalidInputError, "above or below itself"),
        ([member("1", "9")], NotFoundError, "no member 9"),
        ([member("1"), member("1", name="Eve")], InvalidInputError, "stands twice"),
        ([member(" ")], InvalidInputError, "needs a number"),
        ([member("1", name=" ")], InvalidInputError, "needs a number and a name"),
    ],
)
def test_members_that_fit_no_tree_are_refused_and_nothing_changes(
    session: Session, members: list[NewMember], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        add_members(session, members=members, actor=SYSTEM)

    assert find_member_ids(session, numbers=["1", "2"]) == {}
