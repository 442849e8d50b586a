"""Server-side sessions: the cookie is a random name, the truth is a row that can be ended.

Time here is the database's own clock, never the settable one of the store: a test that moves the business a
week ahead must not sign everybody out.
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.accounts.passwords import fingerprint
from fulfillment.accounts.roles import Permission, permissions_of
from fulfillment.accounts.tables import SessionKind, User, UserSession, UserState
from fulfillment.accounts.viewers import Viewer
from fulfillment.core.ids import new_id, new_secret
from fulfillment.store.actors import Actor

MAX_AGENT_LENGTH = 200
SEEN_EVERY = timedelta(seconds=60)

_USER = User.metadata.tables["user_account"]
_SESSION = UserSession.metadata.tables["user_session"]


@dataclass(frozen=True)
class Lifetime:
    """How long a session lasts untouched, and at most."""

    idle: timedelta
    at_most: timedelta


LIFETIMES = {
    SessionKind.PENDING: Lifetime(timedelta(minutes=5), timedelta(minutes=10)),
    SessionKind.PASSWORD: Lifetime(timedelta(hours=2), timedelta(hours=12)),
    # A scanner lies about on the floor, so it forgets its user over a coffee and in any case after a shift.
    SessionKind.BADGE: Lifetime(timedelta(minutes=15), timedelta(hours=10)),
}


def open_session(
    session: Session,
    *,
    user_id: uuid.UUID,
    kind: SessionKind,
    agent: str,
    lifetime: Lifetime | None = None,
) -> str:
    """A fresh session exists; answers its secret, which is stored nowhere.

    Each sign-in and each step up opens a new one, so a secret known before is worth nothing after.
    """
    limits = lifetime or LIFETIMES[kind]
    secret = new_secret()
    session.execute(
        sa.insert(_SESSION).values(
            id=new_id(),
            user_id=user_id,
            kind=kind,
            secret_hash=fingerprint(secret),
            agent=agent[:MAX_AGENT_LENGTH],
            idle_s=int(limits.idle.total_seconds()),
            last_seen_at=sa.func.now(),
            expires_at=sa.func.now() + limits.at_most,
        )
    )
    return secret


def _is_live() -> sa.ColumnElement[bool]:
    idle_until = _SESSION.c.last_seen_at + _SESSION.c.idle_s * sa.literal(timedelta(seconds=1))
    return sa.and_(
        _SESSION.c.ended_at.is_(None), _SESSION.c.expires_at > sa.func.now(), idle_until > sa.func.now()
    )


def find_viewer(session: Session, *, secret: str) -> Viewer | None:
    """Whoever this secret signs in now, with the role as it is now; nobody if the session is over."""
    row = session.execute(
        sa.select(
            _SESSION.c.id,
            _SESSION.c.kind,
            (_SESSION.c.last_seen_at < sa.func.now() - SEEN_EVERY).label("is_stale"),
            _USER.c.id.label("user_id"),
            *(_USER.c[name] for name in ("name", "role", "member_number", "warehouse_code")),
            *(_USER.c[name] for name in ("locale", "time_zone", "totp_confirmed_at")),
        )
        .join_from(_SESSION, _USER, _USER.c.id == _SESSION.c.user_id)
        .where(_SESSION.c.secret_hash == fingerprint(secret), _is_live(), _USER.c.state == UserState.ACTIVE)
    ).first()
    if row is None:
        return None
    if row.is_stale:
        session.execute(sa.update(_SESSION).where(_SESSION.c.id == row.id).values(last_seen_at=sa.func.now()))
    is_pending = row.kind is SessionKind.PENDING
    permissions = frozenset[Permission]() if is_pending else permissions_of(row.role)
    if row.kind is SessionKind.BADGE:
        # A badge and six digits open the floor, not the account behind them.
        permissions -= {Permission.USE_ACCOUNT}
    return Viewer(
        actor=Actor(kind="user", id=str(row.user_id), name=row.name),
        permissions=permissions,
        role=row.role,
        member_number=row.member_number,
        warehouse_code=row.warehouse_code,
        session_id=row.id,
        locale=row.locale,
        time_zone=row.time_zone,
        is_pending=is_pending,
        has_second_factor=row.totp_confirmed_at is not None,
    )


def end_session(session: Session, *, session_id: uuid.UUID, user_id: uuid.UUID) -> bool:
    """This session of this user is over; answers whether it was still open."""
    statement = (
        sa.update(_SESSION)
        .where(_SESSION.c.id == session_id, _SESSION.c.user_id == user_id, _SESSION.c.ended_at.is_(None))
        .values(ended_at=sa.func.now())
        .returning(_SESSION.c.id)
    )
    return session.execute(statement).first() is not None


def end_sessions(session: Session, *, user_id: uuid.UUID, but: uuid.UUID | None = None) -> int:
    """All sessions of the user are over, save the one named; answers how many."""
    statement = (
        sa.update(_SESSION)
        .where(
            _SESSION.c.user_id == user_id, _SESSION.c.ended_at.is_(None), _SESSION.c.id.is_distinct_from(but)
        )
        .values(ended_at=sa.func.now())
        .returning(_SESSION.c.id)
    )
    return len(session.execute(statement).all())


def live_sessions(session: Session, *, user_id: uuid.UUID) -> list[UserSession]:
    """Where the user is signed in, the latest first."""
    statement = (
        sa.select(UserSession)
        .where(_SESSION.c.user_id == user_id, _is_live(), _SESSION.c.kind != SessionKind.PENDING)
        .order_by(_SESSION.c.last_seen_at.desc(), _SESSION.c.id.desc())
    )
    return list(session.scalars(statement))
