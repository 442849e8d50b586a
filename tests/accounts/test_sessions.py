from datetime import timedelta

from sqlmodel import Session

from fulfillment.accounts import sessions, users
from fulfillment.accounts.roles import Permission, Role
from fulfillment.accounts.sessions import Lifetime
from fulfillment.accounts.tables import SessionKind
from fulfillment.store.actors import SYSTEM
from tests.accounts.people import make_user

OVER = timedelta(seconds=-1)
HOUR = timedelta(hours=1)


def test_a_session_is_known_by_its_secret_only(session: Session) -> None:
    user_id = make_user(session)

    secret = sessions.open_session(session, user_id=user_id, kind=SessionKind.PASSWORD, agent="Firefox")

    viewer = sessions.find_viewer(session, secret=secret)
    assert viewer is not None
    assert viewer.actor.id == str(user_id)
    assert viewer.role is Role.SERVICE
    assert viewer.may(Permission.READ_ORDERS)
    assert sessions.find_viewer(session, secret=secret + "x") is None
    [live] = sessions.live_sessions(session, user_id=user_id)
    assert secret not in (live.secret_hash, str(live.id))


def test_an_ended_session_signs_nobody_in(session: Session) -> None:
    user_id = make_user(session)
    secret = sessions.open_session(session, user_id=user_id, kind=SessionKind.PASSWORD, agent="")
    viewer = sessions.find_viewer(session, secret=secret)
    assert viewer is not None
    assert viewer.session_id is not None

    assert sessions.end_session(session, session_id=viewer.session_id, user_id=user_id)

    assert sessions.find_viewer(session, secret=secret) is None
    assert not sessions.end_session(session, session_id=viewer.session_id, user_id=user_id)


def test_nobody_ends_another_users_session(session: Session) -> None:
    user_id = make_user(session)
    other_id = make_user(session, email="other@example.com")
    secret = sessions.open_session(session, user_id=user_id, kind=SessionKind.PASSWORD, agent="")
    viewer = sessions.find_viewer(session, secret=secret)
    assert viewer is not None
    assert viewer.session_id is not None

    assert not sessions.end_session(session, session_id=viewer.session_id, user_id=other_id)

    assert sessions.find_viewer(session, secret=secret) is not None


def test_a_session_left_idle_or_too_old_is_over(session: Session) -> None:
    user_id = make_user(session)

    for lifetime in (Lifetime(idle=OVER, at_most=HOUR), Lifetime(idle=HOUR, at_most=OVER)):
        secret = sessions.open_session(
            session, user_id=user_id, kind=SessionKind.PASSWORD, agent="", lifetime=lifetime
        )
        assert sessions.find_viewer(session, secret=secret) is None


def test_disabling_a_user_ends_all_her_sessions(session: Session) -> None:
    user_id = make_user(session)
    secrets = [
        sessions.open_session(session, user_id=user_id, kind=SessionKind.PASSWORD, agent="") for _ in range(2)
    ]

    users.disable_user(session, actor=SYSTEM, user_id=user_id)

    assert [sessions.find_viewer(session, secret=secret) for secret in secrets] == [None, None]
    users.enable_user(session, actor=SYSTEM, user_id=user_id)
    assert [sessions.find_viewer(session, secret=secret) for secret in secrets] == [None, None]


def test_a_changed_role_counts_from_the_next_request_on(session: Session) -> None:
    user_id = make_user(session)
    secret = sessions.open_session(session, user_id=user_id, kind=SessionKind.PASSWORD, agent="")

    users.change_role(session, actor=SYSTEM, user_id=user_id, role=Role.WAREHOUSE)

    viewer = sessions.find_viewer(session, secret=secret)
    assert viewer is not None
    assert viewer.role is Role.WAREHOUSE
    assert not viewer.may(Permission.WRITE_ORDERS)


def test_a_badge_opens_the_floor_and_not_the_account(session: Session) -> None:
    user_id = make_user(session, role=Role.WAREHOUSE)

    secret = sessions.open_session(session, user_id=user_id, kind=SessionKind.BADGE, agent="")

    viewer = sessions.find_viewer(session, secret=secret)
    assert viewer is not None
    assert viewer.may(Permission.WRITE_PICKS)
    assert not viewer.may(Permission.USE_ACCOUNT)
