"""Administration of jobs: what waits, what is dead and why, and another try."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from fulfillment.accounts.roles import Permission
from fulfillment.core.errors import InvalidInputError
from fulfillment.store import job_reports, jobs
from fulfillment.store.tables import JobState
from fulfillment.web.access import allowed
from fulfillment.web.context import read
from fulfillment.web.idempotent import write_form_once
from fulfillment.web.messages import flash
from fulfillment.web.paging import asked_page, page_of
from fulfillment.web.words import _

blueprint = Blueprint("admin_jobs", __name__, url_prefix="/admin/jobs")


def _asked_states() -> list[JobState]:
    asked = request.args.get("state", JobState.DEAD.value)
    try:
        return [JobState(asked)]
    except ValueError as error:
        raise InvalidInputError(_("There is no job state %(state)s.", state=asked), field="state") from error


@blueprint.get("/")
@allowed(Permission.READ_JOBS)
def list_jobs() -> str:
    """The jobs of one state; the dead ones unless another is asked for."""
    states, asked = _asked_states(), asked_page()
    after = UUID(str(asked.after[0])) if asked.after else None

    def look(session: Session) -> tuple[dict[JobState, int], list[dict[str, Any]]]:
        rows = job_reports.list_jobs(session, limit=asked.limit + 1, states=states, after=after)
        return job_reports.count_jobs(session), rows

    counts, rows = read(look)
    page = page_of(rows, limit=asked.limit, key=lambda job: (job["id"],))
    return render_template("admin/jobs.html", counts=counts, page=page)


@blueprint.post("/<uuid:job_id>/revive")
@allowed(Permission.WRITE_JOBS)
def revive(job_id: UUID) -> Response:
    """The dead job is due again with all its attempts."""
    write_form_once(lambda session: jobs.revive_dead_job(session, job_id=job_id))
    flash(_("The job is due again."))
    return redirect(url_for("admin_jobs.list_jobs"))
