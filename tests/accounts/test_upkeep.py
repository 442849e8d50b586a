from datetime import timedelta

from sqlmodel import Session

from fulfillment.accounts import links, sessions
from fulfillment.accounts.sessions import Lifetime
from fulfillment.accounts.tables import SessionKind
from fulfillment.accounts.upkeep import forget_ended
from fulfillment.store.actors import SYSTEM
from tests.accounts.people import make_user


def test_only_what_ended_long_ago_is_forgotten(session: Session) -> None:
    user_id = make_user(session)
    links.make_reset_link(session, actor=SYSTEM, user_id=user_id)
    for days in (-31, -29, 1):
        lifetime = Lifetime(idle=timedelta(hours=1), at_most=timedelta(days=days))
        sessions.open_session(
            session, user_id=user_id, kind=SessionKind.PASSWORD, agent="", lifetime=lifetime
        )

    assert forget_ended(session) == 1
    assert forget_ended(session) == 0
