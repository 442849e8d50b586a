"""What an import did, for people and programs: counts, reasons, and the lines behind each reason."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.core.errors import NotFoundError
from fulfillment.imports.outcomes import RowOutcome
from fulfillment.imports.tables import ImportRow, ImportRun
from fulfillment.store.columns import table_of

RUN = table_of(ImportRun)
ROW = table_of(ImportRow)

LINES_PER_REASON = 20
"""How many line numbers a report names for one reason; `read_rows` gives all."""

PAGE_ROWS = 500


@dataclass(frozen=True)
class Reason:
    """Rows that ended the same way for the same reason, with the first of their lines and a sentence."""

    outcome: str
    code: str
    rows: int
    first_lines: tuple[int, ...]
    example: str


@dataclass(frozen=True)
class ImportReport:
    """One file's import as it stands. `groups` counts what the rows belong to: orders, products and so on."""

    run_id: uuid.UUID
    kind: str
    profile: str
    file_name: str
    state: str
    rows_total: int
    rows: Mapping[str, int]
    groups: Mapping[str, int]
    returns: Mapping[str, int]
    reasons: tuple[Reason, ...]
    unused_columns: tuple[str, ...]
    finished_at: datetime | None
    is_repeat: bool = False


@dataclass(frozen=True)
class RunSummary:
    """One import in a list."""

    run_id: uuid.UUID
    kind: str
    profile: str
    file_name: str
    rows_total: int
    state: str
    actor: str
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True)
class RowLine:
    """One row's outcome, and what it became here."""

    line_no: int
    outcome: str
    code: str
    sentence: str
    group_ref: str
    object_kind: str
    object_ref: str


@dataclass(frozen=True)
class ImportedReturn:
    """A row that takes goods back: when, and from which orders: (order reference, SKU, units)."""

    line_no: int
    return_ref: str
    requested_at: str | None
    parts: tuple[tuple[str, str, int], ...]


def read_report(session: Session, *, run_id: uuid.UUID) -> ImportReport:
    """The report of one import.

    Raises:
        NotFoundError: there is no such import.
    """
    run = session.connection().execute(sa.select(RUN).where(RUN.c.id == run_id)).one_or_none()
    if run is None:
        raise NotFoundError(f"There is no import {run_id}.")
    reasons = _read_reasons(session, run_id)
    rows = dict.fromkeys(RowOutcome, 0)
    for reason in reasons:
        rows[RowOutcome(reason.outcome)] += reason.rows
    groups, returns = _count_groups(session, run_id)
    return ImportReport(
        run_id=run_id,
        kind=str(run.kind),
        profile=run.profile,
        file_name=run.file_name,
        state=str(run.state),
        rows_total=run.rows_total,
        rows={outcome.value: count for outcome, count in rows.items()},
        groups=groups,
        returns=returns,
        reasons=reasons,
        unused_columns=tuple(run.unused_columns),
        finished_at=run.finished_at,
    )


def list_runs(session: Session, *, limit: int = 50) -> list[RunSummary]:
    """The latest imports, newest first."""
    columns = (
        RUN.c.id, RUN.c.kind, RUN.c.profile, RUN.c.file_name, RUN.c.rows_total, RUN.c.state, RUN.c.actor,
        RUN.c.created_at, RUN.c.finished_at,
    )  # fmt: skip
    query = sa.select(*columns).order_by(RUN.c.created_at.desc(), RUN.c.id.desc()).limit(limit)
    return [RunSummary(*row) for row in session.connection().execute(query)]


def read_rows(
    session: Session, *, run_id: uuid.UUID, outcome: RowOutcome | None = None, after_line: int = 0
) -> list[RowLine]:
    """A page of row outcomes in the order of the file, after a line."""
    columns = (
        ROW.c.line_no, ROW.c.outcome, ROW.c.code, ROW.c.sentence, ROW.c.group_ref, ROW.c.object_kind,
        ROW.c.object_ref,
    )  # fmt: skip
    query = sa.select(*columns).where(ROW.c.run_id == run_id, ROW.c.line_no > after_line)
    if outcome is not None:
        query = query.where(ROW.c.outcome == outcome)
    page = query.order_by(ROW.c.line_no).limit(PAGE_ROWS)
    return [RowLine(*row) for row in session.connection().execute(page)]


def read_returns(session: Session, *, run_id: uuid.UUID) -> list[ImportedReturn]:
    """The accepted rows that take goods back, in the order of the file."""
    query = (
        sa.select(ROW.c.line_no, ROW.c.group_ref, ROW.c.details)
        .where(ROW.c.run_id == run_id, ROW.c.object_kind == "return", ROW.c.outcome == RowOutcome.ACCEPTED)
        .order_by(ROW.c.line_no)
    )
    return [
        ImportedReturn(
            row.line_no,
            row.group_ref,
            row.details.get("requested_at"),
            tuple((part["order_ref"], part["sku"], part["qty"]) for part in row.details["parts"]),
        )
        for row in session.connection().execute(query)
    ]


def _read_reasons(session: Session, run_id: uuid.UUID) -> tuple[Reason, ...]:
    numbered = sa.select(
        ROW.c.outcome,
        ROW.c.code,
        ROW.c.line_no,
        ROW.c.sentence,
        sa.func.row_number()
        .over(partition_by=(ROW.c.outcome, ROW.c.code), order_by=ROW.c.line_no)
        .label("place"),
    ).where(ROW.c.run_id == run_id)
    first = numbered.subquery()
    query = (
        sa.select(
            first.c.outcome,
            first.c.code,
            sa.func.count().label("rows"),
            sa.func.array_agg(first.c.line_no).filter(first.c.place <= LINES_PER_REASON).label("first_lines"),
            sa.func.max(first.c.sentence).filter(first.c.place == 1).label("example"),
        )
        .group_by(first.c.outcome, first.c.code)
        .order_by(first.c.outcome, sa.desc("rows"), first.c.code)
    )
    return tuple(
        Reason(str(row.outcome), row.code, row.rows, tuple(sorted(row.first_lines)), row.example)
        for row in session.connection().execute(query)
    )


def _count_groups(session: Session, run_id: uuid.UUID) -> tuple[dict[str, int], dict[str, int]]:
    """How each order or article ended, the best of its rows deciding; returns are counted apart."""
    rank = sa.case(
        (ROW.c.outcome == RowOutcome.ACCEPTED, 3),
        (ROW.c.outcome == RowOutcome.HELD, 2),
        (ROW.c.outcome == RowOutcome.REJECTED, 1),
        else_=0,
    )
    is_return = sa.func.bool_or(ROW.c.object_kind == "return")
    best = (
        sa.select(sa.func.max(rank).label("rank"), is_return.label("is_return"))
        .where(ROW.c.run_id == run_id, ROW.c.group_ref != "")
        .group_by(ROW.c.group_ref)
        .subquery()
    )
    names = (RowOutcome.IGNORED, RowOutcome.REJECTED, RowOutcome.HELD, RowOutcome.ACCEPTED)
    groups = {"total": 0, **{outcome.value: 0 for outcome in RowOutcome}}
    returns = dict(groups)
    query = sa.select(best.c.rank, best.c.is_return, sa.func.count().label("groups"))
    for row in session.connection().execute(query.group_by(best.c.rank, best.c.is_return)):
        counts = returns if row.is_return else groups
        counts["total"] += row.groups
        counts[names[row.rank].value] += row.groups
    return groups, returns
