"""Finding users."""

import re
import uuid

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.accounts.tables import User
from fulfillment.core.errors import InvalidInputError, NotFoundError

MAX_EMAIL_LENGTH = 254
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)*")

_USER = User.metadata.tables["user_account"]


def clean_email(text: str) -> str:
    """The address as it is kept and looked up.

    Raises:
        InvalidInputError: it is not of the form name@host.
    """
    email = text.strip().lower()
    if len(email) > MAX_EMAIL_LENGTH or not _EMAIL.fullmatch(email):
        raise InvalidInputError(f"{text.strip()!r} is not an e-mail address.", field="email")
    return email


def find_user(session: Session, *, user_id: uuid.UUID) -> User:
    """The user.

    Raises:
        NotFoundError: there is none with this id.
    """
    user = session.scalars(sa.select(User).where(_USER.c.id == user_id)).first()
    if user is None:
        raise NotFoundError(f"There is no user {user_id}.")
    return user


def find_user_by_email(session: Session, *, email: str) -> User:
    """The user with this address.

    Raises:
        NotFoundError: nobody has it.
    """
    user = session.scalars(sa.select(User).where(_USER.c.email == clean_email(email))).first()
    if user is None:
        raise NotFoundError(f"Nobody signs in as {email.strip()}.")
    return user


def list_users(session: Session) -> list[User]:
    """Every user by role and name."""
    return list(session.scalars(sa.select(User).order_by(_USER.c.role, _USER.c.name, _USER.c.id)))
