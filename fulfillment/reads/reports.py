"""Reports from which an outsider can check the invariants: complete, and all of one moment."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from fulfillment.store.clock import read_now
from fulfillment.store.columns import table_of
from fulfillment.store.job_reports import count_jobs
from fulfillment.store.tables import Job
from fulfillment.warehouse.tables import Availability, Balance, Location, Movement

AVAILABILITY = table_of(Availability)
BALANCE = table_of(Balance)
LOCATION = table_of(Location)
MOVEMENT = table_of(Movement)
JOB = table_of(Job)

Rows = list[dict[str, Any]]


def report_stock(session: Session) -> dict[str, Any]:
    """What can be promised, and every balance at every location, outside ones with their sign."""
    availability = (
        sa.select(
            AVAILABILITY.c.warehouse_code,
            AVAILABILITY.c.sku,
            AVAILABILITY.c.sellable,
            AVAILABILITY.c.reserved,
            AVAILABILITY.c.kept_back,
        )
    ).order_by(AVAILABILITY.c.warehouse_code, AVAILABILITY.c.sku)
    balances = (
        sa.select(
            LOCATION.c.warehouse_code,
            LOCATION.c.code.label("location"),
            LOCATION.c.kind,
            BALANCE.c.sku,
            BALANCE.c.lot,
            BALANCE.c.qty,
            BALANCE.c.claimed,
        )
        .join(LOCATION, LOCATION.c.id == BALANCE.c.location_id)
        .order_by(LOCATION.c.warehouse_code, LOCATION.c.code, BALANCE.c.sku, BALANCE.c.lot)
    )
    return {
        "as_of": read_now(session),
        "availability": _rows(session, availability),
        "balances": _rows(session, balances),
    }


def report_ledger(session: Session) -> dict[str, Any]:
    """Every movement in the order it was posted, with its two locations by name."""
    origin, target = LOCATION.alias("origin"), LOCATION.alias("target")
    query = (
        sa.select(
            MOVEMENT.c.number,
            MOVEMENT.c.moved_at,
            MOVEMENT.c.sku,
            MOVEMENT.c.lot,
            MOVEMENT.c.qty,
            origin.c.warehouse_code.label("from_warehouse"),
            origin.c.code.label("from_location"),
            origin.c.kind.label("from_kind"),
            target.c.warehouse_code.label("to_warehouse"),
            target.c.code.label("to_location"),
            target.c.kind.label("to_kind"),
            MOVEMENT.c.reason,
            MOVEMENT.c.subject_kind,
            MOVEMENT.c.subject_id,
            MOVEMENT.c.posting_key,
            MOVEMENT.c.reverses,
        )
        .join(origin, origin.c.id == MOVEMENT.c.from_location_id)
        .join(target, target.c.id == MOVEMENT.c.to_location_id)
        .order_by(MOVEMENT.c.number)
    )
    return {"as_of": read_now(session), "movements": _rows(session, query)}


def report_jobs(session: Session) -> dict[str, Any]:
    """How many jobs are in each state, and every job that is not done."""
    query = (
        sa.select(JOB.c.id, JOB.c.kind, JOB.c.state, JOB.c.attempts, JOB.c.due_at, JOB.c.last_error)
        .where(JOB.c.state != "done")
        .order_by(JOB.c.id)
    )
    counts = {str(state): count for state, count in count_jobs(session).items()}
    return {"as_of": read_now(session), "counts": counts, "open": _rows(session, query)}


def _rows(session: Session, query: sa.Select[Any]) -> Rows:
    return [dict(row) for row in session.connection().execute(query).mappings()]
