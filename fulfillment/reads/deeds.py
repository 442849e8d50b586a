"""The audit trail as it is looked at."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.store.columns import table_of
from fulfillment.store.tables import AuditEntry

ENTRY = table_of(AuditEntry)


@dataclass(frozen=True)
class Deed:
    """One line of the audit trail."""

    seq: int
    at: datetime
    actor_kind: str
    actor_name: str
    deed: str
    object_kind: str
    object_id: str
    detail: dict[str, Any]


def list_deeds(
    session: Session,
    *,
    limit: int,
    before: int | None = None,
    object_kind: str | None = None,
    object_id: str | None = None,
    deed: str | None = None,
) -> list[Deed]:
    """The latest deeds first; `before` is the `seq` of the last one seen."""
    columns = [ENTRY.c[name] for name in Deed.__dataclass_fields__]
    statement = sa.select(*columns).order_by(ENTRY.c.seq.desc()).limit(limit)
    if before is not None:
        statement = statement.where(ENTRY.c.seq < before)
    for column, wanted in (("object_kind", object_kind), ("object_id", object_id), ("deed", deed)):
        if wanted:
            statement = statement.where(ENTRY.c[column] == wanted)
    return [Deed(*row) for row in session.connection().execute(statement)]
