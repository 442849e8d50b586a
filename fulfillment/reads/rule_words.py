"""The rules behind a decision, for whoever asks why."""

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.returns.tables import ReturnRule
from fulfillment.store.columns import table_of

RULE = table_of(ReturnRule)


def find_rules(session: Session, *, codes: Collection[str]) -> Mapping[str, sa.Row[Any]]:
    """The rules with these codes; one that was taken out of the book since is missing."""
    if not codes:
        return {}
    query = sa.select(RULE).where(RULE.c.code.in_(sorted(codes)))
    return {row.code: row for row in session.connection().execute(query)}
