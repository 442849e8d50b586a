import pytest
from sqlmodel import Session

from fulfillment.accounts import links, queries, sessions, users
from fulfillment.accounts.passwords import is_secret
from fulfillment.accounts.roles import Role
from fulfillment.accounts.tables import SessionKind, UserState
from fulfillment.core.errors import ConflictError, InvalidInputError, NotFoundError
from fulfillment.store.actors import SYSTEM
from tests.accounts.people import PASSWORD, make_user


def test_an_invited_user_chooses_her_password_once(session: Session) -> None:
    user_id, secret = users.invite_user(
        session, actor=SYSTEM, email=" Ann@Example.com ", name="Ann  Lee", role=Role.SERVICE
    )

    links.use_link(session, secret=secret, password=PASSWORD)

    user = queries.find_user(session, user_id=user_id)
    session.refresh(user)
    assert (user.email, user.name, user.state) == ("ann@example.com", "Ann Lee", UserState.ACTIVE)
    assert is_secret(PASSWORD, user.password_hash)
    with pytest.raises(NotFoundError):
        links.use_link(session, secret=secret, password=PASSWORD)


def test_a_refused_password_leaves_the_link_good(session: Session) -> None:
    _, secret = users.invite_user(session, actor=SYSTEM, email="a@b.c", name="Ann", role=Role.SERVICE)

    with pytest.raises(InvalidInputError):
        links.use_link(session, secret=secret, password="short")

    assert links.find_link_holder(session, secret=secret).name == "Ann"


def test_a_newer_link_replaces_the_older_one(session: Session) -> None:
    user_id = make_user(session)
    older = links.make_reset_link(session, actor=SYSTEM, user_id=user_id)

    newer = links.make_reset_link(session, actor=SYSTEM, user_id=user_id)

    with pytest.raises(NotFoundError):
        links.find_link_holder(session, secret=older)
    assert links.find_link_holder(session, secret=newer).id == user_id


def test_a_reset_signs_the_user_out_everywhere(session: Session) -> None:
    user_id = make_user(session)
    cookie = sessions.open_session(session, user_id=user_id, kind=SessionKind.PASSWORD, agent="")
    secret = links.make_reset_link(session, actor=SYSTEM, user_id=user_id)

    links.use_link(session, secret=secret, password="another long phrase")

    assert sessions.find_viewer(session, secret=cookie) is None


def test_a_disabled_user_gets_no_link_and_her_old_one_is_dead(session: Session) -> None:
    user_id = make_user(session)
    secret = links.make_reset_link(session, actor=SYSTEM, user_id=user_id)

    users.disable_user(session, actor=SYSTEM, user_id=user_id)

    with pytest.raises(ConflictError):
        links.make_reset_link(session, actor=SYSTEM, user_id=user_id)
    with pytest.raises(NotFoundError):
        links.find_link_holder(session, secret=secret)


def test_one_address_is_one_user(session: Session) -> None:
    make_user(session, email="ann@example.com")

    with pytest.raises(ConflictError):
        users.invite_user(session, actor=SYSTEM, email="ANN@example.com", name="Ann", role=Role.SERVICE)


def test_a_distributor_without_a_member_number_is_refused(session: Session) -> None:
    with pytest.raises(InvalidInputError):
        users.invite_user(session, actor=SYSTEM, email="d@example.com", name="Dee", role=Role.DISTRIBUTOR)
