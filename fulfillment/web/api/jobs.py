"""Jobs: what waits, runs, is done or dead, and another try for the dead."""

import uuid
from datetime import datetime
from typing import Annotated

from flask import Response
from pydantic import Field
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.core.errors import NotFoundError
from fulfillment.store.job_reports import find_job, list_jobs
from fulfillment.store.jobs import revive_dead_job
from fulfillment.store.tables import JobState
from fulfillment.web.access import allowed
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import read
from fulfillment.web.idempotent import answer_once
from fulfillment.web.models import ApiModel, PageOut, PageQuery, WriteHeader
from fulfillment.web.paging import page_of, read_cursor
from fulfillment.web.words import N_

blueprint = api_blueprint("jobs", N_("Jobs"))


class JobQuery(PageQuery):
    """Which jobs."""

    state: JobState | None = None
    kind: Annotated[str, Field(pattern="^[a-z_]{1,40}$")] | None = None


class JobPath(ApiModel):
    """Which job."""

    job_id: uuid.UUID


class JobOut(ApiModel):
    """One job; what it was given stays with the workers."""

    id: uuid.UUID
    kind: str
    key: str | None
    state: JobState
    attempts: int
    max_attempts: int
    due_at: datetime
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    last_error: str | None


class JobPage(PageOut):
    """Some jobs, the oldest first."""

    items: list[JobOut]


@blueprint.get("/jobs", responses={200: JobPage})
@allowed(Permission.READ_JOBS)
def find_jobs(query: JobQuery) -> Response:
    """List jobs in the order they were promised."""
    after = read_cursor(query.cursor)
    rows = read(
        lambda session: list_jobs(
            session,
            limit=query.limit + 1,
            states=None if query.state is None else [query.state],
            kind=query.kind,
            after=uuid.UUID(str(after[0])) if after else None,
        )
    )
    page = page_of(rows, limit=query.limit, key=lambda row: (str(row["id"]),))
    return answer(JobPage(items=[JobOut(**row) for row in page.rows], next_cursor=page.next_cursor))


@blueprint.get("/jobs/<uuid:job_id>", responses={200: JobOut})
@allowed(Permission.READ_JOBS)
def get_job(path: JobPath) -> Response:
    """Read one job."""
    return answer(read(lambda session: _job(session, path.job_id)))


@blueprint.post("/jobs/<uuid:job_id>/revive", responses={200: JobOut})
@allowed(Permission.WRITE_JOBS)
def revive(header: WriteHeader, path: JobPath) -> Response:  # noqa: ARG001 - documents the header
    """Give a dead job all its attempts again."""

    def work(session: Session) -> tuple[int, JobOut]:
        revive_dead_job(session, job_id=path.job_id)
        return 200, _job(session, path.job_id)

    return answer_once(work)


def _job(session: Session, job_id: uuid.UUID) -> JobOut:
    row = find_job(session, job_id=job_id)
    if row is None:
        raise NotFoundError(f"There is no job {job_id}.")
    return JobOut(**row)
