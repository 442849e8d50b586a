"""What load balancers and Prometheus ask."""

import os

import sqlalchemy as sa
from flask import Blueprint, Response, jsonify, make_response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client import REGISTRY as OWN_REGISTRY
from prometheus_client.multiprocess import MultiProcessCollector
from sqlmodel import Session

from fulfillment.core.errors import FulfillmentError
from fulfillment.store import job_reports
from fulfillment.web.access import public
from fulfillment.web.context import read

blueprint = Blueprint("health", __name__)

MULTIPROCESS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


@blueprint.get("/healthz")
@public
def is_alive() -> Response:
    """The process answers; it says nothing about the database."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def is_ready() -> Response:
    """Requests may come: the database answers and has our tables."""
    try:
        version = read(lambda session: session.scalar(sa.text("SELECT version_num FROM alembic_version")))
    except (FulfillmentError, sa.exc.SQLAlchemyError):
        return make_response(
            jsonify(status="unavailable", database="does not answer or is not migrated"), 503
        )
    return jsonify(status="ok", database="ok", schema=version)


@blueprint.get("/metrics")
@public
def metrics() -> Response:
    """Counters of all web processes of this host, and the jobs by state; nothing about a person."""
    registry: CollectorRegistry = OWN_REGISTRY
    if MULTIPROCESS_FOLDER in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library leaves it untyped
    text = generate_latest(registry).decode() + _job_lines()
    response = make_response(text)
    response.headers["Content-Type"] = CONTENT_TYPE_LATEST
    return response


def _job_lines() -> str:
    """Jobs by state and the wait of the oldest, read from the only truth about jobs."""

    def look(session: Session) -> str:
        lines = ["# HELP fulfillment_jobs Jobs by state", "# TYPE fulfillment_jobs gauge"]
        counts = job_reports.count_jobs(session)
        lines += [f'fulfillment_jobs{{state="{state.value}"}} {count}' for state, count in counts.items()]
        since = job_reports.oldest_due_at(session)
        now = session.scalar(sa.select(sa.func.now()))
        waited = (now - since).total_seconds() if since and now else 0.0
        lines += [
            "# HELP fulfillment_oldest_due_job_seconds How long the oldest due job has waited",
            "# TYPE fulfillment_oldest_due_job_seconds gauge",
            f"fulfillment_oldest_due_job_seconds {waited}",
        ]
        return "\n".join(lines) + "\n"

    try:
        return read(look)
    except FulfillmentError:
        return ""
