"""One order at the service desk: everything about it, and the deeds that may be done."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request, url_for
from pydantic import Field
from sqlmodel import Session
from werkzeug.wrappers import Response

from fulfillment.accounts.roles import Permission
from fulfillment.core.errors import FulfillmentError
from fulfillment.flows.cancel_order import cancel_order
from fulfillment.flows.hold_order import hold_order, release_hold
from fulfillment.flows.refund_goodwill import refund_goodwill
from fulfillment.flows.refund_undelivered import refund_undelivered
from fulfillment.flows.request_return import request_return
from fulfillment.reads.order_pages import OrderPage, read_order_page
from fulfillment.reads.timelines import Happening, list_happenings
from fulfillment.web.access import allowed
from fulfillment.web.context import read, runtime, viewer
from fulfillment.web.desk_words import HOLD_CHOICES, REASON_WORDS, hold_words
from fulfillment.web.errors import status_of
from fulfillment.web.forms import read_form
from fulfillment.web.happenings import tell_happenings
from fulfillment.web.idempotent import write_form_once
from fulfillment.web.messages import flash
from fulfillment.web.pages.service_desk.desk import blueprint
from fulfillment.web.return_forms import NoteForm, RefundForm, ReturnForm
from fulfillment.web.route_words import tell_why
from fulfillment.web.words import _

CODE = "^[a-z][a-z0-9_-]{0,39}$"


class HoldForm(NoteForm):
    """Why the order waits."""

    code: str = Field(pattern=CODE)


@blueprint.get("/orders/<uuid:order_id>")
@allowed(Permission.READ_MEMBERS)
def show_order(order_id: UUID) -> Response:
    """The order, what came of it, and its line of time."""
    return order_answer(order_id)


@blueprint.post("/orders/<uuid:order_id>/hold")
@allowed(Permission.WRITE_ORDERS)
def hold(order_id: UUID) -> Response:
    """The order is not released to the floor until somebody lets it go on."""

    def work(session: Session) -> None:
        form = read_form(HoldForm)
        hold_order(session, order_id=order_id, code=form.code, note=form.note, actor=viewer().actor)

    return do_deed(order_id, work, _("The order is on hold."))


@blueprint.post("/orders/<uuid:order_id>/release")
@allowed(Permission.WRITE_ORDERS)
def release(order_id: UUID) -> Response:
    """The held order goes on."""

    def work(session: Session) -> None:
        release_hold(
            session,
            order_id=order_id,
            note=read_form(NoteForm).note,
            actor=viewer().actor,
            policy=runtime().policy,
            may_release_all=viewer().may(Permission.RELEASE_HOLDS),
        )

    return do_deed(order_id, work, _("The order goes on."))


@blueprint.post("/orders/<uuid:order_id>/cancel")
@allowed(Permission.WRITE_ORDERS)
def cancel(order_id: UUID) -> Response:
    """What has not left is cancelled, and its money proposed as a refund."""

    def work(session: Session) -> dict[str, Any]:
        note = read_form(NoteForm).note
        done = cancel_order(
            session, order_id=order_id, note=note, actor=viewer().actor, policy=runtime().policy
        )
        return {"is_whole": done.is_whole, "has_refund": done.refund_id is not None}

    return do_deed(
        order_id, work, _("Cancelled. What was paid for it stands below as a refund to be approved.")
    )


@blueprint.post("/orders/<uuid:order_id>/return")
@allowed(Permission.WRITE_RETURNS)
def ask_return(order_id: UUID) -> Response:
    """A return is asked for in the buyer's name; the rules answer."""

    def work(session: Session) -> dict[str, Any]:
        form = read_form(ReturnForm)
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
        made = write_form_once(work)
    except FulfillmentError as refusal:
        return order_answer(order_id, refusal)
    return redirect(url_for("service_desk.show_return", return_id=made["return_id"]))


@blueprint.post("/orders/<uuid:order_id>/refund")
@allowed(Permission.PROPOSE_REFUNDS)
def refund(order_id: UUID) -> Response:
    """A refund without a return is proposed: units that never arrived, or goodwill."""

    def work(session: Session) -> None:
        form = read_form(RefundForm)
        common: dict[str, Any] = {
            "order_id": order_id,
            "wanted": form.wanted(),
            "with_shipping": form.with_shipping,
            "note": form.note,
            "actor": viewer().actor,
            "policy": runtime().policy,
        }
        if form.cause == "undelivered":
            refund_undelivered(session, **common)
        else:
            refund_goodwill(session, percent=form.percent, **common)

    return do_deed(order_id, work, _("The refund is proposed. It is sent once it is approved."))


def do_deed(order_id: UUID, work: Callable[[Session], Any], words: str) -> Response:
    """The deed is done once and the order shown again; a refusal stands at the head of its page."""
    try:
        write_form_once(work)
    except FulfillmentError as refusal:
        return order_answer(order_id, refusal)
    flash(words)
    return redirect(url_for("service_desk.show_order", order_id=order_id))


def order_answer(order_id: UUID, refusal: FulfillmentError | None = None) -> Response:
    """The order's page, with the refusal of a deed if there was one."""

    def look(session: Session) -> tuple[OrderPage, list[Happening]]:
        return read_order_page(session, order_id=order_id), list_happenings(session, order_id=order_id)

    page, happenings = read(look)
    order = page.document.order
    html = render_template(
        "service_desk/order.html",
        page=page,
        order=order,
        entries=tell_happenings(happenings),
        tell_why=lambda head: tell_why(
            head.reasons, currency=order.currency, waits=head.warehouse_code is None
        ),
        hold_choices=[(code, hold_words(code)) for code in HOLD_CHOICES],
        reasons=[(reason.value, _(words)) for reason, words in REASON_WORDS.items()],
        typed=request.form.to_dict(),
        refusal=refusal,
    )
    return make_response(html, status_of(refusal) if refusal else 200)
