"""Imports: a file is taken in, checked at the door, and its rows are written by a job."""

import json
import uuid
from datetime import datetime
from typing import Annotated

from flask import Response
from flask_openapi3.models.file import FileStorage
from pydantic import ConfigDict, Field
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.flows.import_file import ImportedFile, register_file
from fulfillment.flows.queue_import import MAX_UPLOAD_BYTES, queue_import
from fulfillment.imports.outcomes import FileKind, ImportState, RowOutcome
from fulfillment.imports.queries import list_runs, read_report, read_rows
from fulfillment.web.access import allowed, takes_upload
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import read, viewer
from fulfillment.web.idempotent import answer_once
from fulfillment.web.models import ApiModel, CachedSchema, WriteHeader
from fulfillment.web.words import N_

blueprint = api_blueprint("imports", N_("Imports"))


class UploadForm(CachedSchema):
    """The file and how to read it, as multipart/form-data."""

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    file: FileStorage = Field(description="CSV or XLSX")
    kind: FileKind
    profile: Annotated[str, Field(pattern="^[a-z0-9_-]{1,40}$")] = "generic"
    retry_rejected: bool = Field(default=False, description="try rows again that were rejected before")


class RunPath(ApiModel):
    """Which import."""

    run_id: uuid.UUID


class RowQuery(ApiModel):
    """Which rows."""

    outcome: RowOutcome | None = None
    after_line: int = Field(0, ge=0, le=2**31 - 1, description="the last line of the page before")


class ListQuery(ApiModel):
    """How many."""

    limit: int = Field(50, ge=1, le=200)


class AcceptedOut(ApiModel):
    """The import and the job that writes its rows; `is_repeat` if this file was imported before."""

    run_id: uuid.UUID
    job_id: uuid.UUID
    is_repeat: bool


class ReasonOut(ApiModel):
    """Rows that ended the same way for the same reason, with the first of their lines and a sentence."""

    outcome: RowOutcome
    code: str
    rows: int
    first_lines: list[int]
    example: str


class RunOut(ApiModel):
    """One import as it stands. `groups` counts what the rows belong to: orders, products and so on."""

    run_id: uuid.UUID
    kind: FileKind
    profile: str
    file_name: str
    state: ImportState
    rows_total: int
    rows: dict[str, int]
    groups: dict[str, int]
    returns: dict[str, int]
    reasons: list[ReasonOut]
    unused_columns: list[str]
    finished_at: datetime | None


class RunSummaryOut(ApiModel):
    """One import in a list."""

    run_id: uuid.UUID
    kind: FileKind
    profile: str
    file_name: str
    rows_total: int
    state: ImportState
    actor: str
    created_at: datetime
    finished_at: datetime | None


class RunList(ApiModel):
    """The latest imports."""

    items: list[RunSummaryOut]


class RowOut(ApiModel):
    """One row's outcome, and what it became here."""

    line_no: int
    outcome: RowOutcome
    code: str
    sentence: str
    group_ref: str
    object_kind: str
    object_ref: str


class RowList(ApiModel):
    """A page of rows in the order of the file; ask again with the last line as `after_line`."""

    items: list[RowOut]


@blueprint.get("/imports", responses={200: RunList})
@allowed(Permission.WRITE_IMPORTS)
def find_imports(query: ListQuery) -> Response:
    """List the latest imports."""
    rows = read(lambda session: list_runs(session, limit=query.limit))
    return answer(RunList(items=[RunSummaryOut.of(row) for row in rows]))


@blueprint.post("/imports", responses={202: AcceptedOut})
@allowed(Permission.WRITE_IMPORTS)
@takes_upload(MAX_UPLOAD_BYTES)
def upload(header: WriteHeader, form: UploadForm) -> Response:  # noqa: ARG001 - documents the header
    """Import a file. A file that cannot be read is refused here; its rows are written by a job.

    The same file again changes nothing and is the same import.
    """
    name = (form.file.filename or "upload").replace("\x00", "")[-200:]
    content = form.file.read()
    told = json.dumps([form.kind, form.profile, form.retry_rejected, name]).encode()

    def take(session: Session) -> tuple[int, AcceptedOut]:
        actor = viewer().actor
        run = register_file(
            session,
            file=ImportedFile(name, content),
            kind=form.kind,
            profile_name=form.profile,
            actor=actor,
        )
        job_id = queue_import(
            session,
            content=content,
            name=name,
            kind=form.kind,
            profile_name=form.profile,
            retry_rejected=form.retry_rejected,
            actor=actor,
        )
        return 202, AcceptedOut(run_id=run.run_id, job_id=job_id, is_repeat=run.is_done)

    return answer_once(take, content=told + content)


@blueprint.get("/imports/<uuid:run_id>", responses={200: RunOut})
@allowed(Permission.WRITE_IMPORTS)
def get_import(path: RunPath) -> Response:
    """Read an import's report."""
    return answer(RunOut.of(read(lambda session: read_report(session, run_id=path.run_id))))


@blueprint.get("/imports/<uuid:run_id>/rows", responses={200: RowList})
@allowed(Permission.WRITE_IMPORTS)
def get_rows(path: RunPath, query: RowQuery) -> Response:
    """List an import's rows with their outcomes."""

    def look(session: Session) -> list[RowOut]:
        read_report(session, run_id=path.run_id)
        rows = read_rows(session, run_id=path.run_id, outcome=query.outcome, after_line=query.after_line)
        return [RowOut.of(row) for row in rows]

    return answer(RowList(items=read(look)))
