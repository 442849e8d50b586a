"""API tokens: shown once, kept as a hash, limited to scopes, ending by themselves."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.accounts.passwords import fingerprint
from fulfillment.accounts.roles import Permission, known_scopes
from fulfillment.accounts.tables import ApiToken
from fulfillment.accounts.viewers import Viewer
from fulfillment.core.errors import InvalidInputError, NotFoundError
from fulfillment.core.ids import new_id, new_secret
from fulfillment.store import audit_trail
from fulfillment.store.actors import Actor

PREFIX = "fft_"
HINT_LENGTH = len(PREFIX) + 6
MAX_DAYS = 366
MAX_NAME_LENGTH = 80
USED_EVERY = timedelta(seconds=60)

_TOKEN = ApiToken.metadata.tables["api_token"]


@dataclass(frozen=True)
class NewToken:
    """A token just made; `secret` is shown now and never again."""

    id: uuid.UUID
    secret: str


def create_token(
    session: Session,
    *,
    actor: Actor,
    name: str,
    scopes: Sequence[str],
    days: int,
    member_number: str | None = None,
) -> NewToken:
    """A token exists that carries these scopes for so many days.

    Raises:
        InvalidInputError: no name, no scope, a scope no token may carry, or a life that is not 1 to 366 days.
    """
    wanted, unknown = known_scopes(scopes)
    if unknown or not wanted:
        raise InvalidInputError(
            f"No token may carry {', '.join(unknown)}." if unknown else "Choose at least one scope.",
            field="scopes",
        )
    if not name.strip() or len(name) > MAX_NAME_LENGTH:
        raise InvalidInputError(f"Name the token in 1 to {MAX_NAME_LENGTH} characters.", field="name")
    if not 1 <= days <= MAX_DAYS:
        raise InvalidInputError(f"A token lives 1 to {MAX_DAYS} days, not {days}.", field="days")
    secret = PREFIX + new_secret()
    token_id = new_id()
    session.execute(
        sa.insert(_TOKEN).values(
            id=token_id,
            name=name.strip(),
            hint=secret[:HINT_LENGTH],
            secret_hash=fingerprint(secret),
            scopes=sorted(scope.value for scope in wanted),
            member_number=member_number,
            created_by=actor.name,
            expires_at=sa.func.now() + timedelta(days=days),
        )
    )
    audit_trail.record(
        session,
        actor=actor,
        deed="create_token",
        object_kind="api_token",
        object_id=str(token_id),
        detail={"name": name.strip(), "scopes": sorted(scope.value for scope in wanted), "days": days},
    )
    return NewToken(token_id, secret)


def find_viewer(session: Session, *, secret: str) -> Viewer | None:
    """The program this token lets in now; nobody if it is unknown, revoked or has expired."""
    row = session.execute(
        sa.select(
            _TOKEN.c.id,
            _TOKEN.c.name,
            _TOKEN.c.scopes,
            _TOKEN.c.member_number,
            sa.func.coalesce(_TOKEN.c.last_used_at < sa.func.now() - USED_EVERY, sa.true()).label("is_stale"),
        ).where(
            _TOKEN.c.secret_hash == fingerprint(secret),
            _TOKEN.c.revoked_at.is_(None),
            _TOKEN.c.expires_at > sa.func.now(),
        )
    ).first()
    if row is None:
        return None
    if row.is_stale:
        session.execute(sa.update(_TOKEN).where(_TOKEN.c.id == row.id).values(last_used_at=sa.func.now()))
    return Viewer(
        actor=Actor(kind="token", id=str(row.id), name=row.name),
        permissions=frozenset(Permission(name) for name in known_scopes(row.scopes)[0]),
        member_number=row.member_number,
    )


def revoke_token(session: Session, *, actor: Actor, token_id: uuid.UUID) -> None:
    """The token lets nobody in any more; revoking twice changes nothing.

    Raises:
        NotFoundError: there is no such token.
    """
    token = session.execute(
        sa.update(_TOKEN)
        .where(_TOKEN.c.id == token_id)
        .values(revoked_at=sa.func.coalesce(_TOKEN.c.revoked_at, sa.func.now()))
        .returning(_TOKEN.c.name)
    ).first()
    if token is None:
        raise NotFoundError(f"There is no API token {token_id}.")
    audit_trail.record(
        session,
        actor=actor,
        deed="revoke_token",
        object_kind="api_token",
        object_id=str(token_id),
        detail={"name": token.name},
    )


def list_tokens(session: Session) -> list[ApiToken]:
    """Every token, the newest first."""
    return list(session.scalars(sa.select(ApiToken).order_by(_TOKEN.c.created_at.desc(), _TOKEN.c.id.desc())))
