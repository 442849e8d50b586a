"""Users, their sessions and links, API tokens, and the counters that slow down guessing.

Secrets that the product makes itself have 128 bits or more and are kept as a SHA-256 hash; what a person
chose is kept as argon2.
"""

import uuid
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import SQLModel

from fulfillment.accounts.roles import Role
from fulfillment.store.columns import (
    check,
    created_at_column,
    enum_column,
    id_column,
    json_column,
    qty_column,
    text_column,
    utc_column,
    uuid_column,
)


class UserState(StrEnum):
    """An invited user has no password yet; a disabled one cannot sign in and has no session."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


class SessionKind(StrEnum):
    """How somebody came in. `pending` has the password right and the second factor still to come."""

    PENDING = "pending"
    PASSWORD = "password"  # noqa: S105 - a kind of session, no secret
    BADGE = "badge"


class LinkPurpose(StrEnum):
    """What a one-time link lets its holder do."""

    INVITATION = "invitation"
    RESET = "reset"


class User(SQLModel, table=True):
    """A person who signs in. A distributor's user names the member whose orders she sees."""

    __tablename__ = "user_account"
    __table_args__ = (
        check("email_is_lower_case", "email = lower(email)"),
        check("active_has_password", "state <> 'active' OR password_hash IS NOT NULL"),
        check("distributor_names_member", "role <> 'distributor' OR member_number IS NOT NULL"),
        check("badge_has_pin", "(badge_hash IS NULL) = (pin_hash IS NULL)"),
    )

    id: uuid.UUID = id_column()
    email: str = text_column(unique=True)
    name: str = text_column()
    role: Role = enum_column(Role)
    state: UserState = enum_column(UserState, default=UserState.INVITED)
    password_hash: str | None = text_column(default=None)
    totp_secret: str | None = text_column(default=None)
    totp_confirmed_at: datetime | None = utc_column(default=None)
    totp_last_step: int | None = qty_column(default=None)
    badge_hash: str | None = text_column(default=None, unique=True)
    pin_hash: str | None = text_column(default=None)
    member_number: str | None = text_column("member.number", default=None, index=True)
    warehouse_code: str | None = text_column("warehouse.code", default=None)
    locale: str = text_column(default="en_US")
    time_zone: str = text_column(default="America/New_York")
    created_at: datetime = created_at_column()


class RecoveryCode(SQLModel, table=True):
    """One of the codes that stand in once for a lost authenticator."""

    __tablename__ = "recovery_code"
    __table_args__ = (sa.UniqueConstraint("user_id", "code_hash"),)

    id: uuid.UUID = id_column()
    user_id: uuid.UUID = uuid_column("user_account.id", index=True)
    code_hash: str = text_column()
    used_at: datetime | None = utc_column(default=None)


class UserSession(SQLModel, table=True):
    """One browser or scanner that somebody signed in on, until it is ended or runs out."""

    __tablename__ = "user_session"

    id: uuid.UUID = id_column()
    user_id: uuid.UUID = uuid_column("user_account.id", index=True)
    kind: SessionKind = enum_column(SessionKind)
    secret_hash: str = text_column(unique=True)
    agent: str = text_column(default="")
    idle_s: int = qty_column()
    created_at: datetime = created_at_column()
    last_seen_at: datetime = utc_column()
    expires_at: datetime = utc_column(index=True)
    ended_at: datetime | None = utc_column(default=None)


class ApiToken(SQLModel, table=True):
    """A program's way in. One that names a member sees and changes only what is that member's."""

    __tablename__ = "api_token"

    id: uuid.UUID = id_column()
    name: str = text_column()
    hint: str = text_column()
    secret_hash: str = text_column(unique=True)
    scopes: list[str] = json_column(default=list)
    member_number: str | None = text_column("member.number", default=None)
    created_by: str = text_column()
    created_at: datetime = created_at_column()
    expires_at: datetime = utc_column()
    last_used_at: datetime | None = utc_column(default=None)
    revoked_at: datetime | None = utc_column(default=None)


class OneTimeLink(SQLModel, table=True):
    """An invitation or a password reset; it opens once."""

    __tablename__ = "one_time_link"

    id: uuid.UUID = id_column()
    user_id: uuid.UUID = uuid_column("user_account.id", index=True)
    purpose: LinkPurpose = enum_column(LinkPurpose)
    secret_hash: str = text_column(unique=True)
    created_at: datetime = created_at_column()
    expires_at: datetime = utc_column()
    used_at: datetime | None = utc_column(default=None)


class SignInThrottle(SQLModel, table=True):
    """Attempts counted for one address, account or badge within one window. Keys are hashes."""

    __tablename__ = "sign_in_throttle"

    key: str = text_column(primary_key=True)
    attempts: int = qty_column()
    window_started_at: datetime = utc_column()
