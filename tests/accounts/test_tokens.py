from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.accounts import tokens
from fulfillment.accounts.roles import Permission
from fulfillment.accounts.tables import ApiToken
from fulfillment.core.errors import InvalidInputError
from fulfillment.store.actors import SYSTEM
from fulfillment.store.columns import table_of

TOKEN = table_of(ApiToken)


def test_a_token_carries_its_scopes_and_is_kept_as_a_hash(session: Session) -> None:
    made = tokens.create_token(session, actor=SYSTEM, name="Shop", scopes=["orders:read"], days=30)

    viewer = tokens.find_viewer(session, secret=made.secret)

    assert viewer is not None
    assert viewer.permissions == {Permission.READ_ORDERS}
    assert (viewer.actor.kind, viewer.actor.name) == ("token", "Shop")
    [row] = tokens.list_tokens(session)
    assert made.secret not in row.secret_hash
    assert row.last_used_at is not None


def test_a_revoked_or_expired_token_lets_nobody_in(session: Session) -> None:
    revoked = tokens.create_token(session, actor=SYSTEM, name="A", scopes=["orders:read"], days=1)
    expired = tokens.create_token(session, actor=SYSTEM, name="B", scopes=["orders:read"], days=1)

    tokens.revoke_token(session, actor=SYSTEM, token_id=revoked.id)
    session.execute(
        sa.update(TOKEN)
        .where(TOKEN.c.id == expired.id)
        .values(expires_at=sa.func.now() - timedelta(seconds=1))
    )

    assert tokens.find_viewer(session, secret=revoked.secret) is None
    assert tokens.find_viewer(session, secret=expired.secret) is None


@pytest.mark.parametrize(
    ("scopes", "days", "name"),
    [([], 30, "A"), (["accounts:write"], 30, "A"), (["orders:read"], 0, "A"), (["orders:read"], 367, "A"),
     (["orders:read"], 30, " ")],
)  # fmt: skip
def test_a_token_nobody_should_have_is_refused(
    session: Session, scopes: list[str], days: int, name: str
) -> None:
    with pytest.raises(InvalidInputError):
        tokens.create_token(session, actor=SYSTEM, name=name, scopes=scopes, days=days)

    assert tokens.list_tokens(session) == []
