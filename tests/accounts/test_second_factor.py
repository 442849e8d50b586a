from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlmodel import Session

from fulfillment.accounts import second_factor
from fulfillment.core.errors import ConflictError, InvalidInputError
from fulfillment.store.actors import SYSTEM
from tests.accounts.people import make_user

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
STEP = timedelta(seconds=30)


def test_the_second_factor_counts_only_after_a_code_has_come_back(session: Session) -> None:
    user_id = make_user(session)
    secret = second_factor.begin_enrollment(session, user_id=user_id)
    totp = pyotp.TOTP(secret)

    assert not second_factor.use_code(session, user_id=user_id, code=totp.at(NOW), now=NOW)
    with pytest.raises(InvalidInputError):
        second_factor.confirm_enrollment(session, actor=SYSTEM, user_id=user_id, code="000000x", now=NOW)
    codes = second_factor.confirm_enrollment(
        session, actor=SYSTEM, user_id=user_id, code=totp.at(NOW), now=NOW
    )

    assert len(set(codes)) == 10
    with pytest.raises(ConflictError):
        second_factor.begin_enrollment(session, user_id=user_id)


def test_a_code_works_once(session: Session) -> None:
    user_id = make_user(session)
    totp = pyotp.TOTP(second_factor.begin_enrollment(session, user_id=user_id))
    second_factor.confirm_enrollment(session, actor=SYSTEM, user_id=user_id, code=totp.at(NOW), now=NOW)

    later = NOW + STEP
    assert not second_factor.use_code(session, user_id=user_id, code=totp.at(NOW), now=NOW)
    assert second_factor.use_code(session, user_id=user_id, code=totp.at(later), now=later)
    assert not second_factor.use_code(session, user_id=user_id, code=totp.at(later), now=later)
    assert not second_factor.use_code(session, user_id=user_id, code=totp.at(NOW), now=later)


def test_a_code_older_or_newer_than_a_step_is_wrong(session: Session) -> None:
    secret = pyotp.random_base32()
    totp = pyotp.TOTP(secret)

    assert second_factor.matching_step(secret, totp.at(NOW - STEP), now=NOW) is not None
    assert second_factor.matching_step(secret, totp.at(NOW + STEP), now=NOW) is not None
    assert second_factor.matching_step(secret, totp.at(NOW - 2 * STEP), now=NOW) is None
    assert second_factor.matching_step(secret, totp.at(NOW + 2 * STEP), now=NOW) is None


def test_a_recovery_code_works_once_however_it_is_typed(session: Session) -> None:
    user_id = make_user(session)
    totp = pyotp.TOTP(second_factor.begin_enrollment(session, user_id=user_id))
    codes = second_factor.confirm_enrollment(
        session, actor=SYSTEM, user_id=user_id, code=totp.at(NOW), now=NOW
    )

    assert second_factor.use_code(session, user_id=user_id, code=codes[0].upper(), now=NOW)
    assert not second_factor.use_code(session, user_id=user_id, code=codes[0], now=NOW)
    assert second_factor.use_code(session, user_id=user_id, code=codes[1].replace("-", " "), now=NOW)
