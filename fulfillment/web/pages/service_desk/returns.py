"""Returns at the service desk: by state, and one by one with the deeds before the goods have come."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from pydantic import Field
from sqlmodel import Session
from werkzeug.wrappers import Response

from fulfillment.accounts.roles import Permission
from fulfillment.core.errors import FulfillmentError, InvalidInputError
from fulfillment.core.states import ReturnState
from fulfillment.flows.change_return import cancel_return, note_return_posted, reopen_return
from fulfillment.reads.return_documents import ReturnFilter, list_refunds, read_return
from fulfillment.reads.return_documents import list_returns as list_return_rows
from fulfillment.reads.rule_words import find_rules
from fulfillment.reads.timelines import list_happenings
from fulfillment.web.access import allowed
from fulfillment.web.context import read, runtime, viewer
from fulfillment.web.errors import status_of
from fulfillment.web.forms import FormModel, read_form
from fulfillment.web.happenings import tell_happenings
from fulfillment.web.idempotent import write_form_once
from fulfillment.web.messages import flash
from fulfillment.web.pages.service_desk.desk import blueprint
from fulfillment.web.paging import asked_page, page_of
from fulfillment.web.return_forms import NoteForm
from fulfillment.web.return_slip_answer import slip_answer
from fulfillment.web.words import _

RETURNS_PER_PAGE = 25
REFUNDS_SHOWN = 20


class PostedForm(FormModel):
    """The carrier's number on the box that comes back."""

    tracking_number: str | None = Field(None, max_length=40)


@blueprint.get("/returns/")
@allowed(Permission.READ_MEMBERS)
def list_returns() -> str:
    """Returns, the newest first; of one state if asked."""
    asked, state = asked_page(limit=RETURNS_PER_PAGE), _asked_state()
    after = UUID(str(asked.after[0])) if asked.after else None
    wanted = ReturnFilter(states=None if state is None else (state,))
    rows = read(lambda session: list_return_rows(session, wanted=wanted, after=after, limit=asked.limit + 1))
    page = page_of(rows, limit=asked.limit, key=lambda row: (str(row.head.id),))
    return render_template("service_desk/returns.html", page=page, state=state, states=list(ReturnState))


@blueprint.get("/returns/<uuid:return_id>")
@allowed(Permission.READ_MEMBERS)
def show_return(return_id: UUID) -> Response:
    """One return with its decision, what was found, and its money."""
    return _answer(return_id)


@blueprint.get("/returns/<uuid:return_id>/slip.pdf")
@allowed(Permission.READ_RETURNS)
def print_slip(return_id: UUID) -> Response:
    """The slip that goes in the box."""
    return slip_answer(return_id)


@blueprint.post("/returns/<uuid:return_id>/posted")
@allowed(Permission.WRITE_RETURNS)
def note_posted(return_id: UUID) -> Response:
    """The goods are on their way back."""

    def work(session: Session) -> None:
        form = read_form(PostedForm)
        note_return_posted(
            session, return_id=return_id, tracking_number=form.tracking_number, actor=viewer().actor
        )

    return _do(return_id, work, _("The return is on its way."))


@blueprint.post("/returns/<uuid:return_id>/cancel")
@allowed(Permission.WRITE_RETURNS)
def cancel_one(return_id: UUID) -> Response:
    """The goods will not be sent back."""

    def work(session: Session) -> None:
        note = read_form(NoteForm).note or "cancelled by customer service"
        cancel_return(session, return_id=return_id, note=note, actor=viewer().actor)

    return _do(return_id, work, _("The return is cancelled."))


@blueprint.post("/returns/<uuid:return_id>/reopen")
@allowed(Permission.WRITE_RETURNS)
def reopen(return_id: UUID) -> Response:
    """An expired return may come after all."""

    def work(session: Session) -> None:
        note = read_form(NoteForm).note or "opened again by customer service"
        reopen_return(session, return_id=return_id, note=note, actor=viewer().actor, policy=runtime().policy)

    return _do(return_id, work, _("The return is open again."))


def _asked_state() -> ReturnState | None:
    text = request.args.get("state", "")
    if not text:
        return None
    try:
        return ReturnState(text)
    except ValueError as error:
        raise InvalidInputError(_("There is no state %(state)s.", state=text), field="state") from error


def _do(return_id: UUID, work: Callable[[Session], Any], words: str) -> Response:
    try:
        write_form_once(work)
    except FulfillmentError as refusal:
        return _answer(return_id, refusal)
    flash(words)
    return redirect(url_for("service_desk.show_return", return_id=return_id))


def _answer(return_id: UUID, refusal: FulfillmentError | None = None) -> Response:
    def look(session: Session) -> dict[str, Any]:
        found = read_return(session, return_id=return_id)
        happenings = list_happenings(session, order_id=found.head.order_id)
        return {
            "found": found,
            "rules": find_rules(session, codes={code for line in found.lines for code in line.rules}),
            "refunds": list_refunds(session, return_id=return_id, limit=REFUNDS_SHOWN),
            "entries": tell_happenings([each for each in happenings if each.label == found.head.number]),
        }

    page = render_template("service_desk/return.html", **read(look), refusal=refusal)
    return make_response(page, status_of(refusal) if refusal else 200)
