"""One-time links: invitations and password resets."""

import uuid
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.accounts.passwords import check_password, fingerprint, hash_secret
from fulfillment.accounts.queries import find_user
from fulfillment.accounts.sessions import end_sessions
from fulfillment.accounts.tables import LinkPurpose, OneTimeLink, User, UserState
from fulfillment.core.errors import ConflictError, NotFoundError
from fulfillment.core.ids import new_id, new_secret
from fulfillment.store import audit_trail
from fulfillment.store.actors import Actor

LINK_LIFE = {LinkPurpose.INVITATION: timedelta(days=7), LinkPurpose.RESET: timedelta(hours=2)}

_USER = User.metadata.tables["user_account"]
_LINK = OneTimeLink.metadata.tables["one_time_link"]


def _record(session: Session, actor: Actor, deed: str, user_id: uuid.UUID, **detail: str) -> None:
    audit_trail.record(
        session, actor=actor, deed=deed, object_kind="user", object_id=str(user_id), detail=dict(detail)
    )


def make_link(session: Session, *, user_id: uuid.UUID, purpose: LinkPurpose) -> str:
    """A link that works; the ones made before for the same user no longer do."""
    session.execute(
        sa.update(_LINK)
        .where(_LINK.c.user_id == user_id, _LINK.c.used_at.is_(None))
        .values(used_at=sa.func.now())
    )
    secret = new_secret()
    session.execute(
        sa.insert(_LINK).values(
            id=new_id(),
            user_id=user_id,
            purpose=purpose,
            secret_hash=fingerprint(secret),
            expires_at=sa.func.now() + LINK_LIFE[purpose],
        )
    )
    return secret


def make_reset_link(session: Session, *, actor: Actor, user_id: uuid.UUID) -> str:
    """A link exists by which the user chooses a new password; answers its secret.

    An invited user gets a fresh invitation. The old password works until the link is used.

    Raises:
        NotFoundError: no such user.
        ConflictError: the user is disabled.
    """
    user = find_user(session, user_id=user_id)
    if user.state is UserState.DISABLED:
        raise ConflictError(f"{user.name} is disabled; enable the account first.")
    purpose = LinkPurpose.INVITATION if user.state is UserState.INVITED else LinkPurpose.RESET
    _record(session, actor, "make_reset_link", user_id, purpose=purpose.value)
    return make_link(session, user_id=user_id, purpose=purpose)


def find_link_holder(session: Session, *, secret: str) -> User:
    """Whoever this one-time link was made for; looking does not use it up.

    Raises:
        NotFoundError: the link is unknown, used, replaced or over.
    """
    user = session.scalars(
        sa.select(User)
        .join(OneTimeLink, _LINK.c.user_id == _USER.c.id)
        .where(_link_is_open(secret), _USER.c.state != UserState.DISABLED)
    ).first()
    if user is None:
        raise NotFoundError("This link is used up or too old. Ask an administrator for a new one.")
    return user


def _link_is_open(secret: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        _LINK.c.secret_hash == fingerprint(secret),
        _LINK.c.used_at.is_(None),
        _LINK.c.expires_at > sa.func.now(),
    )


def use_link(session: Session, *, secret: str, password: str) -> User:
    """The holder's password is this one, she is active, signed out everywhere, and the link is used up.

    Raises:
        NotFoundError: the link is unknown, used, replaced or over.
        InvalidInputError: the password cannot be used; the link stays good.
    """
    user = find_link_holder(session, secret=secret)
    check_password(password, email=user.email)
    used = session.execute(
        sa.update(_LINK).where(_link_is_open(secret)).values(used_at=sa.func.now()).returning(_LINK.c.id)
    ).first()
    if used is None:
        raise NotFoundError("This link is used up or too old. Ask an administrator for a new one.")
    session.execute(
        sa.update(_USER)
        .where(_USER.c.id == user.id)
        .values(password_hash=hash_secret(password), state=UserState.ACTIVE)
    )
    end_sessions(session, user_id=user.id)
    _record(session, Actor(kind="user", id=str(user.id), name=user.name), "use_one_time_link", user.id)
    return user
