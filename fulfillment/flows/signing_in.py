"""Signing in: count the attempt and commit, check the secret with no connection held, open the session.

Three steps because argon2 takes tens of milliseconds of CPU, during which no transaction may wait, and
because an attempt must count even if what follows fails.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.accounts import badges, queries, second_factor, sessions, throttling
from fulfillment.accounts.passwords import fingerprint, is_secret
from fulfillment.accounts.roles import BADGE_ROLES
from fulfillment.accounts.tables import SessionKind, User, UserState
from fulfillment.core.errors import InvalidInputError, NotFoundError, SignInRequiredError
from fulfillment.store import audit_trail
from fulfillment.store.actors import Actor
from fulfillment.store.session import in_transaction


@dataclass(frozen=True)
class Opened:
    """A session just opened: the secret for the cookie, and whether a second factor is still to come."""

    secret: str
    kind: SessionKind


def _refuse_password() -> SignInRequiredError:
    # One sentence for an unknown address, a wrong password and a disabled user, so that nobody can ask
    # which addresses exist.
    return SignInRequiredError("This e-mail address and password do not go together. Try again.")


def sign_in(engine: sa.Engine, *, email: str, password: str, remote: str, agent: str) -> Opened:
    """The user is signed in, or has to show a second factor next.

    Raises:
        SignInRequiredError: the address is unknown, the password wrong, or the user may not sign in.
        TooManyRequestsError: too many attempts from this place or for this address.
    """
    address = email.strip().lower()
    keys = throttling.password_keys(email=address, remote=remote)

    def count_and_look(session: Session) -> tuple[uuid.UUID | None, str | None]:
        throttling.count_attempt(session, keys=keys)
        try:
            user = queries.find_user_by_email(session, email=address)
        except (InvalidInputError, NotFoundError):
            return None, None
        return (user.id, user.password_hash) if user.state is UserState.ACTIVE else (None, None)

    user_id, password_hash = in_transaction(engine, count_and_look)
    if not is_secret(password, password_hash) or user_id is None:
        raise _refuse_password()

    def open_one(session: Session) -> Opened:
        user = queries.find_user(session, user_id=user_id)
        if user.state is not UserState.ACTIVE or user.password_hash != password_hash:
            raise _refuse_password()
        throttling.forget_attempts(session, keys=keys)
        needs_code = user.totp_confirmed_at is not None
        kind = SessionKind.PENDING if needs_code else SessionKind.PASSWORD
        return _open(session, user=user, kind=kind, agent=agent)

    return in_transaction(engine, open_one)


def _open(session: Session, *, user: User, kind: SessionKind, agent: str) -> Opened:
    secret = sessions.open_session(session, user_id=user.id, kind=kind, agent=agent)
    if kind is not SessionKind.PENDING:
        audit_trail.record(
            session,
            actor=Actor(kind="user", id=str(user.id), name=user.name),
            deed="sign_in",
            object_kind="user",
            object_id=str(user.id),
            detail={"by": kind.value},
        )
    return Opened(secret, kind)


def give_second_factor(
    engine: sa.Engine, *, user_id: uuid.UUID, session_id: uuid.UUID, code: str, agent: str, now: datetime
) -> Opened:
    """The pending session is over and a full one is open.

    Raises:
        SignInRequiredError: the code is wrong or was used before.
        TooManyRequestsError: too many codes tried.
    """
    keys = throttling.second_factor_keys(user_id=str(user_id))
    in_transaction(engine, lambda session: throttling.count_attempt(session, keys=keys))

    def step_up(session: Session) -> Opened:
        right = second_factor.use_code(session, user_id=user_id, code=code, now=now)
        if not right or not sessions.end_session(session, session_id=session_id, user_id=user_id):
            raise SignInRequiredError("This code is wrong or was used already. Wait for the next one.")
        throttling.forget_attempts(session, keys=keys)
        user = queries.find_user(session, user_id=user_id)
        return _open(session, user=user, kind=SessionKind.PASSWORD, agent=agent)

    return in_transaction(engine, step_up)


def sign_in_by_badge(engine: sa.Engine, *, badge: str, pin: str, remote: str, agent: str) -> Opened:
    """The wearer of the badge is signed in on this scanner, for a short while.

    Raises:
        SignInRequiredError: the badge is unknown or the PIN wrong.
        TooManyRequestsError: the badge is locked after too many attempts, or this place tries too many.
    """
    badge_hash = fingerprint(badge.strip())
    keys = throttling.badge_keys(badge_hash=badge_hash, remote=remote)

    def count_and_look(session: Session) -> badges.BadgeHolder:
        throttling.count_attempt(session, keys=keys)
        return badges.find_holder(session, badge_hash=badge_hash)

    holder = in_transaction(engine, count_and_look)
    refusal = SignInRequiredError("This badge and PIN do not go together. Scan the badge again.")
    if not is_secret(pin, holder.pin_hash) or holder.user_id is None:
        raise refusal
    user_id = holder.user_id

    def open_one(session: Session) -> Opened:
        user = queries.find_user(session, user_id=user_id)
        if (
            user.pin_hash != holder.pin_hash
            or user.state is not UserState.ACTIVE
            or user.role not in BADGE_ROLES
        ):
            raise refusal
        throttling.forget_attempts(session, keys=keys)
        return _open(session, user=user, kind=SessionKind.BADGE, agent=agent)

    return in_transaction(engine, open_one)


def prove_password(engine: sa.Engine, *, user_id: uuid.UUID, password: str, remote: str) -> None:
    """The signed-in user has just typed her password again, which a thief of her session could not.

    Raises:
        InvalidInputError: the password is wrong.
        TooManyRequestsError: too many attempts.
    """
    keys = throttling.password_keys(email=str(user_id), remote=remote)

    def count_and_look(session: Session) -> str | None:
        throttling.count_attempt(session, keys=keys)
        return queries.find_user(session, user_id=user_id).password_hash

    if not is_secret(password, in_transaction(engine, count_and_look)):
        raise InvalidInputError("Your present password is not right.", field="current_password")
    in_transaction(engine, lambda session: throttling.forget_attempts(session, keys=keys))
