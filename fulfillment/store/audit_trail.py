"""The audit trail: one line per deed, written in the deed's own transaction."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.store.actors import Actor
from fulfillment.store.clock import read_now
from fulfillment.store.columns import table_of
from fulfillment.store.tables import AuditEntry

ENTRY = table_of(AuditEntry)
INSERT = sa.insert(ENTRY).inline()


def record(
    session: Session,
    *,
    actor: Actor,
    deed: str,
    object_kind: str,
    object_id: str | UUID,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """The deed stands in the audit trail if and only if its transaction commits.

    `detail` holds plain JSON values: what changed, from what, to what, and why.
    """
    session.connection().execute(
        INSERT,
        {
            "at": read_now(session),
            "actor_kind": actor.kind,
            "actor_id": actor.id,
            "actor_name": actor.name,
            "deed": deed,
            "object_kind": object_kind,
            "object_id": str(object_id),
            "detail": dict(detail or {}),
        },
    )
