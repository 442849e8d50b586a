"""A distributor's returns: ask for one and hear the rules' answer at once; then follow it to the money."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from fulfillment.accounts.roles import Permission
from fulfillment.core.errors import FulfillmentError, InvalidInputError
from fulfillment.flows.change_return import cancel_return, note_return_posted
from fulfillment.flows.preview_return import PreviewedLine, preview_return
from fulfillment.flows.request_return import request_return
from fulfillment.reads.order_documents import OrderDocument, read_order
from fulfillment.reads.return_documents import (
    RefundDocument,
    ReturnDocument,
    ReturnFilter,
    list_refunds,
    read_return,
)
from fulfillment.reads.return_documents import list_returns as list_return_rows
from fulfillment.reads.rule_words import find_rules
from fulfillment.returns.kinds import ReturnReason
from fulfillment.web.access import allowed
from fulfillment.web.context import read, runtime, viewer
from fulfillment.web.desk_words import ASKABLE_REASONS, desk_words
from fulfillment.web.errors import status_of
from fulfillment.web.forms import FormModel, read_form
from fulfillment.web.idempotent import write_form_once
from fulfillment.web.messages import flash
from fulfillment.web.navigation import Place
from fulfillment.web.pages.portal.own import own_number
from fulfillment.web.paging import asked_page, page_of
from fulfillment.web.plain_reasons import plain_reasons
from fulfillment.web.return_forms import ReturnForm
from fulfillment.web.return_slip_answer import slip_answer
from fulfillment.web.words import N_, _

blueprint = Blueprint("my_returns", __name__, url_prefix="/my")
NAVIGATION = (Place(N_("My returns"), "my_returns.list_returns", Permission.USE_PORTAL, rank=11),)
RETURNS_PER_PAGE = 20
REFUNDS_SHOWN = 20


class PostedForm(FormModel):
    """The carrier's number on the box that goes back."""

    tracking_number: str | None = None


@blueprint.context_processor
def give_words() -> dict[str, Any]:
    """The desks' words, in this desk's templates."""
    return {**desk_words(), "plain_reasons": plain_reasons}


@blueprint.get("/returns/")
@allowed(Permission.USE_PORTAL)
def list_returns() -> str:
    """Her returns, the newest first, and her refunds."""
    number, asked = own_number(), asked_page(limit=RETURNS_PER_PAGE)
    after = UUID(str(asked.after[0])) if asked.after else None

    def look(session: Session) -> tuple[list[ReturnDocument], list[RefundDocument]]:
        wanted = ReturnFilter(member_number=number)
        rows = list_return_rows(session, wanted=wanted, after=after, limit=asked.limit + 1)
        refunds = list_refunds(session, member_number=number, limit=REFUNDS_SHOWN) if after is None else []
        return rows, refunds

    rows, refunds = read(look)
    page = page_of(rows, limit=asked.limit, key=lambda row: (str(row.head.id),))
    return render_template("portal/returns.html", page=page, refunds=refunds)


@blueprint.get("/orders/<uuid:order_id>/return")
@allowed(Permission.USE_PORTAL)
def ask_return(order_id: UUID) -> Response:
    """First the reason, then the lines with what the rules give for them."""
    return _ask_page(order_id, reason=_asked_reason())


@blueprint.post("/orders/<uuid:order_id>/return")
@allowed(Permission.USE_PORTAL)
def send_request(order_id: UUID) -> Response:
    """The return is authorized or refused, and says why."""
    number = own_number()

    def ask(session: Session) -> dict[str, Any]:
        read_order(session, order_id=order_id, member_number=number)
        answer = request_return(
            session,
            order_id=order_id,
            wanted=form.wanted(),
            reason=form.reason,
            note=form.note,
            actor=viewer().actor,
            policy=runtime().policy,
        )
        return {"return_id": str(answer.return_id)}

    try:
        form = read_form(ReturnForm)
        made = write_form_once(ask)
    except FulfillmentError as refusal:
        return _ask_page(order_id, reason=_asked_reason(request.form), refusal=refusal)
    return redirect(url_for("my_returns.show_return", return_id=made["return_id"]))


