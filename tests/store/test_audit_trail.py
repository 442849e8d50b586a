"""The audit trail."""

from datetime import UTC, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.store.actors import Actor
from fulfillment.store.audit_trail import record
from fulfillment.store.clock import set_clock
from fulfillment.store.columns import table_of
from fulfillment.store.tables import AuditEntry

ENTRY = table_of(AuditEntry)


def test_a_line_says_who_did_what_to_which_object_and_when(session: Session) -> None:
    set_clock(session, now=datetime(2031, 5, 1, tzinfo=UTC))

    record(
        session,
        actor=Actor(kind="token", id="t-1", name="Shop"),
        deed="hold_order",
        object_kind="customer_order",
        object_id=UUID(int=7),
        detail={"code": "address"},
    )

    line = session.connection().execute(sa.select(ENTRY)).one()
    assert line.at == datetime(2031, 5, 1, tzinfo=UTC)
    assert (line.actor_kind, line.actor_id, line.actor_name) == ("token", "t-1", "Shop")
    assert (line.deed, line.object_kind, line.object_id) == (
        "hold_order",
        "customer_order",
        "00000000-0000-0000-0000-000000000007",
    )
    assert line.detail == {"code": "address"}


def test_actors_of_different_kinds_never_share_a_key() -> None:
    assert Actor(kind="user", id="1", name="Ada").key != Actor(kind="token", id="1", name="Ada").key
