"""An import is registered once per file, its rows are recorded once each, and it ends when all are.

Each row is keyed by (file, line): a second run of the same file finds what the first one did and goes on.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from fulfillment.core.errors import ConflictError, NotFoundError
from fulfillment.core.ids import new_id
from fulfillment.imports.outcomes import FileKind, ImportState, RowFinding, RowOutcome
from fulfillment.imports.tables import ImportFile, ImportRow, ImportRun
from fulfillment.store.actors import Actor
from fulfillment.store.columns import table_of

RUN = table_of(ImportRun)
ROW = table_of(ImportRow)
FILE = table_of(ImportFile)


@dataclass(frozen=True)
class FileFacts:
    """What is known of a file before any of its rows is written."""

    kind: FileKind
    profile: str
    sha256: str
    name: str
    rows_total: int
    encoding: str = ""
    delimiter: str = ""
    unused_columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class RegisteredRun:
    """The run of a file, and whether it was finished before."""

    run_id: uuid.UUID
    is_done: bool


@dataclass(frozen=True)
class RowRecord:
    """A row's outcome with what it became here."""

    finding: RowFinding
    object_kind: str = ""
    object_ref: str = ""
    details: dict[str, Any] = field(default_factory=dict)


def register_run(session: Session, *, facts: FileFacts, actor: Actor) -> RegisteredRun:
    """The file's run exists; the same file, kind and profile always give the same run."""
    connection = session.connection()
    connection.execute(
        insert(RUN)
        .values(
            id=new_id(),
            kind=facts.kind,
            profile=facts.profile,
            file_sha256=facts.sha256,
            file_name=facts.name,
            encoding=facts.encoding,
            delimiter=facts.delimiter,
            unused_columns=list(facts.unused_columns),
            rows_total=facts.rows_total,
            state=ImportState.RUNNING,
            actor=actor.key,
        )
        .on_conflict_do_nothing(index_elements=["kind", "profile", "file_sha256"])
    )
    found = connection.execute(
        sa.select(RUN.c.id, RUN.c.state).where(
            RUN.c.kind == facts.kind, RUN.c.profile == facts.profile, RUN.c.file_sha256 == facts.sha256
        )
    ).one()
    return RegisteredRun(found.id, found.state == ImportState.DONE)


def lock_run(session: Session, *, run_id: uuid.UUID) -> None:
    """No other process writes rows of this run until the transaction ends.

    Raises:
        NotFoundError: there is no such run.
    """
    locked = session.connection().execute(sa.select(RUN.c.id).where(RUN.c.id == run_id).with_for_update())
    if locked.one_or_none() is None:
        raise NotFoundError(f"There is no import {run_id}.")


def find_recorded_lines(session: Session, *, run_id: uuid.UUID, lines: Sequence[int]) -> set[int]:
    """Those of the lines that have an outcome."""
    query = sa.select(ROW.c.line_no).where(ROW.c.run_id == run_id, ROW.c.line_no.in_(lines))
    return set(session.connection().execute(query).scalars())


def record_rows(session: Session, *, run_id: uuid.UUID, records: Iterable[RowRecord]) -> None:
    """The outcomes are written; a line that has one already raises the database's own error."""
    rows = [
        {
            "run_id": run_id,
            "line_no": record.finding.line_no,
            "outcome": record.finding.outcome,
            "code": record.finding.code,
            "sentence": record.finding.sentence,
            "group_ref": record.finding.group_ref,
            "object_kind": record.object_kind,
            "object_ref": record.object_ref,
            "details": record.details,
        }
        for record in records
    ]
    if rows:
        session.connection().execute(sa.insert(ROW), rows)


def finish_run(session: Session, *, run_id: uuid.UUID, now: datetime) -> None:
    """The run is done: each of its rows has exactly one outcome.

    Raises:
        ConflictError: rows are missing; the sentence says how many.
    """
    recorded = sa.select(sa.func.count()).select_from(ROW).where(ROW.c.run_id == run_id).scalar_subquery()
    connection = session.connection()
    counts = connection.execute(sa.select(RUN.c.rows_total, recorded).where(RUN.c.id == run_id)).one()
    if counts[0] != counts[1]:
        raise ConflictError(
            f"{counts[0] - counts[1]} of {counts[0]} rows have no outcome yet; run the import again.",
            rows=counts[0],
            recorded=counts[1],
        )
    connection.execute(
        sa.update(RUN)
        .where(RUN.c.id == run_id, RUN.c.state == ImportState.RUNNING)
        .values(state=ImportState.DONE, finished_at=now)
    )


def reopen_rejected(session: Session, *, run_id: uuid.UUID) -> int:
    """The run's rejected rows have no outcome any more and may be tried again; returns how many."""
    connection = session.connection()
    lock_run(session, run_id=run_id)
    gone = connection.execute(
        sa.delete(ROW).where(ROW.c.run_id == run_id, ROW.c.outcome == RowOutcome.REJECTED)
    ).rowcount
    if gone:
        connection.execute(
            sa.update(RUN).where(RUN.c.id == run_id).values(state=ImportState.RUNNING, finished_at=None)
        )
    return gone


def keep_file(session: Session, *, sha256: str, content: bytes) -> None:
    """The bytes can be read by any worker."""
    session.connection().execute(
        insert(FILE).values(file_sha256=sha256, content=content).on_conflict_do_nothing()
    )


def read_file(session: Session, *, sha256: str) -> bytes:
    """The bytes kept under this digest.

    Raises:
        NotFoundError: none are.
    """
    content = (
        session.connection()
        .execute(sa.select(FILE.c.content).where(FILE.c.file_sha256 == sha256))
        .scalar_one_or_none()
    )
    if content is None:
        raise NotFoundError(f"No file with the digest {sha256} was kept; upload it again.")
    return bytes(content)
