"""Users from invitation to the day they leave."""

import uuid
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from fulfillment.accounts.links import make_link
from fulfillment.accounts.passwords import check_password, hash_secret
from fulfillment.accounts.queries import clean_email, find_user
from fulfillment.accounts.roles import Role
from fulfillment.accounts.sessions import end_sessions
from fulfillment.accounts.tables import LinkPurpose, User, UserState
from fulfillment.core.errors import ConflictError, InvalidInputError
from fulfillment.core.ids import new_id
from fulfillment.store import audit_trail
from fulfillment.store.actors import Actor

MAX_NAME_LENGTH = 120

_USER = User.metadata.tables["user_account"]


def _clean_name(text: str) -> str:
    name = " ".join(text.split())
    if not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise InvalidInputError(f"Give a name of 1 to {MAX_NAME_LENGTH} characters.", field="name")
    return name


def _record(session: Session, actor: Actor, deed: str, user_id: uuid.UUID, **detail: str) -> None:
    audit_trail.record(
        session, actor=actor, deed=deed, object_kind="user", object_id=str(user_id), detail=dict(detail)
    )


def _add_user(
    session: Session,
    *,
    email: str,
    name: str,
    role: Role,
    member_number: str | None,
    warehouse_code: str | None,
    password: str | None,
) -> uuid.UUID:
    if role is Role.DISTRIBUTOR and not member_number:
        raise InvalidInputError("A distributor's user names her member number.", field="member_number")
    address = clean_email(email)
    if password is not None:
        check_password(password, email=address)
    statement = (
        insert(_USER)
        .values(
            id=new_id(),
            email=address,
            name=_clean_name(name),
            role=role,
            state=UserState.INVITED if password is None else UserState.ACTIVE,
            password_hash=None if password is None else hash_secret(password),
            member_number=member_number if role is Role.DISTRIBUTOR else None,
            warehouse_code=warehouse_code,
            locale="en_US",
            time_zone="America/New_York",
        )
        .on_conflict_do_nothing(index_elements=[_USER.c.email])
        .returning(_USER.c.id)
    )
    user_id: uuid.UUID | None = session.scalar(statement)
    if user_id is None:
        raise ConflictError(f"{address} is already a user.", field="email")
    return user_id


def create_user(
    session: Session,
    *,
    actor: Actor,
    email: str,
    name: str,
    role: Role,
    password: str,
    member_number: str | None = None,
    warehouse_code: str | None = None,
) -> uuid.UUID:
    """An active user with this password exists; for the command line and the seed, not for pages.

    Raises:
        InvalidInputError: the address, the name or the password cannot be used.
        ConflictError: somebody already signs in with this address.
    """
    user_id = _add_user(
        session,
        email=email,
        name=name,
        role=role,
        member_number=member_number,
        warehouse_code=warehouse_code,
        password=password,
    )
    _record(session, actor, "create_user", user_id, role=role.value)
    return user_id


def invite_user(
    session: Session,
    *,
    actor: Actor,
    email: str,
    name: str,
    role: Role,
    member_number: str | None = None,
    warehouse_code: str | None = None,
) -> tuple[uuid.UUID, str]:
    """A user without a password exists; answers her id and the secret of the link that lets her choose one.

    Raises:
        InvalidInputError: the address or the name cannot be used, or a distributor without member number.
        ConflictError: somebody already signs in with this address.
    """
    user_id = _add_user(
        session,
        email=email,
        name=name,
        role=role,
        member_number=member_number,
        warehouse_code=warehouse_code,
        password=None,
    )
    _record(session, actor, "invite_user", user_id, role=role.value)
    return user_id, make_link(session, user_id=user_id, purpose=LinkPurpose.INVITATION)


def set_password(session: Session, *, actor: Actor, user_id: uuid.UUID, password: str) -> None:
    """The user's password is this one; her sessions are over, save that the caller opens a new one.

    Raises:
        NotFoundError: no such user.
        InvalidInputError: the password cannot be used.
    """
    user = find_user(session, user_id=user_id)
    check_password(password, email=user.email)
    session.execute(
        sa.update(_USER)
        .where(_USER.c.id == user_id)
        .values(
            password_hash=hash_secret(password),
            state=sa.case((_USER.c.state == UserState.INVITED, UserState.ACTIVE.value), else_=_USER.c.state),
        )
    )
    end_sessions(session, user_id=user_id)
    _record(session, actor, "set_password", user_id)


def disable_user(session: Session, *, actor: Actor, user_id: uuid.UUID) -> None:
    """The user cannot sign in, every session of hers is over and her badge opens nothing.

    Raises:
        NotFoundError: no such user.
        ConflictError: it is oneself, or the user is disabled already.
    """
    user = find_user(session, user_id=user_id)
    if actor.kind == "user" and actor.id == str(user_id):
        raise ConflictError("You cannot disable yourself; another administrator can.")
    if user.state is UserState.DISABLED:
        raise ConflictError(f"{user.name} is disabled already.")
    session.execute(
        sa.update(_USER)
        .where(_USER.c.id == user_id)
        .values(state=UserState.DISABLED, badge_hash=None, pin_hash=None)
    )
    end_sessions(session, user_id=user_id)
    _record(session, actor, "disable_user", user_id)


def sign_out_user(session: Session, *, actor: Actor, user_id: uuid.UUID) -> int:
    """Every session of the user is over; answers how many were open.

    Raises:
        NotFoundError: no such user.
    """
    find_user(session, user_id=user_id)
    ended = end_sessions(session, user_id=user_id)
    _record(session, actor, "sign_out_user", user_id, ended=str(ended))
    return ended


def enable_user(session: Session, *, actor: Actor, user_id: uuid.UUID) -> None:
    """A disabled user may sign in again with the password she had, or is invited if she never had one.

    Raises:
        NotFoundError: no such user.
        ConflictError: the user is not disabled.
    """
    statement = (
        sa.update(_USER)
        .where(_USER.c.id == user_id, _USER.c.state == UserState.DISABLED)
        .values(
            state=sa.case(
                (_USER.c.password_hash.is_(None), UserState.INVITED.value), else_=UserState.ACTIVE.value
            )
        )
        .returning(_USER.c.id)
    )
    if session.execute(statement).first() is None:
        raise ConflictError(f"{find_user(session, user_id=user_id).name} is not disabled.")
    _record(session, actor, "enable_user", user_id)


def change_role(session: Session, *, actor: Actor, user_id: uuid.UUID, role: Role) -> None:
    """The user has this role from her next click on.

    Raises:
        NotFoundError: no such user.
        ConflictError: it is oneself; nobody raises or locks out herself.
        InvalidInputError: the role is distributor and the user names no member.
    """
    user = find_user(session, user_id=user_id)
    if actor.kind == "user" and actor.id == str(user_id):
        raise ConflictError("You cannot change your own role; another administrator can.")
    if role is Role.DISTRIBUTOR and user.member_number is None:
        raise InvalidInputError("A distributor's user names her member number.", field="role")
    session.execute(sa.update(_USER).where(_USER.c.id == user_id).values(role=role))
    _record(session, actor, "change_role", user_id, before=user.role.value, after=role.value)


def set_time_zone(session: Session, *, actor: Actor, user_id: uuid.UUID, time_zone: str) -> None:
    """Pages show the user instants in this zone.

    Raises:
        InvalidInputError: there is no such zone.
    """
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise InvalidInputError(f"There is no time zone {time_zone!r}.", field="time_zone") from error
    session.execute(sa.update(_USER).where(_USER.c.id == user_id).values(time_zone=time_zone))
    _record(session, actor, "set_time_zone", user_id, time_zone=time_zone)
