"""Guessing is slow: attempts are counted before the secret is looked at."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from fulfillment.accounts.passwords import fingerprint
from fulfillment.accounts.tables import SignInThrottle
from fulfillment.core.errors import TooManyRequestsError

WINDOW = timedelta(minutes=15)
MAX_PER_PLACE_AND_NAME = 5
MAX_PER_NAME = 25
MAX_PER_PLACE = 100
MAX_PER_BADGE = 5

_THROTTLE = SignInThrottle.metadata.tables["sign_in_throttle"]


def password_keys(*, email: str, remote: str) -> dict[str, int]:
    """The counters of one sign-in with their limits.

    The strict one is for this name from this place, so that a stranger elsewhere can hardly lock a person
    out of her own account.
    """
    return {
        fingerprint(f"name-place {email} {remote}"): MAX_PER_PLACE_AND_NAME,
        fingerprint(f"name {email}"): MAX_PER_NAME,
        fingerprint(f"place {remote}"): MAX_PER_PLACE,
    }


def badge_keys(*, badge_hash: str, remote: str) -> dict[str, int]:
    """The counters of one badge sign-in with their limits; a badge locks wherever it is scanned."""
    return {fingerprint(f"badge {badge_hash}"): MAX_PER_BADGE, fingerprint(f"place {remote}"): MAX_PER_PLACE}


def second_factor_keys(*, user_id: str) -> dict[str, int]:
    """The counter of codes tried for one user."""
    return {fingerprint(f"second-factor {user_id}"): MAX_PER_PLACE_AND_NAME}


def count_attempt(session: Session, *, keys: Mapping[str, int]) -> None:
    """One more attempt is counted under each key.

    Raises:
        TooManyRequestsError: a counter is past its limit for the rest of its window. The caller's
            transaction then rolls back, and the counter stays at its limit.
    """
    fresh = _THROTTLE.c.window_started_at <= sa.func.now() - WINDOW
    for key in sorted(keys):
        statement = (
            insert(_THROTTLE)
            .values(key=key, attempts=1, window_started_at=sa.func.now())
            .on_conflict_do_update(
                index_elements=[_THROTTLE.c.key],
                set_={
                    "attempts": sa.case((fresh, 1), else_=_THROTTLE.c.attempts + 1),
                    "window_started_at": sa.case((fresh, sa.func.now()), else_=_THROTTLE.c.window_started_at),
                },
            )
            .returning(_THROTTLE.c.attempts, _THROTTLE.c.window_started_at, sa.func.now())
        )
        attempts, started_at, now = cast("tuple[int, datetime, datetime]", session.execute(statement).one())
        if attempts > keys[key]:
            wait_s = max(1, round((started_at + WINDOW - now).total_seconds()))
            raise TooManyRequestsError(
                f"There were too many attempts. Wait {-(-wait_s // 60)} minutes, or ask an administrator "
                "for a new password.",
                retry_after_s=wait_s,
            )


def forget_attempts(session: Session, *, keys: Mapping[str, int]) -> None:
    """The attempts under these keys no longer count, because the secret was right.

    The counter of a place alone stays: one right password says nothing about the others tried from there.
    """
    named = [key for key, limit in keys.items() if limit != MAX_PER_PLACE]
    session.execute(sa.delete(_THROTTLE).where(_THROTTLE.c.key.in_(named)))


def forget_old_windows(session: Session) -> int:
    """Counters whose window is over are gone; answers how many."""
    old = sa.delete(_THROTTLE).where(_THROTTLE.c.window_started_at <= sa.func.now() - WINDOW)
    return len(session.execute(old.returning(_THROTTLE.c.key)).all())
