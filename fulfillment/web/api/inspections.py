"""Inspections of what came back, and quality decisions about what stands in quarantine."""

import uuid
from datetime import date
from typing import Annotated

from flask import Response
from pydantic import Field
from sqlmodel import Session

from fulfillment.accounts.roles import Permission
from fulfillment.flows.decide_quality import decide_quality
from fulfillment.flows.inspect_return import inspect_return_units
from fulfillment.reads.quarantine import list_quarantined
from fulfillment.reads.return_documents import read_return
from fulfillment.returns.inspections import find_inspection
from fulfillment.returns.kinds import Disposition, Grade
from fulfillment.web.access import allowed
from fulfillment.web.api.return_models import InspectionOut, Lot, Note, Sku, Units, Why
from fulfillment.web.api_blueprint import answer, api_blueprint
from fulfillment.web.context import read, runtime, viewer
from fulfillment.web.idempotent import answer_once
from fulfillment.web.models import ApiModel, WriteHeader
from fulfillment.web.words import N_

blueprint = api_blueprint("inspections", N_("Inspections"))

Code = Annotated[str, Field(min_length=1, max_length=20)]


class InspectionIn(ApiModel):
    """What was found in received units of a return, and where they go."""

    return_id: uuid.UUID
    return_line_id: uuid.UUID
    lot: Lot = ""
    qty: Units
    grade: Grade
    disposition: Disposition
    note: Note = ""


class InspectionQuery(ApiModel):
    """Of which return."""

    return_id: uuid.UUID


class InspectionList(ApiModel):
    """All inspections of a return."""

    items: list[InspectionOut]


class QuarantineQuery(ApiModel):
    """Which quarantined units; nothing left out without a filter."""

    warehouse_code: Code | None = None
    sku: Sku | None = None


class QuarantinedOut(ApiModel):
    """Units of a lot nobody has decided about."""

    inspection_id: uuid.UUID | None
    warehouse_code: str
    sku: str
    lot: str
    qty: int
    grade: str | None
    return_number: str | None
    expires_on: date | None


class QuarantineList(ApiModel):
    """What waits in quarantine, at most 500 lots."""

    items: list[QuarantinedOut]


class QualityDecisionIn(ApiModel):
    """A qualified person's word: `restock` salvages the units, `scrap` destroys them."""

    warehouse_code: Code
    sku: Sku
    lot: Lot = ""
    qty: Units
    disposition: Disposition
    reason: Why
    inspection_id: uuid.UUID | None = None


class QualityDecisionOut(ApiModel):
    """The decision, which stands for good."""

    id: uuid.UUID
    warehouse_code: str
    sku: str
    lot: str
    qty: int
    disposition: Disposition


@blueprint.post("/inspections", responses={201: InspectionOut})
@allowed(Permission.WRITE_INSPECTIONS)
def create_inspection(header: WriteHeader, body: InspectionIn) -> Response:  # noqa: ARG001 - documents the header
    """Inspect received units; with the last of them the return is decided and its refund proposed."""

    def inspect(session: Session) -> tuple[int, InspectionOut]:
        inspection_id = inspect_return_units(
            session,
            return_line_id=body.return_line_id,
            return_id=body.return_id,
            lot=body.lot,
            qty=body.qty,
            grade=body.grade,
            disposition=body.disposition,
            note=body.note,
            actor=viewer().actor,
            policy=runtime().policy,
        )
        return 201, InspectionOut.of(find_inspection(session, inspection_id=inspection_id))

    return answer_once(inspect)


@blueprint.get("/inspections", responses={200: InspectionList})
@allowed(Permission.READ_RETURNS)
def list_return_inspections(query: InspectionQuery) -> Response:
    """List what inspectors found in a return."""
    document = read(lambda session: read_return(session, return_id=query.return_id))
    return answer(InspectionList(items=[InspectionOut.of(row) for row in document.inspections]))


@blueprint.get("/quarantine", responses={200: QuarantineList})
@allowed(Permission.READ_RETURNS)
def list_quarantine(query: QuarantineQuery) -> Response:
    """List what stands in quarantine and waits for a decision."""
    rows = read(lambda session: list_quarantined(session, warehouse_code=query.warehouse_code, sku=query.sku))
    return answer(QuarantineList(items=[QuarantinedOut.of(row) for row in rows]))


@blueprint.post("/quality-decisions", responses={201: QualityDecisionOut})
@allowed(Permission.DECIDE_QUALITY)
def create_quality_decision(header: WriteHeader, body: QualityDecisionIn) -> Response:  # noqa: ARG001 - documents the header
    """Decide about quarantined units: sell them again, or destroy them."""

    def decide(session: Session) -> tuple[int, QualityDecisionOut]:
        decision_id = decide_quality(
            session,
            warehouse_code=body.warehouse_code,
            sku=body.sku,
            lot=body.lot,
            qty=body.qty,
            disposition=body.disposition,
            reason=body.reason,
            inspection_id=body.inspection_id,
            actor=viewer().actor,
        )
        given = body.model_dump(exclude={"reason", "inspection_id"})
        return 201, QualityDecisionOut(id=decision_id, **given)

    return answer_once(decide)
