"""A code from the user's authenticator (TOTP, RFC 6238), usable once, and recovery codes for its loss."""

import hmac
import secrets
import uuid
from datetime import datetime

import pyotp
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.accounts.passwords import fingerprint
from fulfillment.accounts.queries import find_user
from fulfillment.accounts.tables import RecoveryCode, User
from fulfillment.core.errors import ConflictError, InvalidInputError
from fulfillment.core.ids import new_id
from fulfillment.store import audit_trail
from fulfillment.store.actors import Actor

STEP_S = 30
# One step either way: phones' clocks drift, and a person types for a while (RFC 6238, section 5.2).
DRIFT_STEPS = (-1, 0, 1)
RECOVERY_CODES = 10
RECOVERY_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
RECOVERY_LENGTH = 16
ISSUER = "Fulfillment"

_USER = User.metadata.tables["user_account"]
_CODE = RecoveryCode.metadata.tables["recovery_code"]


def matching_step(secret: str, code: str, *, now: datetime) -> int | None:
    """The 30-second step this code belongs to, if it is near; the comparison takes the same time for all."""
    current = int(now.timestamp()) // STEP_S
    totp = pyotp.TOTP(secret)
    given = "".join(code.split())
    matches = [
        current + drift
        for drift in DRIFT_STEPS
        if hmac.compare_digest(totp.at((current + drift) * STEP_S).encode(), given.encode())
    ]
    return matches[0] if matches else None


def enrollment_uri(*, secret: str, email: str) -> str:
    """The otpauth address that the QR code shows to the authenticator."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def begin_enrollment(session: Session, *, user_id: uuid.UUID) -> str:
    """The user has a secret that does not count until a code from it has come back; answers the secret.

    Asking again before that answers the same secret, so that a page reloaded shows the same picture.

    Raises:
        ConflictError: the second factor is on already.
    """
    user = find_user(session, user_id=user_id)
    if user.totp_confirmed_at is not None:
        raise ConflictError("The second factor is on already; turn it off to set up another phone.")
    secret = user.totp_secret or pyotp.random_base32()
    session.execute(sa.update(_USER).where(_USER.c.id == user_id).values(totp_secret=secret))
    return secret


def confirm_enrollment(
    session: Session, *, actor: Actor, user_id: uuid.UUID, code: str, now: datetime
) -> list[str]:
    """The second factor is on; answers the recovery codes, which are shown now and never again.

    Raises:
        InvalidInputError: the code does not come from the secret shown.
        ConflictError: no secret was shown, or the second factor is on already.
    """
    user = find_user(session, user_id=user_id)
    if user.totp_secret is None or user.totp_confirmed_at is not None:
        raise ConflictError("Open the set-up page again to get a secret.")
    step = matching_step(user.totp_secret, code, now=now)
    if step is None:
        raise InvalidInputError("This code does not match; type the six digits shown now.", field="code")
    session.execute(
        sa.update(_USER).where(_USER.c.id == user_id).values(totp_confirmed_at=now, totp_last_step=step)
    )
    audit_trail.record(
        session,
        actor=actor,
        deed="turn_on_second_factor",
        object_kind="user",
        object_id=str(user_id),
        detail={},
    )
    return replace_recovery_codes(session, user_id=user_id)


def replace_recovery_codes(session: Session, *, user_id: uuid.UUID) -> list[str]:
    """Ten new recovery codes work and no older one does."""
    session.execute(sa.delete(_CODE).where(_CODE.c.user_id == user_id))
    codes = [
        "".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(RECOVERY_LENGTH))
        for _ in range(RECOVERY_CODES)
    ]
    session.execute(
        sa.insert(_CODE),
        [{"id": new_id(), "user_id": user_id, "code_hash": fingerprint(code)} for code in codes],
    )
    return ["-".join(code[start : start + 4] for start in range(0, RECOVERY_LENGTH, 4)) for code in codes]


def use_code(session: Session, *, user_id: uuid.UUID, code: str, now: datetime) -> bool:
    """Whether the code is right, and in that case it is used up: neither kind works a second time."""
    user = find_user(session, user_id=user_id)
    if user.totp_secret is None or user.totp_confirmed_at is None:
        return False
    step = matching_step(user.totp_secret, code, now=now)
    if step is not None:
        newer = sa.or_(_USER.c.totp_last_step.is_(None), _USER.c.totp_last_step < step)
        statement = (
            sa.update(_USER)
            .where(_USER.c.id == user_id, newer)
            .values(totp_last_step=step)
            .returning(_USER.c.id)
        )
        return session.execute(statement).first() is not None
    plain = "".join(code.lower().replace("-", " ").split())
    statement = (
        sa.update(_CODE)
        .where(_CODE.c.user_id == user_id, _CODE.c.code_hash == fingerprint(plain), _CODE.c.used_at.is_(None))
        .values(used_at=now)
        .returning(_CODE.c.id)
    )
    return session.execute(statement).first() is not None


def turn_off(session: Session, *, actor: Actor, user_id: uuid.UUID) -> None:
    """The user signs in with the password alone, until she sets up a second factor again."""
    session.execute(
        sa.update(_USER)
        .where(_USER.c.id == user_id)
        .values(totp_secret=None, totp_confirmed_at=None, totp_last_step=None)
    )
    session.execute(sa.delete(_CODE).where(_CODE.c.user_id == user_id))
    audit_trail.record(
        session,
        actor=actor,
        deed="turn_off_second_factor",
        object_kind="user",
        object_id=str(user_id),
        detail={},
    )
