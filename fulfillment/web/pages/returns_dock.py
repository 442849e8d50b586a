"""The returns dock: a return's number is scanned, its units come in, are graded, and go where they may."""

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from pydantic import Field
from sqlmodel import Session
from werkzeug.wrappers import Response

from fulfillment.accounts.roles import Permission
from fulfillment.core.errors import ConflictError, FulfillmentError, NotFoundError
from fulfillment.core.ids import new_id
from fulfillment.core.states import ReturnState
from fulfillment.flows.inspect_return import inspect_return_units
from fulfillment.flows.read_code import read_units
from fulfillment.flows.receive_parcel_back import receive_parcel_back
from fulfillment.flows.receive_return import OPEN_FOR_GOODS, receive_return_units
from fulfillment.reads.return_documents import ReturnDocument, ReturnFilter, list_returns, read_return
from fulfillment.reads.returnable import list_returnable
from fulfillment.reads.returned_units import list_units_waiting
from fulfillment.returns.authorizations import find_return_by_number
from fulfillment.returns.grading import allowed_dispositions
from fulfillment.returns.kinds import Disposition, Grade
from fulfillment.shipping.parcels import find_parcel_by_number
from fulfillment.web.access import allowed
from fulfillment.web.context import read, runtime, viewer
from fulfillment.web.desk_words import DISPOSITION_WORDS, GRADE_WORDS, REASON_WORDS
from fulfillment.web.errors import status_of
from fulfillment.web.forms import FormModel, read_form
from fulfillment.web.idempotent import write_form_once
from fulfillment.web.messages import flash
from fulfillment.web.navigation import Place
from fulfillment.web.words import N_, _

blueprint = Blueprint("returns_dock", __name__, url_prefix="/returns-dock")
NAVIGATION = (Place(N_("Returns dock"), "returns_dock.find", Permission.WRITE_INSPECTIONS, rank=15),)

SHOWN = 40
AWAITED = (ReturnState.AUTHORIZED, ReturnState.IN_TRANSIT)


class UnitsForm(FormModel):
    """Units that came back."""

    code: str = Field(max_length=200)
    qty: int = Field(1, ge=1, le=100_000)
    lot: str = Field("", max_length=48)


class InspectionForm(FormModel):
    """What was found in so many units, and where they go."""

    return_line_id: UUID
    lot: str = Field("", max_length=48)
    qty: int = Field(ge=1, le=100_000)
    grade: Grade
    disposition: Disposition
    note: str = Field("", max_length=500)


class ParcelForm(FormModel):
    """A parcel that the carrier brought back."""

    number: str = Field(max_length=100)


@blueprint.get("/")
@allowed(Permission.WRITE_INSPECTIONS)
def find() -> Response | str:
    """The returns that are here and those on their way; a scanned number opens its return."""
    code = request.args.get("code", "").strip()
    if code:
        try:
            found = read(lambda session: find_return_by_number(session, number=code).id)
        except FulfillmentError as refusal:
            return render_template("returns_dock/list.html", **_lists(), refusal=refusal)
        return redirect(url_for("returns_dock.show", return_id=found))
    return render_template("returns_dock/list.html", **_lists(), refusal=None)


@blueprint.get("/<uuid:return_id>")
@allowed(Permission.WRITE_INSPECTIONS)
def show(return_id: UUID) -> str:
    """One return: what was announced, what came, and what waits to be graded."""
    return render_template("returns_dock/show.html", **_return(return_id), refusal=None, typed=None)


@blueprint.post("/<uuid:return_id>/units")
@allowed(Permission.WRITE_INSPECTIONS)
def receive(return_id: UUID) -> Response | tuple[str, int]:
    """The scanned units are at the returns place."""
    form = read_form(UnitsForm)

    def work(session: Session) -> dict[str, Any]:
        units = read_units(session, code=form.code)
        if units is None:
            raise NotFoundError(_("Nothing is known by the code %(code)s. Set it aside.", code=form.code))
        received = receive_return_units(
            session,
            return_id=return_id,
            scan_id=new_id(),
            sku=units.named.sku,
            lot=units.lot or form.lot,
            qty=units.units * form.qty,
            actor=viewer().actor,
        )
        return {"qty": received.qty, "sku": received.sku, "waiting": received.waiting}

    try:
        made = write_form_once(work)
    except FulfillmentError as refusal:
        page = render_template("returns_dock/show.html", **_return(return_id), refusal=refusal, typed=form)
        return page, status_of(refusal)
    flash(_("%(qty)s of %(sku)s came in; %(waiting)s more are announced.", **made))
    return redirect(url_for("returns_dock.show", return_id=return_id))


