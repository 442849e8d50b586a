from datetime import UTC, datetime, timedelta
from uuid import UUID

import pyotp
import pytest
from sqlalchemy.engine import Engine

from fulfillment.accounts import badges, second_factor, sessions, users
from fulfillment.accounts.roles import Role
from fulfillment.accounts.tables import SessionKind
from fulfillment.core.errors import ConflictError, SignInRequiredError, TooManyRequestsError
from fulfillment.flows import signing_in
from fulfillment.flows.signing_in import Opened
from fulfillment.store.actors import SYSTEM
from fulfillment.store.session import InTransaction
from tests.accounts.people import PASSWORD, make_user

EMAIL = "service@example.com"
PIN = "274913"


def sign_in(
    engine: Engine, password: str = PASSWORD, *, email: str = EMAIL, remote: str = "10.0.0.1"
) -> Opened:
    return signing_in.sign_in(engine, email=email, password=password, remote=remote, agent="Firefox")


def test_the_right_password_opens_a_session(engine: Engine, in_transaction: InTransaction) -> None:
    user_id = in_transaction(make_user)

    opened = sign_in(engine, email=" Service@Example.COM ")

    viewer = in_transaction(lambda session: sessions.find_viewer(session, secret=opened.secret))
    assert opened.kind is SessionKind.PASSWORD
    assert viewer is not None
    assert viewer.actor.id == str(user_id)


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com", "not an address", ""])
def test_a_wrong_password_and_an_unknown_address_are_refused_in_the_same_words(
    engine: Engine, in_transaction: InTransaction, email: str
) -> None:
    in_transaction(make_user)

    with pytest.raises(SignInRequiredError, match="do not go together"):
        sign_in(engine, "wrong password", email=email)


def test_a_disabled_user_cannot_sign_in(engine: Engine, in_transaction: InTransaction) -> None:
    user_id = in_transaction(make_user)
    in_transaction(lambda session: users.disable_user(session, actor=SYSTEM, user_id=user_id))

    with pytest.raises(SignInRequiredError):
        sign_in(engine)


def test_after_five_wrong_passwords_even_the_right_one_waits(
    engine: Engine, in_transaction: InTransaction
) -> None:
    in_transaction(make_user)
    for _ in range(5):
        with pytest.raises(SignInRequiredError):
            sign_in(engine, "wrong password")

    with pytest.raises(TooManyRequestsError) as refusal:
        sign_in(engine)

    assert 0 < int(str(refusal.value.detail["retry_after_s"])) <= 900
    assert sign_in(engine, remote="10.0.0.2").kind is SessionKind.PASSWORD


def test_the_right_password_forgives_the_wrong_ones_before(
    engine: Engine, in_transaction: InTransaction
) -> None:
    in_transaction(make_user)
    for _ in range(4):
        with pytest.raises(SignInRequiredError):
            sign_in(engine, "wrong password")
    sign_in(engine)

    for _ in range(4):
        with pytest.raises(SignInRequiredError):
            sign_in(engine, "wrong password")

    assert sign_in(engine).kind is SessionKind.PASSWORD


def test_with_a_second_factor_the_password_alone_opens_nothing(
    engine: Engine, in_transaction: InTransaction
) -> None:
    now = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    user_id = in_transaction(make_user)
    totp = pyotp.TOTP(in_transaction(lambda s: second_factor.begin_enrollment(s, user_id=user_id)))
    in_transaction(
        lambda s: second_factor.confirm_enrollment(
            s, actor=SYSTEM, user_id=user_id, code=totp.at(now), now=now
        )
    )

    pending = sign_in(engine)

    viewer = in_transaction(lambda s: sessions.find_viewer(s, secret=pending.secret))
    assert pending.kind is SessionKind.PENDING
    assert viewer is not None
    assert viewer.session_id is not None
    assert viewer.permissions == frozenset()
    later = now + timedelta(seconds=30)
    opened = give(engine, user_id, viewer.session_id, totp.at(later), later)
    assert opened.kind is SessionKind.PASSWORD
    assert in_transaction(lambda s: sessions.find_viewer(s, secret=pending.secret)) is None
    with pytest.raises(SignInRequiredError):
        give(engine, user_id, viewer.session_id, totp.at(later), later)


def give(engine: Engine, user_id: UUID, session_id: UUID, code: str, now: datetime) -> Opened:
    return signing_in.give_second_factor(
        engine, user_id=user_id, session_id=session_id, code=code, agent="", now=now
    )


def test_a_badge_locks_after_five_wrong_pins_wherever_it_is_scanned(
    engine: Engine, in_transaction: InTransaction
) -> None:
    user_id = in_transaction(lambda s: make_user(s, role=Role.WAREHOUSE))
    code = in_transaction(lambda s: badges.issue_badge(s, actor=SYSTEM, user_id=user_id, pin=PIN))
    for number in range(5):
        with pytest.raises(SignInRequiredError):
            scan(engine, code, "000001", remote=f"10.0.0.{number}")

    with pytest.raises(TooManyRequestsError):
        scan(engine, code, PIN, remote="10.0.0.99")


def scan(engine: Engine, badge: str, pin: str, *, remote: str = "10.0.0.1") -> Opened:
    return signing_in.sign_in_by_badge(engine, badge=badge, pin=pin, remote=remote, agent="scanner")


def test_a_badge_and_its_pin_open_a_short_session(engine: Engine, in_transaction: InTransaction) -> None:
    user_id = in_transaction(lambda s: make_user(s, role=Role.WAREHOUSE))
    code = in_transaction(lambda s: badges.issue_badge(s, actor=SYSTEM, user_id=user_id, pin=PIN))

    opened = scan(engine, code, PIN)

    [live] = in_transaction(lambda s: sessions.live_sessions(s, user_id=user_id))
    assert opened.kind is SessionKind.BADGE
    assert live.idle_s == 900


def test_a_new_badge_ends_the_old_one_and_its_sessions(engine: Engine, in_transaction: InTransaction) -> None:
    user_id = in_transaction(lambda s: make_user(s, role=Role.WAREHOUSE))
    old = in_transaction(lambda s: badges.issue_badge(s, actor=SYSTEM, user_id=user_id, pin=PIN))
    opened = scan(engine, old, PIN)

    new = in_transaction(lambda s: badges.issue_badge(s, actor=SYSTEM, user_id=user_id, pin=PIN))

    assert in_transaction(lambda s: sessions.find_viewer(s, secret=opened.secret)) is None
    with pytest.raises(SignInRequiredError):
        scan(engine, old, PIN)
    assert scan(engine, new, PIN).kind is SessionKind.BADGE


def test_only_warehouse_users_have_badges(in_transaction: InTransaction) -> None:
    user_id = in_transaction(lambda s: make_user(s, role=Role.ADMIN))

    with pytest.raises(ConflictError):
        in_transaction(lambda s: badges.issue_badge(s, actor=SYSTEM, user_id=user_id, pin=PIN))
