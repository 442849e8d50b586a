"""Reports an outsider can check our invariants from."""

import uuid
from datetime import datetime
from typing import Any

from flask import Response

from fulfillment.accounts.roles import Permission
from fulfillment.reads.audit import audit_books
from fulfillment.reads.reports import report_jobs, report_ledger, report_stock
from fulfillment.web.access import allowed
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import read
from fulfillment.web.models import ApiModel
from fulfillment.web.words import N_

blueprint = api_blueprint("reports", N_("Reports"))


class AvailabilityOut(ApiModel):
    """What one warehouse can promise of one SKU: `sellable - reserved - kept_back`, never below zero.

    Units kept back wait for booked autoships, and only a run may take them.
    """

    warehouse_code: str
    sku: str
    sellable: int
    reserved: int
    kept_back: int


class BalanceOut(ApiModel):
    """Units of one lot at one location; supplier, customer and adjustment count what went out as negative."""

    warehouse_code: str | None
    location: str
    kind: str
    sku: str
    lot: str
    qty: int
    claimed: int


class StockReport(ApiModel):
    """All availability and all balances as of one snapshot."""

    as_of: datetime
    availability: list[AvailabilityOut]
    balances: list[BalanceOut]


class MovementOut(ApiModel):
    """One posting: `qty` units of a lot left `from` for `to`."""

    number: int
    moved_at: datetime
    sku: str
    lot: str
    qty: int
    from_warehouse: str | None
    from_location: str
    from_kind: str
    to_warehouse: str | None
    to_location: str
    to_kind: str
    reason: str
    subject_kind: str
    subject_id: str
    posting_key: str
    reverses: int | None


class LedgerReport(ApiModel):
    """The whole ledger as of one snapshot."""

    as_of: datetime
    movements: list[MovementOut]


class OpenJobOut(ApiModel):
    """A job that is not done: queued, running or dead."""

    id: uuid.UUID
    kind: str
    state: str
    attempts: int
    due_at: datetime
    last_error: str | None


class JobsReport(ApiModel):
    """Jobs by state, and all that are not done, as of one snapshot."""

    as_of: datetime
    counts: dict[str, int]
    open: list[OpenJobOut]


class ViolationOut(ApiModel):
    """Where a rule of the books does not hold."""

    rule: str
    words: str
    subject: str
    expected: str
    found: str


class AuditOut(ApiModel):
    """The books checked against themselves as of one snapshot."""

    rules: int
    violations: int
    named: list[ViolationOut]


@blueprint.get("/reports/stock", responses={200: StockReport})
@allowed(Permission.READ_REPORTS)
def get_stock_report() -> Response:
    """All stock, complete and of one moment."""
    return _report(StockReport, read(report_stock))


@blueprint.get("/reports/ledger", responses={200: LedgerReport})
@allowed(Permission.READ_REPORTS)
def get_ledger_report() -> Response:
    """The whole ledger, complete and of one moment."""
    return _report(LedgerReport, read(report_ledger))


@blueprint.get("/reports/jobs", responses={200: JobsReport})
@allowed(Permission.READ_REPORTS)
def get_jobs_report() -> Response:
    """Jobs by state, and every one that is not done."""
    return _report(JobsReport, read(report_jobs))


@blueprint.get("/reports/audit", responses={200: AuditOut})
@allowed(Permission.READ_REPORTS)
def get_audit_report() -> Response:
    """Check the books against themselves."""
    return answer(AuditOut.of(read(audit_books)))


def _report(model: type[ApiModel], report: dict[str, Any]) -> Response:
    return answer(model.model_validate(report))