@blueprint.post("/<uuid:return_id>/inspections")
@allowed(Permission.WRITE_INSPECTIONS)
def inspect(return_id: UUID) -> Response | tuple[str, int]:
    """The units are graded and moved; with the last ones the return is decided."""
    form = read_form(InspectionForm)

    def work(session: Session) -> None:
        inspect_return_units(
            session, return_id=return_id, **form.model_dump(), actor=viewer().actor, policy=runtime().policy
        )

    try:
        write_form_once(work)
    except FulfillmentError as refusal:
        page = render_template("returns_dock/show.html", **_return(return_id), refusal=refusal, typed=None)
        return page, status_of(refusal)
    flash(
        _(
            "%(qty)s graded: %(grade)s. %(where)s.",
            qty=form.qty,
            grade=_(GRADE_WORDS[form.grade]),
            where=_(DISPOSITION_WORDS[form.disposition]),
        )
    )
    return redirect(url_for("returns_dock.show", return_id=return_id))


@blueprint.post("/parcels")
@allowed(Permission.WRITE_INSPECTIONS)
def take_parcel_back() -> Response | tuple[str, int]:
    """A parcel that could not be delivered is ours again and waits for inspection as a return."""
    form = read_form(ParcelForm)

    def work(session: Session) -> dict[str, Any]:
        parcel = find_parcel_by_number(session, number=form.number)
        back = receive_parcel_back(
            session, parcel_id=parcel.id, actor=viewer().actor, policy=runtime().policy
        )
        return {"return_id": str(back.return_id) if back.return_id else None, "loose": len(back.loose)}

    try:
        made = write_form_once(work)
    except FulfillmentError as refusal:
        page = render_template("returns_dock/list.html", **_lists(), refusal=refusal)
        return page, status_of(refusal)
    if made["loose"]:
        flash(_("Parts of a kit that is not whole here went to quarantine."), "warn")
    if made["return_id"] is None:
        return redirect(url_for("returns_dock.find"))
    flash(_("The parcel is ours again. Grade what is in it."))
    return redirect(url_for("returns_dock.show", return_id=made["return_id"]))


def _lists() -> dict[str, Any]:
    def look(session: Session) -> dict[str, Any]:
        here = ReturnFilter(states=[ReturnState.RECEIVED])
        coming = ReturnFilter(states=AWAITED)
        return {
            "here": list_returns(session, wanted=here, after=None, limit=SHOWN),
            "coming": list_returns(session, wanted=coming, after=None, limit=SHOWN),
            "reason_words": REASON_WORDS,
        }

    return read(look)


def _return(return_id: UUID) -> dict[str, Any]:
    def look(session: Session) -> dict[str, Any]:
        document: ReturnDocument = read_return(session, return_id=return_id)
        lines = {
            line.order_line_id: line for line in list_returnable(session, order_id=document.head.order_id)
        }
        waiting = []
        for line in document.lines:
            left = line.qty_received - line.qty_inspected
            if left > 0 and document.head.state == ReturnState.RECEIVED:
                waiting.append(_to_grade(session, line, left, lines.get(line.order_line_id)))
        return {
            "document": document,
            "waiting": waiting,
            "takes_goods": document.head.state in OPEN_FOR_GOODS,
            "reason_words": REASON_WORDS,
            "grades": [(grade.value, _(words)) for grade, words in GRADE_WORDS.items()],
            "grade_words": GRADE_WORDS,
            "disposition_words": DISPOSITION_WORDS,
        }

    return read(look)


def _to_grade(session: Session, line: Any, left: int, article: Any) -> dict[str, Any]:  # noqa: ANN401 - rows of two reads
    """Units of a line that wait for the inspector: of which lots, and where they may go."""
    if article is None:
        raise ConflictError("The order of this return has changed; ask customer service.")
    lots = {
        lot: qty
        for (sku, lot), qty in list_units_waiting(session, return_line_id=line.id).items()
        if sku == line.sku
    }
    allowed_anywhere = allowed_dispositions(grade=Grade.SEALED, is_supplement=article.is_supplement)
    return {
        "line": line,
        "left": left,
        "lots": lots,
        "is_supplement": article.is_supplement,
        "dispositions": [
            (each.value, _(words)) for each, words in DISPOSITION_WORDS.items() if each in allowed_anywhere
        ],
    }
