"""Badges for shared scanners: something scanned and six digits, good for the floor only."""

import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.accounts.passwords import check_pin, fingerprint, hash_secret
from fulfillment.accounts.queries import find_user
from fulfillment.accounts.roles import BADGE_ROLES
from fulfillment.accounts.tables import SessionKind, User, UserSession, UserState
from fulfillment.core.errors import ConflictError
from fulfillment.core.ids import new_public_id
from fulfillment.store import audit_trail
from fulfillment.store.actors import Actor

PREFIX = "BADGE-"

_USER = User.metadata.tables["user_account"]
_SESSION = UserSession.metadata.tables["user_session"]


@dataclass(frozen=True)
class BadgeHolder:
    """Whose badge was scanned, if anybody's, and the hash the PIN is compared with."""

    user_id: uuid.UUID | None
    pin_hash: str | None


def issue_badge(session: Session, *, actor: Actor, user_id: uuid.UUID, pin: str) -> str:
    """The user has this badge and PIN and no other badge; answers the code to print, shown only now.

    Raises:
        ConflictError: the user's role does not work on the floor, or she is disabled.
        InvalidInputError: the PIN is not six digits or easily guessed.
    """
    user = find_user(session, user_id=user_id)
    if user.role not in BADGE_ROLES or user.state is UserState.DISABLED:
        raise ConflictError(f"{user.name} does not work on the floor; badges are for warehouse users.")
    check_pin(pin)
    code = PREFIX + new_public_id()
    session.execute(
        sa.update(_USER)
        .where(_USER.c.id == user_id)
        .values(badge_hash=fingerprint(code), pin_hash=hash_secret(pin))
    )
    _end_badge_sessions(session, user_id=user_id)
    audit_trail.record(
        session, actor=actor, deed="issue_badge", object_kind="user", object_id=str(user_id), detail={}
    )
    return code


def withdraw_badge(session: Session, *, actor: Actor, user_id: uuid.UUID) -> None:
    """The user's badge opens nothing, and the scanners she is signed in on have forgotten her."""
    session.execute(sa.update(_USER).where(_USER.c.id == user_id).values(badge_hash=None, pin_hash=None))
    _end_badge_sessions(session, user_id=user_id)
    audit_trail.record(
        session, actor=actor, deed="withdraw_badge", object_kind="user", object_id=str(user_id), detail={}
    )


def _end_badge_sessions(session: Session, *, user_id: uuid.UUID) -> None:
    session.execute(
        sa.update(_SESSION)
        .where(
            _SESSION.c.user_id == user_id,
            _SESSION.c.kind == SessionKind.BADGE,
            _SESSION.c.ended_at.is_(None),
        )
        .values(ended_at=sa.func.now())
    )


def find_holder(session: Session, *, badge_hash: str) -> BadgeHolder:
    """Whoever wears this badge and may use it; an unknown badge has a holder who is nobody."""
    row = session.execute(
        sa.select(_USER.c.id, _USER.c.pin_hash).where(
            _USER.c.badge_hash == badge_hash,
            _USER.c.state == UserState.ACTIVE,
            _USER.c.role.in_(list(BADGE_ROLES)),
        )
    ).first()
    return BadgeHolder(None, None) if row is None else BadgeHolder(row.id, row.pin_hash)
