"""Imported files and what became of each of their rows."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from fulfillment.imports.outcomes import FileKind, ImportState, RowOutcome
from fulfillment.store.columns import (
    check,
    created_at_column,
    enum_column,
    id_column,
    json_column,
    qty_column,
    text_column,
    utc_column,
    uuid_column,
)


class ImportRun(SQLModel, table=True):
    """One file read as one kind through one profile; the same file again is the same run."""

    __tablename__ = "import_run"
    __table_args__ = (
        check("rows", "rows_total >= 0"),
        check("done_at", "(state = 'done') = (finished_at IS NOT NULL)"),
        sa.Index("uq_import_run_file", "kind", "profile", "file_sha256", unique=True),
        sa.Index(None, "created_at"),
    )

    id: uuid.UUID = id_column()
    kind: FileKind = enum_column(FileKind)
    profile: str = text_column()
    file_sha256: str = text_column()
    file_name: str = text_column()
    encoding: str = text_column(default="")
    delimiter: str = text_column(default="")
    unused_columns: list[str] = json_column(default=list)
    rows_total: int = qty_column()
    state: ImportState = enum_column(ImportState, default=ImportState.RUNNING)
    actor: str = text_column()
    finished_at: datetime | None = utc_column(default=None)
    created_at: datetime = created_at_column()


class ImportFile(SQLModel, table=True):
    """The bytes of a file that came over the web, so that any worker can read them."""

    __tablename__ = "import_file"

    file_sha256: str = text_column(primary_key=True)
    content: bytes = Field(sa_type=sa.LargeBinary)
    created_at: datetime = created_at_column()


class ImportRow(SQLModel, table=True):
    """One row's outcome, written in the transaction of its effect; the key makes it happen once."""

    __tablename__ = "import_row"
    __table_args__ = (
        sa.Index(None, "run_id", "outcome", "code"),
        sa.Index(None, "object_kind", "object_ref"),
    )

    run_id: uuid.UUID = uuid_column("import_run.id", primary_key=True, ondelete="CASCADE")
    line_no: int = Field(primary_key=True, sa_type=sa.Integer)
    outcome: RowOutcome = enum_column(RowOutcome)
    code: str = text_column()
    sentence: str = text_column(default="")
    group_ref: str = text_column(default="")
    object_kind: str = text_column(default="")
    object_ref: str = text_column(default="")
    details: dict[str, Any] = json_column(default=dict)
