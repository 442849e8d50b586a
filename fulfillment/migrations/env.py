"""What Alembic runs: the models against the connection it was given."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import ExecuteSQLOp, MigrationScript
from alembic.runtime.migration import MigrationContext
from sqlmodel.sql.sqltypes import AutoString

from fulfillment.schema import METADATA
from fulfillment.store.numbers import SEQUENCES


def render_item(kind: str, item: Any, autogen_context: AutogenContext) -> str | Literal[False]:  # noqa: ANN401, ARG001 - Alembic's own signature
    """SQLModel's string type is written as the plain one it is, so that old revisions need no SQLModel."""
    if kind == "type" and isinstance(item, AutoString):
        return "sa.String()" if item.length is None else f"sa.String(length={item.length})"
    return False


def add_sequences(migration: MigrationContext, _revision: object, scripts: list[MigrationScript]) -> None:
    """The number sequences that are missing are made first; Alembic compares tables only."""
    assert migration.connection is not None
    known = sa.inspect(migration.connection).get_sequence_names()
    missing = [sequence for sequence in SEQUENCES.values() if sequence.name not in known]
    for script in scripts:
        assert script.upgrade_ops is not None
        script.upgrade_ops.ops[:0] = [
            ExecuteSQLOp(f"CREATE SEQUENCE {sequence.name} START WITH {sequence.start}")
            for sequence in missing
        ]


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    compare_type=True,
    compare_server_default=True,
    render_item=render_item,
    process_revision_directives=add_sequences,
)
with context.begin_transaction():
    context.run_migrations()