@blueprint.get("/returns/<uuid:return_id>")
@allowed(Permission.USE_PORTAL)
def show_return(return_id: UUID) -> Response:
    """One return: what to do next, what was decided and why, and the money."""
    return _return_page(return_id)


@blueprint.get("/returns/<uuid:return_id>/slip.pdf")
@allowed(Permission.USE_PORTAL)
def print_slip(return_id: UUID) -> Response:
    """The slip that goes in the box."""
    return slip_answer(return_id, member_number=own_number())


@blueprint.post("/returns/<uuid:return_id>/posted")
@allowed(Permission.USE_PORTAL)
def note_posted(return_id: UUID) -> Response:
    """The goods are on their way back."""

    def work(session: Session) -> None:
        form = read_form(PostedForm)
        read_return(session, return_id=return_id, member_number=number)
        note_return_posted(
            session,
            return_id=return_id,
            tracking_number=form.tracking_number,
            actor=viewer().actor,
        )

    number = own_number()
    return _do(return_id, work, _("Thank you. We tell you when your return has come in."))


@blueprint.post("/returns/<uuid:return_id>/cancel")
@allowed(Permission.USE_PORTAL)
def give_up(return_id: UUID) -> Response:
    """The goods will not be sent back."""

    def work(session: Session) -> None:
        read_return(session, return_id=return_id, member_number=number)
        cancel_return(session, return_id=return_id, note="given up by the buyer", actor=viewer().actor)

    number = own_number()
    return _do(return_id, work, _("The return is cancelled. You keep the goods."))


def _do(return_id: UUID, work: Any, words: str) -> Response:  # noqa: ANN401 - deeds answer differently
    try:
        write_form_once(work)
    except FulfillmentError as refusal:
        return _return_page(return_id, refusal)
    flash(words)
    return redirect(url_for("my_returns.show_return", return_id=return_id))


def _asked_reason(given: Mapping[str, str] | None = None) -> ReturnReason | None:
    text = (request.args if given is None else given).get("reason", "")
    if not text:
        return None
    try:
        return ReturnReason(text)
    except ValueError as error:
        raise InvalidInputError(_("There is no reason %(reason)s.", reason=text), field="reason") from error


def _ask_page(
    order_id: UUID, *, reason: ReturnReason | None, refusal: FulfillmentError | None = None
) -> Response:
    number = own_number()

    def look(session: Session) -> tuple[OrderDocument, list[PreviewedLine]]:
        document = read_order(session, order_id=order_id, member_number=number)
        if reason is None:
            return document, []
        lines = preview_return(session, order_id=order_id, reason=reason, policy=runtime().policy)
        return document, lines

    document, lines = read(look)
    page = render_template(
        "portal/ask_return.html",
        order=document.order,
        lines=lines,
        reason=reason,
        reasons=ASKABLE_REASONS,
        typed=request.form.to_dict(),
        refusal=refusal,
    )
    return make_response(page, status_of(refusal) if refusal else 200)


def _return_page(return_id: UUID, refusal: FulfillmentError | None = None) -> Response:
    number = own_number()

    def look(session: Session) -> dict[str, Any]:
        found = read_return(session, return_id=return_id, member_number=number)
        codes = {code for line in found.lines for code in line.rules}
        rules: Mapping[str, sa.Row[Any]] = find_rules(session, codes=codes)
        refunds = list_refunds(session, return_id=return_id, limit=REFUNDS_SHOWN)
        return {"found": found, "rules": rules, "refunds": refunds}

    page = render_template("portal/return.html", **read(look), refusal=refusal)
    return make_response(page, status_of(refusal) if refusal else 200)
